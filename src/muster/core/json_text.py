"""A JSON text: decoded, and with the line and column of each of its values."""

import codecs
import re
from dataclasses import dataclass, field
from typing import Final

import orjson

from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json, parse_pointer

_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|[^\s,:"\[\]{}]+', re.DOTALL)
"""A string, a bracket, or a number or word: all of JSON but spaces, commas and colons."""


class JsonSyntaxError(InvalidRequestError):
    """The text is not JSON.

    Attributes:
        line: where reading stopped, from 1; None where that is not known.
        column: the same, in Unicode characters from 1.
    """

    code = "invalid-json"

    def __init__(self, message: str, *, line: int | None, column: int | None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text: line and column in Unicode characters, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class _Child:
    """A member of an object or an element of an array: where it begins, and where its value does."""

    place: int
    value: int


@dataclass(frozen=True)
class JsonText:
    """A JSON text, the document in it, and where each value stands.

    The text is JSON, which `decode` has made sure of.
    """

    text: str
    document: Json
    _children: dict[int, dict[str, _Child]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def decode(cls, raw: bytes) -> "JsonText":
        """Read the bytes of a JSON file: UTF-8, with or without a byte order mark.

        Raises:
            JsonSyntaxError: the bytes are not UTF-8 or not JSON (RFC 8259), or nest over 1,024 deep.
        """
        try:
            text = raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        except UnicodeDecodeError as error:
            raise JsonSyntaxError(
                f"The byte at offset {error.start} is not UTF-8. Save the file as UTF-8.",
                line=raw.count(b"\n", 0, error.start) + 1,
                column=None,
            ) from None
        try:
            return cls(text, orjson.loads(text))
        except orjson.JSONDecodeError as error:
            position = _position_at(text, error.pos)
            raise JsonSyntaxError(
                f"Not JSON: {error.msg}. Look for a missing or extra comma, quote or bracket.",
                line=position.line,
                column=position.column,
            ) from None

    def locate(self, pointer: str) -> Position:
        """Return where the value at a pointer stands, a member of an object by its key.

        A value that is not there stands where the innermost of its parents that exists does.
        """
        place = value = _skip_space(self.text, 0)
        for token in parse_pointer(pointer):
            child = self._children_at(value).get(token)
            if child is None:
                break
            place, value = child.place, child.value
        return _position_at(self.text, place)

    def _children_at(self, offset: int) -> dict[str, _Child]:
        """Return the children of the value at an offset by name or index; kept, so read once."""
        children = self._children.get(offset)
        if children is None:
            children = self._children[offset] = _read_children(self.text, offset)
        return children


def _read_children(text: str, offset: int) -> dict[str, _Child]:
    if text[offset] not in "[{":
        return {}
    in_object = text[offset] == "{"
    children: dict[str, _Child] = {}
    offset = _skip_space(text, offset + 1)
    while text[offset] not in "]}":
        place = offset
        name = str(len(children))
        if in_object:
            end = _skip_value(text, offset)
            name = orjson.loads(text[offset:end])
            offset = _skip_space(text, _skip_space(text, end) + 1)  # over the colon
        children[name] = _Child(place, offset)
        offset = _skip_space(text, _skip_value(text, offset))
        if text[offset] == ",":
            offset = _skip_space(text, offset + 1)
    return children


def _skip_value(text: str, offset: int) -> int:
    """Return the offset just after the value at an offset, however deep it nests."""
    depth = 0
    for token in _TOKEN.finditer(text, offset):
        if token[0] in {"[", "{"}:
            depth += 1
        elif token[0] in {"]", "}"}:
            depth -= 1
        if depth == 0:
            return token.end()
    raise ValueError("The text is not JSON: a bracket is not closed.")


def _skip_space(text: str, offset: int) -> int:
    while text[offset] in " \t\r\n":
        offset += 1
    return offset


def _position_at(text: str, offset: int) -> Position:
    line_start = text.rfind("\n", 0, offset) + 1
    return Position(text.count("\n", 0, offset) + 1, offset - line_start + 1)
