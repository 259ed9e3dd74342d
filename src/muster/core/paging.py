"""Pages of a list, by offset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from muster.core.errors import InvalidRequestError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is wanted.

    Raises:
        InvalidRequestError: `limit` is not from 1 to 1,000, or `offset` is negative.
    """

    limit: int = 20
    offset: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= 1000:
            raise InvalidRequestError(f"limit is {self.limit}; it must be from 1 to 1000.")
        if self.offset < 0:
            raise InvalidRequestError(f"offset is {self.offset}; it must be 0 or more.")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, and how long the whole list is."""

    items: Sequence[T]
    total_count: int
    request: PageRequest
