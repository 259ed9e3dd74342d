"""A request parser in the making: what was found in a sample body, and what somebody made of that."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from muster.core.pointers import MISSING, Json, parse_pointer, resolve
from muster.core.wording import count_of
from muster.payloads.explanation import Way
from muster.payloads.inference.infer import infer
from muster.payloads.inference.proposal import Candidate, Proposal, Reading
from muster.payloads.model import SyncChanges
from muster.payloads.parser import RequestParser
from muster.payloads.properties import ParserProperty, compose_request_parser

_SHOWN_LENGTH: Final = 40
_ARRAYS: Final = (ParserProperty.MEMBERS, ParserProperty.ADDS, ParserProperty.REMOVES)
_OF_A_MEMBER: Final = "/memberArrayParser/"

Given = Mapping[ParserProperty, str | None]
"""Values that somebody has given; None for a property that there is not to be."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One property of a draft.

    Attributes:
        value: None where there is none.
        sample: what the body holds there, shortened; empty where it holds nothing.
        candidate: what was found, where that is the value still.
    """

    property: ParserProperty
    value: str | None
    sample: str
    candidate: Candidate | None
    reading: Reading


@dataclass(slots=True)
class Draft:
    """A proposal for a sample body, with changes."""

    body: Json
    proposal: Proposal
    values: dict[ParserProperty, str] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Json, way: Way | None, given: Given) -> "Draft":
        """Return what is found in a body; what is given goes before it.

        Args:
            way: what tells who enters, where that is known.
        """
        draft = cls(body, infer(body, way))
        draft.values.update(draft.proposal.values)
        wanted = {reading.property for reading in draft.proposal.readings}
        for one, value in given.items():
            if one in wanted:
                draft.change(one, value)
        return draft

    def change(self, wanted: ParserProperty, value: str | None) -> None:
        """Set a property, or take it away."""
        if value is None:
            self.values.pop(wanted, None)
        else:
            self.values[wanted] = value

    @property
    def missing(self) -> list[Reading]:
        """The readings of what is needed and was neither found nor given."""
        return [one for one in self.proposal.missing if one.property not in self.values]

    @property
    def request_parser(self) -> dict[str, Json]:
        """The `requestParser` object."""
        return compose_request_parser(self.values)

    def entries(self) -> Iterator[Entry]:
        """Yield each property that the way has, in the order of a manifest."""
        for reading in self.proposal.readings:
            value = self.values.get(reading.property)
            candidates = (reading.chosen, *reading.alternatives)
            same = (one for one in candidates if one is not None and one.value == value)
            sample = "" if value is None else self.sample_at(reading.property, value)
            yield Entry(reading.property, value, sample, next(same, None), reading)

    def sample_at(self, wanted: ParserProperty, value: str) -> str:
        """Return what the body holds where a property leads, shortened; empty where it holds nothing."""
        if wanted is ParserProperty.MATCHER:
            wanted, value = ParserProperty.ACTION, self.values.get(ParserProperty.ACTION, "/-")
        found = resolve(self.base_of(wanted), parse_pointer(value))
        if found is MISSING:
            return ""
        if isinstance(found, list):
            return count_of(len(found), "member")
        text = json.dumps(found, ensure_ascii=False)
        return text if len(text) <= _SHOWN_LENGTH else f"{text[: _SHOWN_LENGTH - 1]}…"

    def base_of(self, wanted: ParserProperty) -> Json:
        """Return what a property's pointer starts at: the body, or its first member; or `MISSING`."""
        if not wanted.startswith(_OF_A_MEMBER):
            return self.body
        for one in _ARRAYS:
            if one in self.values:
                array = resolve(self.body, parse_pointer(self.values[one]))
                if isinstance(array, list) and array:
                    return array[0]
        return MISSING

    def try_out(self) -> SyncChanges:
        """Return what the parser reads in the sample.

        Raises:
            InvalidRequestError: it can't be used, or does not read the sample.
        """
        return RequestParser.compile(self.request_parser).parse(self.body)
