"""Which segments of an environment are wanted, and in which order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.filters import Expression, Operator, check_fields, comparisons
from muster.core.ids import SegmentId
from muster.core.sorting import SortKey

FILTER_FIELDS: Final[Mapping[str, Collection[Operator]]] = {
    "tags": (Operator.ANY_OF, Operator.CONTAINS, Operator.EQUALS, Operator.EXISTS),
    "query": (Operator.EQUALS,),
    "external": (Operator.EXISTS, Operator.EQUALS),
    "unbounded": (Operator.EQUALS,),
    "includedKeys": (Operator.ANY_OF,),
    "excludedKeys": (Operator.ANY_OF,),
}
"""What a filter can ask for: one of some tags; a part of key, name or description; whether a segment is
synced, and by whom; whether it is big; whether it includes or excludes one of some contexts, by their keys.
"""
LAST_MODIFIED: Final = "lastModified"
SORT_FIELDS: Final = ("creationDate", "name", LAST_MODIFIED)
MEMBER_FIELDS: Final = ("includedKeys", "excludedKeys")


@dataclass(frozen=True, slots=True)
class SegmentQuery:
    """Which segments are wanted, and in which order: without `sort` newest first.

    Attributes:
        having: for each comparison of `includedKeys` or `excludedKeys`, by its position, the segments for
            which it holds.
    """

    wanted: Expression | None = None
    sort: Sequence[SortKey] = ()
    having: Mapping[int, Collection[SegmentId]] | None = None

    def check(self) -> None:
        """Check that segments can be chosen and sorted so.

        Raises:
            InvalidRequestError: they can't.
        """
        check_fields(self.wanted, FILTER_FIELDS)
        for key in self.sort:
            if key.field not in SORT_FIELDS:
                raise InvalidRequestError(
                    f"sort: segments can't be sorted by {key.field[:64]!r}. What they can be sorted by: "
                    f"{', '.join(SORT_FIELDS)}."
                )

    @property
    def asks_for_members(self) -> bool:
        """Whether the filter asks who is in a segment."""
        return any(one.field in MEMBER_FIELDS for one in comparisons(self.wanted))

    @property
    def sorts_by_members(self) -> bool:
        """Whether the order depends on when members changed."""
        return any(key.field == LAST_MODIFIED for key in self.sort)


EVERY_SEGMENT: Final = SegmentQuery()
"""All segments, newest first."""
