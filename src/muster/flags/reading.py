"""Reading what requests and the control store spell of flags; each error names the pointer."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.ids import new_uuid
from muster.core.json_values import (
    UNSTORABLE,
    are_same,
    read_boolean,
    read_integer,
    read_list,
    read_object,
    read_text,
    read_text_or_none,
)
from muster.core.pointers import MISSING, Json
from muster.flags.model import CustomProperty, FlagDefaults, Variation
from muster.flags.targeting import (
    WHOLE_WEIGHT,
    FlagRule,
    FlagTargets,
    Prerequisite,
    Rollout,
    Served,
    Targeting,
    WeightedVariation,
    is_of_users,
)
from muster.segments.rules import MAX_RULES, Clause, check_ids, read_clauses, read_context_kind
from muster.segments.targets import check_context_key

MAX_VARIATIONS: Final = 200
MAX_VARIATION_LENGTH: Final = 65_536
"""How many characters the value of a variation has at most, as JSON."""
MAX_TARGETS: Final = 15_000
"""How many contexts a flag names in one environment; a segment can hold more."""
MAX_PREREQUISITES: Final = 100
MAX_CUSTOM_PROPERTIES: Final = 100
_MAX_PROPERTY_VALUES: Final = 64


def read_variations(value: Json, pointer: str) -> tuple[Variation, ...]:
    """Return the variations that a value spells; those without an id get one.

    Raises:
        InvalidRequestError: it is no list of two variations or more with values that differ.
    """
    read = [
        read_variation(one, f"{pointer}/{index}")
        for index, one in enumerate(read_list(value, pointer, MAX_VARIATIONS, "variations"))
    ]
    if len(read) < 2:
        raise InvalidRequestError(
            f"{pointer}: {len(read)} were found; a flag has two variations at least.",
            pointer=pointer,
        )
    for index, one in enumerate(read):
        for other, earlier in enumerate(read[:index]):
            if one.id == earlier.id or are_same(one.value, earlier.value):
                raise InvalidRequestError(
                    f"{pointer}/{index}: it has the value or the _id of {pointer}/{other}; the variations of "
                    "a flag differ in both.",
                    pointer=f"{pointer}/{index}",
                )
    return tuple(read)


def read_variation(value: Json, pointer: str) -> Variation:
    """Return the variation that a value spells; one without an id gets one.

    Raises:
        InvalidRequestError: it spells none.
    """
    variation = read_object(value, pointer, "a variation")
    if "value" not in variation:
        raise InvalidRequestError(
            f"{pointer}/value: a variation has a value, of whatever type.",
            pointer=f"{pointer}/value",
        )
    return Variation(
        id=read_text_or_none(variation.get("_id"), f"{pointer}/_id") or new_uuid(),
        value=_read_variation_value(variation["value"], f"{pointer}/value"),
        name=read_text_or_none(variation.get("name"), f"{pointer}/name") or "",
        description=read_text_or_none(variation.get("description"), f"{pointer}/description") or "",
    )


def _read_variation_value(value: Json, pointer: str) -> Json:
    try:
        spelled = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        raise InvalidRequestError(
            f"{pointer}: expected JSON that is not nested too deeply and has only finite numbers.",
            pointer=pointer,
        ) from None
    if len(spelled) > MAX_VARIATION_LENGTH or UNSTORABLE.search(spelled):
        raise InvalidRequestError(
            f"{pointer}: expected at most {MAX_VARIATION_LENGTH:,} characters of JSON, and no half of a "
            "surrogate pair.",
            pointer=pointer,
        )
    return value


def read_defaults(value: Json, pointer: str, count: int) -> FlagDefaults:
    """Return what a value spells of which variations a new environment serves.

    Args:
        count: how many variations the flag has.

    Raises:
        InvalidRequestError: it spells none of them.
    """
    defaults = read_object(value, pointer, "defaults")
    return FlagDefaults(
        _read_variation_index(
            defaults.get("onVariation", MISSING), f"{pointer}/onVariation", count
        ),
        _read_variation_index(
            defaults.get("offVariation", MISSING), f"{pointer}/offVariation", count
        ),
    )


def read_custom_properties(value: Json, pointer: str) -> dict[str, CustomProperty]:
    """Return the properties that a value spells, by key.

    Raises:
        InvalidRequestError: it is no object of them.
    """
    properties = read_object(value, pointer, "custom properties")
    if len(properties) > MAX_CUSTOM_PROPERTIES:
        raise InvalidRequestError(
            f"{pointer}: {len(properties):,} custom properties were found, expected at most "
            f"{MAX_CUSTOM_PROPERTIES}.",
            pointer=pointer,
        )
    return {
        read_text(key, pointer): _read_custom_property(one, f"{pointer}/{key[:64]}")
        for key, one in properties.items()
    }


def _read_custom_property(value: Json, pointer: str) -> CustomProperty:
    fields = read_object(value, pointer, "a custom property")
    values = read_list(
        fields.get("value", MISSING), f"{pointer}/value", _MAX_PROPERTY_VALUES, "texts"
    )
    return CustomProperty(
        read_text(fields.get("name", MISSING), f"{pointer}/name"),
        tuple(read_text(one, f"{pointer}/value/{index}") for index, one in enumerate(values)),
    )


def read_targeting(value: Json, pointer: str, count: int) -> Targeting:
    """Return the targeting that a value spells; rules and clauses without an id get one.

    Args:
        count: how many variations the flag has.

    Raises:
        InvalidRequestError: it can be none.
    """
    fields = read_object(value, pointer, "a flag's configuration in an environment")
    off_variation = fields.get("offVariation")
    return Targeting(
        on=read_boolean(fields.get("on", MISSING), f"{pointer}/on"),
        fallthrough=read_served(
            fields.get("fallthrough", MISSING), f"{pointer}/fallthrough", count
        ),
        off_variation=None
        if off_variation is None
        else _read_variation_index(off_variation, f"{pointer}/offVariation", count),
        prerequisites=read_prerequisites(
            fields.get("prerequisites", ()), f"{pointer}/prerequisites"
        ),
        targets=read_targets(fields, pointer, count),
        rules=read_rules(fields.get("rules", ()), f"{pointer}/rules", count),
        track_events=read_boolean(fields.get("trackEvents", False), f"{pointer}/trackEvents"),
        track_events_fallthrough=read_boolean(
            fields.get("trackEventsFallthrough", False), f"{pointer}/trackEventsFallthrough"
        ),
    )


def read_served(value: Json, pointer: str, count: int) -> Served:
    """Return what is served: one variation, or a rollout.

    Raises:
        InvalidRequestError: it is neither of them, or both.
    """
    fields = read_object(value, pointer, "a variation or a rollout")
    variation, rollout = fields.get("variation"), fields.get("rollout")
    if (variation is None) == (rollout is None):
        raise InvalidRequestError(
            f'{pointer}: expected one of two: {{"variation": 0}} or {{"rollout": {{"variations": [...]}}}}.',
            pointer=pointer,
        )
    if rollout is None:
        return _read_variation_index(variation, f"{pointer}/variation", count)
    return _read_rollout(rollout, f"{pointer}/rollout", count)


def _read_rollout(value: Json, pointer: str, count: int) -> Rollout:
    fields = read_object(value, pointer, "a rollout")
    listed = read_list(
        fields.get("variations", MISSING), f"{pointer}/variations", count, "variations"
    )
    variations = tuple(
        _read_weighted(one, f"{pointer}/variations/{index}", count)
        for index, one in enumerate(listed)
    )
    check_weights(variations, f"{pointer}/variations")
    if len({one.variation for one in variations}) < len(variations):
        raise InvalidRequestError(
            f"{pointer}/variations: a variation is there twice.", pointer=f"{pointer}/variations"
        )
    return Rollout(
        variations,
        read_context_kind(fields.get("contextKind"), f"{pointer}/contextKind"),
        read_text_or_none(fields.get("bucketBy"), f"{pointer}/bucketBy"),
    )


def check_weights(variations: Iterable[WeightedVariation], pointer: str) -> None:
    """Check that the weights of a rollout make up the whole.

    Raises:
        InvalidRequestError: they don't.
    """
    total = sum(one.weight for one in variations)
    if total != WHOLE_WEIGHT:
        raise InvalidRequestError(
            f"{pointer}: the weights add up to {total:,}, expected {WHOLE_WEIGHT:,}: they are thousandths of "
            "a per cent.",
            pointer=pointer,
        )


def read_weight(value: Json, pointer: str) -> int:
    """Return how many of 100,000 contexts get a variation.

    Raises:
        InvalidRequestError: it is no integer from 0 to 100,000.
    """
    return read_integer(value, pointer, 0, WHOLE_WEIGHT, "a variation's weight")


def _read_weighted(value: Json, pointer: str, count: int) -> WeightedVariation:
    fields = read_object(value, pointer, "a variation and its weight")
    return WeightedVariation(
        _read_variation_index(fields.get("variation", MISSING), f"{pointer}/variation", count),
        read_weight(fields.get("weight", MISSING), f"{pointer}/weight"),
    )


def read_rules(value: Json, pointer: str, count: int) -> tuple[FlagRule, ...]:
    """Return the rules that a value spells; those without an id get one.

    Raises:
        InvalidRequestError: it is no list of rules, or one of them can't be so.
    """
    rules = tuple(
        read_rule(one, f"{pointer}/{index}", count)
        for index, one in enumerate(read_list(value, pointer, MAX_RULES, "rules"))
    )
    check_ids([rule.id for rule in rules], pointer, "rules")
    return rules


def read_rule(value: Json, pointer: str, count: int) -> FlagRule:
    """Return the rule that a value spells.

    Raises:
        InvalidRequestError: it can't be a rule.
    """
    fields = read_object(value, pointer, "a rule")
    return FlagRule(
        id=read_text_or_none(fields.get("_id"), f"{pointer}/_id") or new_uuid(),
        clauses=read_rule_clauses(fields, pointer),
        served=read_served(fields, pointer, count),
        description=read_text_or_none(fields.get("description"), f"{pointer}/description") or "",
        track_events=read_boolean(fields.get("trackEvents", False), f"{pointer}/trackEvents"),
    )


def read_rule_clauses(fields: Mapping[str, Json], pointer: str) -> tuple[Clause, ...]:
    """Return the `clauses` of a rule of a flag.

    Raises:
        InvalidRequestError: they can't be so, or there is none.
    """
    clauses = read_clauses(fields.get("clauses", MISSING), f"{pointer}/clauses")
    if not clauses:
        raise InvalidRequestError(
            f"{pointer}/clauses: a rule has at least one clause; what everybody gets is the fallthrough.",
            pointer=f"{pointer}/clauses",
        )
    return clauses


def read_targets(fields: Mapping[str, Json], pointer: str, count: int) -> tuple[FlagTargets, ...]:
    """Return the contexts that `targets` and `contextTargets` name.

    Raises:
        InvalidRequestError: one of the two is no list of targets, or a context is named twice.
    """
    listed = [
        _read_target(one, f"{pointer}/{name}/{index}", count)
        for name in ("targets", "contextTargets")
        for index, one in enumerate(
            read_list(fields.get(name) or (), f"{pointer}/{name}", MAX_TARGETS, "targets")
        )
    ]
    return gathered_targets(listed, f"{pointer}/targets")


def gathered_targets(listed: Iterable[FlagTargets], pointer: str) -> tuple[FlagTargets, ...]:
    """Return targets with those of one kind and variation together, users first.

    Raises:
        InvalidRequestError: there are too many, or a context is to get two variations.
    """
    found: dict[tuple[str, int], dict[str, None]] = {}
    variation_of: dict[tuple[str, str], int] = {}
    for one in listed:
        for key in one.keys:
            if variation_of.setdefault((one.context_kind, key), one.variation) != one.variation:
                raise InvalidRequestError(
                    f"{pointer}: a context of kind {one.context_kind} is a target of two variations; each "
                    "gets one. Take it out of the other first.",
                    pointer=pointer,
                )
            found.setdefault((one.context_kind, one.variation), {})[key] = None
    if len(variation_of) > MAX_TARGETS:
        raise InvalidRequestError(
            f"{pointer}: {len(variation_of):,} targets were found, expected at most {MAX_TARGETS:,}. Put the "
            "contexts into a segment, and let a rule ask for it.",
            pointer=pointer,
        )
    gathered = [
        FlagTargets(variation, kind, tuple(keys)) for (kind, variation), keys in found.items()
    ]
    return tuple(sorted(gathered, key=is_of_users, reverse=True))


def _read_target(value: Json, pointer: str, count: int) -> FlagTargets:
    fields = read_object(value, pointer, "targets")
    keys: Sequence[Json] = read_list(
        fields.get("values", MISSING), f"{pointer}/values", MAX_TARGETS, "contexts' keys"
    )
    return FlagTargets(
        _read_variation_index(fields.get("variation", MISSING), f"{pointer}/variation", count),
        read_context_kind(fields.get("contextKind"), f"{pointer}/contextKind"),
        tuple(
            check_context_key(one, f"{pointer}/values/{index}") for index, one in enumerate(keys)
        ),
    )


def read_prerequisites(value: Json, pointer: str) -> tuple[Prerequisite, ...]:
    """Return the prerequisites that a value spells.

    Raises:
        InvalidRequestError: it is no list of them, or names a flag twice.
    """
    read = tuple(
        _read_prerequisite(one, f"{pointer}/{index}")
        for index, one in enumerate(read_list(value, pointer, MAX_PREREQUISITES, "prerequisites"))
    )
    if len({one.flag_key for one in read}) < len(read):
        raise InvalidRequestError(f"{pointer}: a flag is there twice.", pointer=pointer)
    return read


def _read_prerequisite(value: Json, pointer: str) -> Prerequisite:
    fields = read_object(value, pointer, "a prerequisite")
    key = read_text(fields.get("key", MISSING), f"{pointer}/key")
    return Prerequisite(
        key,
        _read_variation_index(
            fields.get("variation", MISSING), f"{pointer}/variation", MAX_VARIATIONS
        ),
    )


def _read_variation_index(value: Json, pointer: str, count: int) -> int:
    return read_integer(value, pointer, 0, count - 1, "the index of a variation")
