"""The properties of a requestParser by name, and the object that values for them make."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from muster.core.pointers import Json, PointerSyntaxError, format_pointer, parse_pointer
from muster.payloads.explanation import Way

ITSELF: Final = "."
"""What stands for the empty pointer where a person names a place: the member itself."""


class ParserProperty(StrEnum):
    """A property of a requestParser; its value is the JSON pointer to it in there."""

    ENVIRONMENT_ID = "/environmentIdPath"
    CONTEXT_KIND = "/contextKindPath"
    COHORT_ID = "/cohortIdPath"
    COHORT_NAME = "/cohortNamePath"
    COHORT_URL = "/cohortUrlPath"
    MEMBERS = "/memberArrayPath"
    ADDS = "/addMemberArrayPath"
    REMOVES = "/removeMemberArrayPath"
    ACTION = "/arrayInclusion/path"
    MATCHER = "/arrayInclusion/matcher"
    MEMBER_ID = "/memberArrayParser/memberIdPath"
    FLAG = "/memberArrayParser/booleanMembershipPath"
    MEMBER_COHORT_ID = "/memberArrayParser/cohortIdPath"
    MEMBER_COHORT_NAME = "/memberArrayParser/cohortNamePath"

    @property
    def noun(self) -> str:
        """What the property leads to, to a person."""
        return _NOUNS[self]

    @property
    def is_optional(self) -> bool:
        """Whether a requestParser may do without it, whatever the way."""
        return self in _OPTIONAL


_SPECIAL: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")
_NOUNS: Final[Mapping[ParserProperty, str]] = {
    ParserProperty.ENVIRONMENT_ID: "the environment's client-side ID",
    ParserProperty.CONTEXT_KIND: "the members' context kind",
    ParserProperty.COHORT_ID: "the cohort's id",
    ParserProperty.COHORT_NAME: "the cohort's name",
    ParserProperty.COHORT_URL: "the cohort's page",
    ParserProperty.MEMBERS: "the array of members",
    ParserProperty.ADDS: "the array of those who enter",
    ParserProperty.REMOVES: "the array of those who leave",
    ParserProperty.ACTION: "the action for all members",
    ParserProperty.MATCHER: "what the action is when members enter",
    ParserProperty.MEMBER_ID: "a member's id",
    ParserProperty.FLAG: "whether a member is in the cohort",
    ParserProperty.MEMBER_COHORT_ID: "the id of a member's own cohort",
    ParserProperty.MEMBER_COHORT_NAME: "the name of a member's own cohort",
}
_OPTIONAL: Final = frozenset(
    {
        ParserProperty.CONTEXT_KIND,
        ParserProperty.COHORT_URL,
        ParserProperty.MEMBER_COHORT_ID,
        ParserProperty.MEMBER_COHORT_NAME,
    }
)
_BY_WAY: Final[Mapping[ParserProperty, frozenset[Way]]] = {
    ParserProperty.MEMBERS: frozenset({Way.BOOLEAN, Way.ACTION}),
    ParserProperty.ADDS: frozenset({Way.ARRAY}),
    ParserProperty.REMOVES: frozenset({Way.ARRAY}),
    ParserProperty.ACTION: frozenset({Way.ACTION}),
    ParserProperty.MATCHER: frozenset({Way.ACTION}),
    ParserProperty.FLAG: frozenset({Way.BOOLEAN}),
}
"""The properties that are there for some ways only."""


def properties_of(way: Way) -> tuple[ParserProperty, ...]:
    """Return what a requestParser of a way may hold, in the order of a manifest."""
    return tuple(one for one in ParserProperty if way in _BY_WAY.get(one, {way}))


def matcher_of(words: Sequence[str]) -> str:
    """Return the RE2 expression that matches these words as a whole, and nothing else."""
    escaped = [_SPECIAL.sub(r"\\\g<0>", word) for word in words]
    return f"^{escaped[0]}$" if len(escaped) == 1 else f"^({'|'.join(escaped)})$"


def compose_request_parser(values: Mapping[ParserProperty, str]) -> dict[str, Json]:
    """Return the requestParser that has these values, its keys in the order of a manifest."""
    composed: dict[str, Any] = {}
    for one in ParserProperty:
        if one in values:
            *above, name = parse_pointer(one)
            place = composed
            for token in above:
                place = place.setdefault(token, {})
            place[name] = values[one]
    return composed


def read_place(text: str) -> str:
    """Return the JSON pointer that a person means by a text.

    It is a pointer already (`/data/segment/id`), or names with dots between them, as many languages
    write it (`data.segment.id`, `fields[0].value`). A dot alone is the empty pointer.

    Raises:
        PointerSyntaxError: it is neither.
    """
    text = text.strip()
    if text in {"", ITSELF}:
        return ""
    if text.startswith("/"):
        return format_pointer(*parse_pointer(text))
    tokens = text.removeprefix("$.").replace("[", ".").replace("]", "").split(".")
    if not all(token.strip() == token != "" for token in tokens):
        raise PointerSyntaxError(
            f"{text!r} is neither names with dots between them, such as data.segment.id, nor a JSON "
            "pointer, such as /data/segment/id."
        )
    return format_pointer(*tokens)
