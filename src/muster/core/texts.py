"""Free texts: descriptions, comments, and what people set something up with."""

import re
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json

MAX_TEXT_LENGTH: Final = 10_000
_NO_TEXT: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def check_text(value: Json, what: str, pointer: str, *, max_length: int = MAX_TEXT_LENGTH) -> str:
    """Return a value that is to be a text.

    Args:
        what: what it is to be, for the message, which never holds the value: it may be a secret.
        pointer: where it stands in the request.
        max_length: how many characters it can have.

    Raises:
        InvalidRequestError: it is none, is too long, or has control characters or half characters.
    """
    if not isinstance(value, str):
        raise InvalidRequestError(f"{what} is a text; {_kind(value)} was found.", pointer=pointer)
    if len(value) > max_length:
        raise InvalidRequestError(
            f"{what} has at most {max_length:,} characters; {len(value):,} were found.",
            pointer=pointer,
        )
    if _NO_TEXT.search(value):
        raise InvalidRequestError(
            f"{what} has a control character, or half of one outside of the Basic Multilingual Plane.",
            pointer=pointer,
        )
    return value


def check_boolean(value: Json, what: str, pointer: str) -> bool:
    """Return a value that is to be true or false.

    Args:
        what: what it is to be, for the message.
        pointer: where it stands in the request.

    Raises:
        InvalidRequestError: it is neither.
    """
    if not isinstance(value, bool):
        raise InvalidRequestError(
            f"{what} is true or false, without quotes; {_kind(value)} was found.", pointer=pointer
        )
    return value


def _kind(value: Json) -> str:
    if value is None:
        return "nothing"
    names: dict[type, str] = {bool: "a boolean", int: "a number", float: "a number", str: "a text"}
    return names.get(type(value), "a list" if isinstance(value, list) else "an object")
