"""Filter expressions: `kind equals "user", (email exists true | name startsWith "A")`.

A comparison is `field operator value`. A comma joins comparisons that must all hold, and binds closer than a
vertical bar, which joins alternatives; parentheses group. A value is JSON (a string, number, array, object,
true, false or null) or a bare word. The reader yields a tree; what a field means is the caller's to say.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Never, TypeAlias

import orjson

from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json

MAX_LENGTH: Final = 65_536
"""Characters of an expression."""
MAX_COMPARISONS: Final = 256
MAX_DEPTH: Final = 32
"""Parentheses within parentheses."""

_SPACE: Final = re.compile(r"\s*")
_WORD: Final = re.compile(r'[^\s,|()\[\]{}"]+')
_JSON_BEGINS_WITH: Final = '"[{'


class Operator(StrEnum):
    """How a field is compared with a value."""

    EQUALS = "equals"
    NOT_EQUALS = "notEquals"
    ANY_OF = "anyOf"
    CONTAINS = "contains"
    EXISTS = "exists"
    STARTS_WITH = "startsWith"
    BEFORE = "before"
    AFTER = "after"


_OPERATORS: Final[Mapping[str, Operator]] = {operator.value: operator for operator in Operator}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field, compared with one value.

    Attributes:
        value: the value as JSON; a bare word that is no JSON is the string that it spells.
        written: the value as it stands in the expression, so that a key `007` or `1e3` is not lost.
        position: where the comparison begins, in characters from 1.
    """

    field: str
    operator: Operator
    value: Json
    written: str = dataclasses.field(default="", compare=False)
    position: int = dataclasses.field(default=1, compare=False)

    def text(self) -> str:
        """Return the value as a text; a bare number or word is what was written.

        Raises:
            InvalidRequestError: it is an array or an object.
        """
        if isinstance(self.value, str):
            return self.value
        if isinstance(self.value, list | dict):
            self.refuse("its value must be one text, in double quotes")
        return self.written or orjson.dumps(self.value).decode()

    def texts(self) -> tuple[str, ...]:
        """Return the texts of an array, or the one text that stands in its place.

        Raises:
            InvalidRequestError: it is neither a text nor an array of texts.
        """
        if not isinstance(self.value, list):
            return (self.text(),)
        if not all(isinstance(one, str) for one in self.value):
            self.refuse('its value must be an array of texts: ["a", "b"]')
        return tuple(self.value)

    def truth(self) -> bool:
        """Return the truth value that was given.

        Raises:
            InvalidRequestError: it is neither true nor false.
        """
        if not (isinstance(self.value, bool) or self.value in ("true", "false")):
            self.refuse("its value must be true or false")
        return self.value in (True, "true")

    def refuse(self, reason: str) -> Never:
        """Raise an InvalidRequestError that says which comparison it is about, and this reason."""
        raise InvalidRequestError(
            f"filter, at character {self.position}: {self.field[:64]!r} {self.operator.value}: {reason}."
        )


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds where each of two or more parts does."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds where one of two or more parts does."""

    parts: tuple["Expression", ...]


Expression: TypeAlias = Comparison | AllOf | AnyOf


def parse_expression(text: str) -> Expression | None:
    """Read a filter; a blank text is none.

    Raises:
        InvalidRequestError: it can't be read; the message says where, and what was expected there.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidRequestError(
            f"filter: it has {len(text)} characters; at most {MAX_LENGTH} are read."
        )
    if not _is_unicode(text):
        raise InvalidRequestError(
            "filter: it has bytes in it that are no characters; write it in UTF-8."
        )
    return _Reader(text).read() if text.strip() else None


def format_expression(expression: Expression) -> str:
    """Write an expression; to read it again gives the same one."""
    match expression:
        case AllOf(parts):
            return ", ".join(_grouped(part, AllOf | AnyOf) for part in parts)
        case AnyOf(parts):
            return " | ".join(_grouped(part, AnyOf) for part in parts)
        case Comparison(name, operator, value):
            shown = name if _WORD.fullmatch(name) else _as_json(name)
            return f"{shown} {operator.value} {_as_json(value)}"


def holds(expression: Expression, test: Callable[[Comparison], bool]) -> bool:
    """Tell whether an expression holds, where `test` tells whether a comparison does."""
    match expression:
        case AllOf(parts):
            return all(holds(part, test) for part in parts)
        case AnyOf(parts):
            return any(holds(part, test) for part in parts)
        case Comparison():
            return test(expression)


def comparisons(expression: Expression | None) -> Iterator[Comparison]:
    """Yield each comparison of an expression, in the order they are written."""
    match expression:
        case None:
            return
        case Comparison():
            yield expression
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from comparisons(part)


def check_fields(expression: Expression | None, known: Mapping[str, Collection[Operator]]) -> None:
    """Check that an expression compares only fields that there are, by operators that they have.

    Raises:
        InvalidRequestError: it does not; the message names those that there are.
    """
    for comparison in comparisons(expression):
        operators = known.get(comparison.field)
        if operators is None:
            raise InvalidRequestError(
                f"filter, at character {comparison.position}: there is no field {comparison.field[:64]!r}. "
                f"There are: {', '.join(known)}."
            )
        if comparison.operator not in operators:
            comparison.refuse(f"this field is compared by {' or '.join(operators)}")


def _grouped(part: Expression, in_parentheses: Any) -> str:
    return (
        f"({format_expression(part)})"
        if isinstance(part, in_parentheses)
        else format_expression(part)
    )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _as_json(value: Json) -> str:
    return orjson.dumps(value).decode()


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)


class _Reader:
    """Reads one text from its beginning to its end, by recursive descent."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset = 0
        self._comparisons = 0

    def read(self) -> Expression:
        expression = self._alternatives(depth=0)
        if not self._at_end():
            self._fail(
                "',', '|' or the end was expected; write a value with spaces in double quotes"
            )
        return expression

    def _alternatives(self, depth: int) -> Expression:
        parts = [self._conjunction(depth)]
        while self._take("|"):
            parts.append(self._conjunction(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _conjunction(self, depth: int) -> Expression:
        parts = [self._group_or_comparison(depth)]
        while self._take(","):
            parts.append(self._group_or_comparison(depth))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _group_or_comparison(self, depth: int) -> Expression:
        if not self._take("("):
            return self._comparison()
        if depth == MAX_DEPTH:
            self._fail(f"at most {MAX_DEPTH} parentheses can stand within each other")
        expression = self._alternatives(depth + 1)
        if not self._take(")"):
            self._fail("')', ',' or '|' was expected; write a value with spaces in double quotes")
        return expression

    def _comparison(self) -> Comparison:
        self._skip_space()
        position = self._offset + 1
        name, _ = self._value("a field was expected, as in 'field equals \"value\"'")
        if not isinstance(name, str):
            name = self._text[position - 1 : self._offset]
            if name[0] in _JSON_BEGINS_WITH:
                self._offset = position - 1
                self._fail("a field was expected, as in 'field equals \"value\"'")
        operator = self._operator(name)
        value, written = self._value(
            f"a value was expected after {operator.value}: a word, a text in double quotes, "
            "a number, true, false, null, or an array of these"
        )
        self._comparisons += 1
        if self._comparisons > MAX_COMPARISONS:
            self._fail(f"there can be at most {MAX_COMPARISONS} comparisons")
        return Comparison(name, operator, value, written, position)

    def _operator(self, name: str) -> Operator:
        self._skip_space()
        word = _WORD.match(self._text, self._offset)
        operator = _OPERATORS.get(word[0]) if word else None
        if operator is None or word is None:
            self._fail(f"an operator was expected after {name[:64]!r}: {', '.join(Operator)}")
        self._offset = word.end()
        return operator

    def _value(self, expected: str) -> tuple[Json, str]:
        """Return the JSON value or word that stands next, and how it is written."""
        self._skip_space()
        start = self._offset
        if self._text[start : start + 1] in tuple(_JSON_BEGINS_WITH):
            return self._json()
        word = _WORD.match(self._text, start)
        if word is None:
            self._fail(expected)
        self._offset = word.end()
        try:
            return orjson.loads(word[0]), word[0]
        except orjson.JSONDecodeError:
            return word[0], word[0]

    def _json(self) -> tuple[Json, str]:
        start = self._offset
        try:
            _, end = _DECODER.raw_decode(self._text, start)
            # Read again by the reader of all other JSON, which refuses half characters too.
            value = orjson.loads(self._text[start:end])
        except (ValueError, RecursionError):
            self._fail("this is not JSON; look for a missing quote, comma or bracket")
        self._offset = end
        return value, self._text[start:end]

    def _take(self, character: str) -> bool:
        self._skip_space()
        if not self._text.startswith(character, self._offset):
            return False
        self._offset += 1
        return True

    def _at_end(self) -> bool:
        self._skip_space()
        return self._offset == len(self._text)

    def _skip_space(self) -> None:
        space = _SPACE.match(self._text, self._offset)
        assert space is not None  # noqa: S101 - it matches the empty text
        self._offset = space.end()

    def _fail(self, expected: str) -> Never:
        self._skip_space()
        found = (
            repr(self._text[self._offset : self._offset + 32]) if not self._at_end() else "the end"
        )
        raise InvalidRequestError(
            f"filter, at character {self._offset + 1}: {found} was found; {expected}."
        )
