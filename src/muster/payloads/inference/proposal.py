"""A proposed requestParser: for each of its properties what was taken, why, and what else could be."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from muster.core.pointers import Json
from muster.payloads.explanation import Way
from muster.payloads.properties import (
    ParserProperty,
    compose_request_parser,
)


class Confidence(StrEnum):
    """How sure a candidate is."""

    CERTAIN = "certain"
    """Its name says it, or its shape leaves no doubt."""
    LIKELY = "likely"
    GUESS = "guess"
    """Nothing better was there: somebody should look at it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a property may be.

    Attributes:
        value: the property's value: a JSON pointer, or a matcher.
        sample: what the body holds there, as JSON, shortened; empty where it holds nothing.
        why: what speaks for it, in some words.
    """

    value: str
    sample: str
    why: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found for one property.

    Attributes:
        chosen: None where nothing was found that could be taken without asking.
        alternatives: what else was considered, the likelier first; at most three.
        looked_for: what would have been recognised, in a sentence.
        suggestion: a value that the body does not show, and that may well be right; or None.
    """

    property: ParserProperty
    chosen: Candidate | None
    alternatives: tuple[Candidate, ...]
    looked_for: str
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a sample body was taken for.

    Attributes:
        way: what tells members that enter from those that leave; None where nothing does.
        why: what speaks for the way; or why there is none, and what was looked for.
        readings: of the properties that such a requestParser has or may have, in its order; without
            a way, of those that do not depend on one.
        remarks: what somebody should know of this body before they rely on the proposal.
    """

    way: Way | None
    why: str
    confidence: Confidence
    readings: tuple[Reading, ...]
    remarks: tuple[str, ...]

    @property
    def values(self) -> Mapping[ParserProperty, str]:
        """The properties that were found, and their values."""
        return {one.property: one.chosen.value for one in self.readings if one.chosen}

    @property
    def missing(self) -> tuple[Reading, ...]:
        """The readings of what a requestParser needs and was not found."""
        return tuple(
            one for one in self.readings if one.chosen is None and not one.property.is_optional
        )

    def request_parser(self) -> dict[str, Json]:
        """Return the requestParser of what was found; it compiles if nothing is missing."""
        return compose_request_parser(self.values)
