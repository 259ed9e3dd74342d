"""The order of a list, as a request asks for it: `-name,createdOn`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from muster.core.errors import InvalidRequestError

_T = TypeVar("_T")

SortFields = Mapping[str, Callable[[_T], Any]]
"""What a list can be sorted by: names, and what an item has there."""


class SortKey(NamedTuple):
    """One thing to sort by."""

    field: str
    descending: bool


def parse_sort(text: str) -> tuple[SortKey, ...]:
    """Return the keys that a text asks for, the first one first; `-` before a name turns its order."""
    names = [name.strip() for name in text.split(",")] if text else []
    return tuple(SortKey(name.removeprefix("-"), name.startswith("-")) for name in names)


def sorted_by(
    items: Sequence[_T], keys: Sequence[SortKey], fields: "SortFields[_T]"
) -> Sequence[_T]:
    """Return items in the order of these keys; those that are equal in all of them as they were.

    Raises:
        InvalidRequestError: a list of these can't be sorted by one of the keys.
    """
    ordered = list(items)
    for key in reversed(keys):
        value = fields.get(key.field)
        if value is None:
            raise InvalidRequestError(
                f"sort: this list can't be sorted by {key.field[:64]!r}. What it can be sorted by: "
                f"{', '.join(fields)}."
            )
        ordered.sort(key=value, reverse=key.descending)
    return ordered
