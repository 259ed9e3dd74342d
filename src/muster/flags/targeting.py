"""Whom a flag serves what in one environment.

The shapes are those of LaunchDarkly's API v2. A variation is named by its index in the flag's variations.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from muster.core.pointers import Json
from muster.segments.rules import Rule
from muster.segments.targets import DEFAULT_CONTEXT_KIND

WHOLE_WEIGHT: Final = 100_000
"""What the weights of a rollout add up to: they are thousandths of a per cent."""


class WeightedVariation(NamedTuple):
    """How many of 100,000 contexts get a variation."""

    variation: int
    weight: int


@dataclass(frozen=True, slots=True)
class Rollout:
    """Shares contexts out among variations.

    Attributes:
        context_kind: the kind of the contexts that are shared out.
        bucket_by: the attribute that decides who gets which; None for the key.
    """

    variations: tuple[WeightedVariation, ...]
    context_kind: str = DEFAULT_CONTEXT_KIND
    bucket_by: str | None = None

    def to_json(self) -> dict[str, Json]:
        """Return the rollout as the API shows it."""
        shown: dict[str, Json] = {
            "variations": [
                {"variation": one.variation, "weight": one.weight} for one in self.variations
            ],
            "contextKind": self.context_kind,
        }
        if self.bucket_by is not None:
            shown["bucketBy"] = self.bucket_by
        return shown


Served = int | Rollout
"""What is served: a variation, or one of several."""


def served_to_json(served: Served) -> dict[str, Json]:
    """Return what is served as the API shows it: `{"variation": 0}` or `{"rollout": {...}}`."""
    if isinstance(served, Rollout):
        return {"rollout": served.to_json()}
    return {"variation": served}


def variations_of(served: Served) -> Sequence[int]:
    """Return the variations that may be served."""
    if isinstance(served, Rollout):
        return [one.variation for one in served.variations]
    return [served]


@dataclass(frozen=True, slots=True)
class FlagRule(Rule):
    """Serves something to the contexts for which all its clauses hold.

    Attributes:
        track_events: whether SDKs send an event in detail each time the rule decides.
    """

    served: Served
    description: str = ""
    track_events: bool = False

    def to_json(self) -> dict[str, Json]:
        """Return the rule as the API shows it."""
        shown: dict[str, Json] = {
            "_id": self.id,
            "clauses": [clause.to_json() for clause in self.clauses],
            "trackEvents": self.track_events,
            **served_to_json(self.served),
        }
        if self.description:
            shown["description"] = self.description
        return shown


class FlagTargets(NamedTuple):
    """Contexts of one kind that get a variation, by their keys."""

    variation: int
    context_kind: str
    keys: tuple[str, ...]

    def without(self, keys: Collection[str]) -> "FlagTargets":
        """Return the targets but for those with these keys."""
        return self._replace(keys=tuple(key for key in self.keys if key not in keys))

    def to_json(self) -> dict[str, Json]:
        """Return the targets as the API shows them."""
        return {
            "variation": self.variation,
            "contextKind": self.context_kind,
            "values": list(self.keys),
        }


class Prerequisite(NamedTuple):
    """Another flag, and which of its variations a context has to get there first."""

    flag_key: str
    variation: int

    def to_json(self) -> dict[str, Json]:
        """Return the prerequisite as the API shows it."""
        return {"key": self.flag_key, "variation": self.variation}


@dataclass(frozen=True, slots=True)
class Targeting:
    """Whom a flag serves what in one environment, in the order in which SDKs ask.

    Attributes:
        on: whether anything but `off_variation` is served.
        prerequisites: without which `off_variation` is served.
        targets: contexts that are named; each at most once.
        rules: the first whose clauses hold decides.
        fallthrough: what all others get.
        off_variation: what is served while it is off; None for the value that the application has.
        track_events: whether SDKs send an event in detail each time the flag is evaluated.
        track_events_fallthrough: whether they do where the fallthrough decides.
    """

    on: bool
    fallthrough: Served
    off_variation: int | None
    prerequisites: tuple[Prerequisite, ...] = ()
    targets: tuple[FlagTargets, ...] = ()
    rules: tuple[FlagRule, ...] = ()
    track_events: bool = False
    track_events_fallthrough: bool = False

    def to_json(self) -> dict[str, Json]:
        """Return the targeting as the API shows it, users apart from contexts of other kinds."""
        shown: dict[str, Json] = {
            "on": self.on,
            "prerequisites": [one.to_json() for one in self.prerequisites],
            "targets": [one.to_json() for one in self.targets if is_of_users(one)],
            "contextTargets": [one.to_json() for one in self.targets if not is_of_users(one)],
            "rules": [rule.to_json() for rule in self.rules],
            "fallthrough": served_to_json(self.fallthrough),
            "trackEvents": self.track_events,
            "trackEventsFallthrough": self.track_events_fallthrough,
        }
        if self.off_variation is not None:
            shown["offVariation"] = self.off_variation
        return shown

    @property
    def segment_keys(self) -> frozenset[str]:
        """The keys of the segments that the rules ask for."""
        return frozenset().union(*(rule.segment_keys for rule in self.rules))

    def uses(self) -> Iterator[tuple[str, int]]:
        """Yield each variation that may be served, with the pointer to where that is said."""
        users = others = 0
        for one in self.targets:
            if is_of_users(one):
                yield f"/targets/{users}/variation", one.variation
                users += 1
            else:
                yield f"/contextTargets/{others}/variation", one.variation
                others += 1
        for index, rule in enumerate(self.rules):
            for variation in variations_of(rule.served):
                yield f"/rules/{index}", variation
        for variation in variations_of(self.fallthrough):
            yield "/fallthrough", variation
        if self.off_variation is not None:
            yield "/offVariation", self.off_variation

    def with_places(self, places: Mapping[int, int]) -> "Targeting":
        """Return the targeting once variations have other places: `places` has the new one of each."""
        return Targeting(
            on=self.on,
            fallthrough=_moved(self.fallthrough, places),
            off_variation=None if self.off_variation is None else places[self.off_variation],
            prerequisites=self.prerequisites,
            targets=tuple(one._replace(variation=places[one.variation]) for one in self.targets),
            rules=tuple(
                FlagRule(
                    rule.id,
                    rule.clauses,
                    _moved(rule.served, places),
                    rule.description,
                    rule.track_events,
                )
                for rule in self.rules
            ),
            track_events=self.track_events,
            track_events_fallthrough=self.track_events_fallthrough,
        )


def is_of_users(targets: FlagTargets) -> bool:
    """Tell whether targets are users, whom SDKs read apart from contexts of other kinds."""
    return targets.context_kind == DEFAULT_CONTEXT_KIND


def _moved(served: Served, places: Mapping[int, int]) -> Served:
    if not isinstance(served, Rollout):
        return places[served]
    variations = tuple(
        WeightedVariation(places[one.variation], one.weight) for one in served.variations
    )
    return Rollout(variations, served.context_kind, served.bucket_by)
