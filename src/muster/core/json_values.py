"""JSON values in words, for messages: the kind of a value, or the value itself where it may be shown."""

from collections.abc import Mapping
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.pointers import MISSING, Json

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


def unexpected(found: str, expected: str, pointer: str) -> InvalidRequestError:
    """Return the error of a value that is not what was expected at its place.

    Args:
        found: the value, in words.
        expected: what it may be, in words, and how to mend it.
    """
    return InvalidRequestError(f"{pointer}: found {found}, expected {expected}.", pointer=pointer)
