"""JSON pointers (RFC 6901): `/batch/0/userId` names a value inside a JSON document."""

from typing import Any, Final

Json = Any
"""A JSON value as Python holds it: dict, list, str, int, float, bool or None."""


class PointerSyntaxError(ValueError):
    """The text is not a JSON pointer."""


class _Missing:
    """The type of `MISSING`, which says that a document has no value at a pointer (null is a value)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


def parse_pointer(text: str) -> tuple[str, ...]:
    """Return the reference tokens of a pointer, unescaped; the empty pointer has none.

    Raises:
        PointerSyntaxError: the text does not begin with `/`, or has a `~` not followed by 0 or 1.
    """
    if text == "":
        return ()
    if not text.startswith("/"):
        raise PointerSyntaxError(
            f"{text!r} is not a JSON pointer (RFC 6901): it must be empty or begin with '/'."
        )
    return tuple(_unescape(token, text) for token in text[1:].split("/"))


def _unescape(token: str, pointer: str) -> str:
    if "~" not in token:
        return token
    if "~" in token.replace("~0", "").replace("~1", ""):
        raise PointerSyntaxError(
            f"{pointer!r} is not a JSON pointer (RFC 6901): write '~0' for '~' and '~1' for '/'."
        )
    return token.replace("~1", "/").replace("~0", "~")


def format_pointer(*tokens: str | int) -> str:
    """Return the pointer that has these reference tokens, escaped."""
    return "".join(f"/{str(token).replace('~', '~0').replace('/', '~1')}" for token in tokens)


def resolve(document: Json, tokens: tuple[str, ...]) -> Json:
    """Return the value that the tokens lead to, or `MISSING`.

    A token names a member of an object, or the index of an element of an array: decimal, without
    leading zeros. `-` (the element after the last) is always missing.
    """
    value = document
    for token in tokens:
        if type(value) is dict:
            value = value.get(token, MISSING)
        elif type(value) is list:
            index = array_index(token)
            value = value[index] if index is not None and index < len(value) else MISSING
        else:
            return MISSING
        if value is MISSING:
            return MISSING
    return value


def array_index(token: str) -> int | None:
    """Return the array index that a reference token spells, or None when it spells none."""
    if not (token.isascii() and token.isdecimal()):
        return None
    if len(token) > 1 and (token[0] == "0" or len(token) > 18):
        return None
    return int(token)
