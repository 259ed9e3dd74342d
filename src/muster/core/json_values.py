"""Reading what a request spells in JSON, value by value; each error says where and what was found."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.pointers import MISSING, Json

MAX_VALUE_LENGTH: Final = 4_096
"""How many characters a text that is read so has at most."""
UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
"""Finds what no text can hold that is stored: NUL, and half of a surrogate pair."""
_MOST_SHOWN: Final = 64
_KINDS: Final[Mapping[type, tuple[str, str]]] = {
    bool: ("a", "boolean"),
    int: ("a", "number"),
    float: ("a", "number"),
    str: ("a", "string"),
    list: ("an", "array"),
    tuple: ("an", "array"),
    dict: ("an", "object"),
}


def describe(value: Json) -> str:
    """Return the kind of a JSON value in words, without its content."""
    if value is MISSING:
        return "nothing"
    if value is None:
        return "null"
    article, kind = _KINDS[type(value)]
    is_empty = isinstance(value, str | list | tuple | dict) and not value
    return f"an empty {kind}" if is_empty else f"{article} {kind}"


def show(value: Json) -> str:
    """Return a word or a number as it is, cut short; of any other value the kind.

    It is for values that are never a secret or a member's key, such as names of operators.
    """
    if isinstance(value, str):
        return repr(value if len(value) <= _MOST_SHOWN else value[:_MOST_SHOWN] + "...")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,}" if abs(value) < 10**_MOST_SHOWN else "a number"
    return describe(value)


def are_same(one: Json, other: Json) -> bool:
    """Tell whether two values are the same JSON: `1` is not `true`, as it is in Python."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def unexpected(found: str, expected: str, pointer: str) -> InvalidRequestError:
    """Return the error of a value that is not what was expected at its place.

    Args:
        found: the value, in words.
        expected: what it may be, in words, and how to mend it.
    """
    return InvalidRequestError(f"{pointer}: found {found}, expected {expected}.", pointer=pointer)


def read_list(value: Json, pointer: str, most: int, what: str) -> Sequence[Json]:
    """Return a value that is to be a list.

    Args:
        pointer: where it is, for the message.
        most: how many items it has at most.
        what: what its items are, for the message: `clauses`.

    Raises:
        InvalidRequestError: it is none, or has more.
    """
    if not isinstance(value, list | tuple):
        raise unexpected(describe(value), f"a list of {what}", pointer)
    if len(value) > most:
        raise InvalidRequestError(
            f"{pointer}: {len(value):,} {what} were found, expected at most {most:,}.",
            pointer=pointer,
        )
    return value


def read_object(value: Json, pointer: str, what: str) -> Mapping[str, Json]:
    """Return a value that is to be an object.

    Args:
        pointer: where it is, for the message.
        what: what it is to be, for the message: `a clause`.

    Raises:
        InvalidRequestError: it is none.
    """
    if not isinstance(value, Mapping):
        raise unexpected(describe(value), f"{what}: an object", pointer)
    return value


def read_text(value: Json, pointer: str) -> str:
    """Return a value that is to be a text of at most `MAX_VALUE_LENGTH` characters.

    Raises:
        InvalidRequestError: it is none, or can't be stored.
    """
    expected = f"a text of at most {MAX_VALUE_LENGTH:,} characters, without NUL"
    if not isinstance(value, str):
        raise unexpected(describe(value), expected, pointer)
    if len(value) > MAX_VALUE_LENGTH or UNSTORABLE.search(value):
        raise unexpected(f"a text of {len(value):,} characters", expected, pointer)
    return value


def read_text_or_none(value: Json, pointer: str) -> str | None:
    """Do as `read_text`; None for a text that is empty, null or left out."""
    return None if value is None else read_text(value, pointer) or None


def read_boolean(value: Json, pointer: str) -> bool:
    """Return a value that is to be true or false.

    Raises:
        InvalidRequestError: it is neither.
    """
    if not isinstance(value, bool):
        raise unexpected(describe(value), "true or false", pointer)
    return value


def read_integer(value: Json, pointer: str, least: int, most: int, what: str) -> int:
    """Return a value that is to be an integer.

    Args:
        pointer: where it is, for the message.
        what: what it is to be, for the message: `the index of a variation`.

    Raises:
        InvalidRequestError: it is none, or is out of its bounds.
    """
    if type(value) is not int or not least <= value <= most:
        expected = f"{what}: an integer from {least:,} to {most:,}"
        raise unexpected(show(value), expected, pointer)
    return value
