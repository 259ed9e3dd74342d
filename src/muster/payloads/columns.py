"""One value of every member of an array: a column of the table that the array is.

`read_plain` is the fast way. It proves with a few passes at the speed of C that every value is one that
is kept as it is, or gives up. `read_each` is the careful way: member by member, with exact errors and
conversions. Where the fast way gives an answer, the careful way gives the same; a property test holds
them to that.
"""

from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from muster.core.pointers import Json, Tokens, resolve
from muster.payloads.errors import Misfit, misplaced
from muster.payloads.values import Field

T = TypeVar("T")

_WORTH_BULK: Final = 3
"""With fewer members, one by one is faster."""


class Column(Generic[T]):
    """A value that every member of an array is asked for."""

    __slots__ = ("_are_plain", "_plain_type", "field")

    def __init__(
        self,
        field: Field[T],
        plain_type: type,
        are_plain: Callable[[list[Any]], bool] | None = None,
    ) -> None:
        """Make a column.

        Args:
            field: the value, from the member on.
            plain_type: the type of values that are kept as they are.
            are_plain: tells whether all of some values of that type are; None: they always are.
        """
        self.field = field
        self._plain_type = plain_type
        self._are_plain = are_plain

    def read(self, body: Json, at: Tokens, members: list[Json]) -> list[T]:
        """Return the value of each member of the array `members`, which `body` holds at `at`.

        Raises:
            InvalidPayloadError: the value of a member is missing or does not fit.
        """
        if len(members) < _WORTH_BULK:
            return self.read_each(body, at, members)
        values = self.read_plain(members)
        return self.read_each(body, at, members) if values is None else values

    def read_plain(self, members: list[Json]) -> list[T] | None:
        """Return the value of each member, or None unless all are there and plain."""
        values = members
        try:
            for token in self.field.tokens:
                values = [value[token] for value in values]
        except (KeyError, TypeError):  # missing, or not in an object
            return None
        if set(map(type, values)) != {self._plain_type}:
            return None
        if self._are_plain is not None and not self._are_plain(values):
            return None
        return values

    def read_each(self, body: Json, at: Tokens, members: list[Json]) -> list[T]:
        """Return the value of each member; take and raise what `read` does."""
        tokens, reader = self.field.tokens, self.field.reader
        values = []
        for index, member in enumerate(members):
            try:
                values.append(reader(resolve(member, tokens)))
            except Misfit as misfit:
                place = (*at, str(index), *tokens)
                raise misplaced(misfit, self.field.noun, body, place) from None
        return values
