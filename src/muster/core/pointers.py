"""JSON pointers (RFC 6901): `/batch/0/userId` names a value inside a JSON document."""

import re
from typing import Any, Final, TypeAlias

Json = Any
"""A JSON value as Python holds it: dict, list, str, int, float, bool or None."""
Tokens: TypeAlias = tuple[str, ...]
"""A pointer, parsed: its reference tokens, unescaped."""

_STRAY_TILDE: Final = re.compile("~(?![01])")


class PointerSyntaxError(ValueError):
    """The text is not a JSON pointer."""


class _Missing:
    """The type of `MISSING`, which says that a document has no value at a pointer (null is a value)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


def parse_pointer(text: str) -> Tokens:
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
    if _STRAY_TILDE.search(text):
        raise PointerSyntaxError(
            f"{text!r} is not a JSON pointer (RFC 6901): write '~0' for '~' and '~1' for '/'."
        )
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in text[1:].split("/"))


def format_pointer(*tokens: str | int) -> str:
    """Return the pointer that has these reference tokens, escaped."""
    return "".join(f"/{str(token).replace('~', '~0').replace('/', '~1')}" for token in tokens)


def resolve(document: Json, tokens: Tokens) -> Json:
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


def resolve_deepest(document: Json, tokens: Tokens) -> tuple[int, Json]:
    """Return how many of the tokens, from the first on, lead to a value; and that value."""
    depth = next(
        depth
        for depth in range(len(tokens), -1, -1)
        if resolve(document, tokens[:depth]) is not MISSING
    )
    return depth, resolve(document, tokens[:depth])


def array_index(token: str) -> int | None:
    """Return the array index that a reference token spells, or None when it spells none."""
    if not (token.isascii() and token.isdecimal()):
        return None
    if len(token) > 1 and (token[0] == "0" or len(token) > 18):
        return None
    return int(token)
