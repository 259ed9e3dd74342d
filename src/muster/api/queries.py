"""Query parameters that lists share: `filter=query:abc,tags:a+b`, `expand=environments`."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from muster.core.errors import InvalidRequestError

_ALL_OF: Final = re.compile(r"[+ ]")
"""What stands between tags that are all wanted: a `+`, which arrives as a space where it was not escaped."""


def read_filter(text: str | None, known: Collection[str]) -> Mapping[str, str]:
    """Return what a filter asks for, by field.

    Args:
        text: `field:value` pairs with commas between them; None for no filter.
        known: the fields that there are.

    Raises:
        InvalidRequestError: it is no filter, or names a field that there is not, or one twice.
    """
    found: dict[str, str] = {}
    for pair in text.split(",") if text else ():
        field, colon, value = pair.strip().partition(":")
        if not colon or field not in known:
            raise InvalidRequestError(
                f"filter: {pair[:64]!r} was found, and 'field:value' was expected, where field is one of "
                f"{', '.join(known)}."
            )
        if field in found:
            raise InvalidRequestError(f"filter: {field} is given twice.")
        found[field] = value
    return found


def all_of(value: str) -> tuple[str, ...]:
    """Return the values that are all wanted: `a+b`."""
    return tuple(filter(None, _ALL_OF.split(value)))


def any_of(value: str) -> tuple[str, ...]:
    """Return the values of which one is wanted: `a|b`."""
    return tuple(filter(None, value.split("|")))


def true_or_false(value: str, field: str) -> bool:
    """Return the truth value that a filter's value spells.

    Raises:
        InvalidRequestError: it is neither `true` nor `false`.
    """
    if value not in ("true", "false"):
        raise InvalidRequestError(f"filter: {field} is {value[:64]!r}; it must be true or false.")
    return value == "true"


def read_expand(text: str | None) -> frozenset[str]:
    """Return what is to be shown in full; names that nobody knows are passed over."""
    return frozenset(name.strip() for name in text.split(",")) if text else frozenset()
