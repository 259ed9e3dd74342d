"""Pages of a list, by offset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from muster.core.errors import InvalidRequestError

T = TypeVar("T")

MAX_OFFSET: Final = 1_000_000_000
"""How many items can be passed over; databases count no further than 64 bits go."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is wanted.

    Raises:
        InvalidRequestError: `limit` is not from 1 to 1,000, or `offset` not from 0 to `MAX_OFFSET`.
    """

    limit: int = 20
    offset: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= 1000:
            raise InvalidRequestError(f"limit is {self.limit}; it must be from 1 to 1000.")
        if not 0 <= self.offset <= MAX_OFFSET:
            raise InvalidRequestError(
                f"offset is {self.offset}; it must be from 0 to {MAX_OFFSET:,}."
            )


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, and how long the whole list is."""

    items: Sequence[T]
    total_count: int
    request: PageRequest
