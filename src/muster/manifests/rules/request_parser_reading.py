"""Reading the requestParser of a manifest that may hold anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from muster.core.pointers import Json, PointerSyntaxError, Tokens, format_pointer, parse_pointer
from muster.manifests.rules.reading import JsonObject, object_at, text_at
from muster.manifests.rules.rule import Flaw, Subject
from muster.payloads.errors import ParserSpecError
from muster.payloads.parser import RequestParser

PLACE: Final[Tokens] = ("capabilities", "syncedSegment", "requestParser")
ARRAYS: Final = ("memberArrayPath", "addMemberArrayPath", "removeMemberArrayPath")
PAIR: Final = ARRAYS[1:]
MEMBER: Final = "memberArrayParser"

_BODY_PATHS: Final[Sequence[Tokens]] = (
    ("environmentIdPath",),
    ("contextKindPath",),
    ("cohortIdPath",),
    ("cohortNamePath",),
    ("cohortUrlPath",),
    ("memberArrayPath",),
    ("addMemberArrayPath",),
    ("removeMemberArrayPath",),
    ("arrayInclusion", "path"),
)
_MEMBER_PATHS: Final[Sequence[Tokens]] = (
    (MEMBER, "memberIdPath"),
    (MEMBER, "booleanMembershipPath"),
    (MEMBER, "cohortIdPath"),
    (MEMBER, "cohortNamePath"),
)


@dataclass(frozen=True, slots=True)
class DeclaredPath:
    """A JSON pointer that a requestParser holds.

    Attributes:
        keys: where it stands in the requestParser.
        text: as it is written.
        tokens: its reference tokens; None where it is no JSON pointer.
    """

    keys: Tokens
    text: str
    tokens: Tokens | None

    @property
    def label(self) -> str:
        """What it is called, such as `memberArrayParser.memberIdPath`."""
        return ".".join(self.keys)

    @property
    def is_of_member(self) -> bool:
        """Whether it begins at a member, and not at the body."""
        return self.keys[0] == MEMBER

    def flaw(self, message: str, hint: str = "") -> Flaw:
        """Return a flaw at this place."""
        return Flaw(message, hint, pointer_to(*self.keys))


def pointer_to(*keys: str) -> str:
    """Return the pointer of a key of the requestParser, in the manifest."""
    return format_pointer(*PLACE, *keys)


def is_truthy(value: Json) -> bool:
    """Tell whether JavaScript takes a value for true: objects and arrays, also empty ones, are."""
    return isinstance(value, dict | list) or bool(value)


def request_parser(subject: Subject) -> JsonObject | None:
    """Return the requestParser of an integration, or None."""
    return object_at(subject.manifest, *PLACE)


def declared_paths(subject: Subject) -> Sequence[DeclaredPath]:
    """Return every pointer that is declared as a text, those of the body before those of a member."""
    paths = []
    for keys in (*_BODY_PATHS, *_MEMBER_PATHS):
        text = text_at(subject.manifest, *PLACE, *keys)
        if text is not None:
            paths.append(DeclaredPath(keys, text, _tokens(text)))
    return paths


def declared_tokens(subject: Subject) -> dict[str, tuple[DeclaredPath, Tokens]]:
    """Return the pointers that can be parsed, by label, each with its tokens."""
    return {
        path.label: (path, path.tokens)
        for path in subject.derive(declared_paths)
        if path.tokens is not None
    }


def is_empty_value(path: DeclaredPath) -> bool:
    """Tell whether a pointer takes a whole body or member for a value, which only an id can be."""
    return path.text == "" and path.label not in {*ARRAYS, f"{MEMBER}.memberIdPath"}


def compiled(subject: Subject) -> RequestParser | ParserSpecError | None:
    """Return the compiled parser, or why it does not compile; None where there is none."""
    declared = request_parser(subject)
    if declared is None:
        return None
    try:
        return RequestParser.compile(declared)
    except ParserSpecError as error:
        return error


def _tokens(text: str) -> Tokens | None:
    try:
        return parse_pointer(text)
    except PointerSyntaxError:
        return None
