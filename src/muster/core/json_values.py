"""Reading what a request spells in JSON, value by value; each error names the pointer."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json

MAX_VALUE_LENGTH: Final = 4_096
"""How many characters a text that is read so has at most."""
UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
"""Finds what no text can hold that is stored: NUL, and half of a surrogate pair."""


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
        raise InvalidRequestError(f"{pointer}: expected a list of {what}.", pointer=pointer)
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
        raise InvalidRequestError(f"{pointer}: expected {what}: an object.", pointer=pointer)
    return value


def read_text(value: Json, pointer: str) -> str:
    """Return a value that is to be a text of at most `MAX_VALUE_LENGTH` characters.

    Raises:
        InvalidRequestError: it is none, or can't be stored.
    """
    if not isinstance(value, str) or len(value) > MAX_VALUE_LENGTH or UNSTORABLE.search(value):
        raise InvalidRequestError(
            f"{pointer}: expected a text of at most {MAX_VALUE_LENGTH:,} characters, without NUL.",
            pointer=pointer,
        )
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
        raise InvalidRequestError(f"{pointer}: expected true or false.", pointer=pointer)
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
        raise InvalidRequestError(
            f"{pointer}: expected {what}: an integer from {least:,} to {most:,}.", pointer=pointer
        )
    return value
