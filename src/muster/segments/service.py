"""Reading segments: what they are, how many they hold, and who is in them.

Whoever may view a project may view its segments; the callers find the environment through the
account's services, which check that.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from muster.core.errors import InvalidRequestError, NotFoundError
from muster.core.filters import comparisons
from muster.core.ids import EnvironmentId
from muster.core.paging import Page, PageRequest
from muster.core.sorting import SortFields, sorted_by
from muster.segments.details import SegmentDetails, details_of, find_membership, targeted
from muster.segments.flag_users import FlagUser, FlagUserStore
from muster.segments.model import MemberList, Membership, Segment
from muster.segments.queries import (
    EVERY_SEGMENT,
    LAST_MODIFIED,
    MEMBER_FIELDS,
    SegmentQuery,
)
from muster.segments.store import MembershipReader, SegmentStore

_SORTED_BY: Final["SortFields[SegmentDetails]"] = {
    "creationDate": lambda details: details.segment.created_at,
    "name": lambda details: details.segment.name.lower(),
    LAST_MODIFIED: lambda details: details.modified_at,
}


class SegmentService:
    """Reads segments. Its methods may block: call them from a worker thread."""

    def __init__(
        self, store: SegmentStore, memberships: MembershipReader, flags: FlagUserStore
    ) -> None:
        self._store = store
        self._memberships = memberships
        self._flags = flags

    def list_segments(
        self, environment_id: EnvironmentId, page: PageRequest, query: SegmentQuery = EVERY_SEGMENT
    ) -> Page[SegmentDetails]:
        """Return the environment's segments that are wanted: see `SegmentQuery`.

        Raises:
            InvalidRequestError: segments can't be chosen or sorted so.
        """
        query.check()
        if query.asks_for_members:
            query = self._with_members(environment_id, query)
        if query.sorts_by_members:
            every = map(self._details, self._store.read_segments(environment_id, query))
            ordered = sorted_by(list(every), query.sort, _SORTED_BY)
            part = ordered[page.offset : page.offset + page.limit]
            return Page(part, len(ordered), page)
        found = self._store.list_segments(environment_id, page, query)
        return Page([self._details(one) for one in found.items], found.total_count, page)

    def get_segment(self, environment_id: EnvironmentId, key: str) -> SegmentDetails:
        """Return the environment's segment with this key.

        Raises:
            NotFoundError: there is none.
        """
        segment = self._store.find_segment(environment_id, key)
        if segment is None:
            raise NotFoundError(
                f"There is no segment {key[:256]!r} in this environment. A synced segment appears "
                "with the first request that names its cohort."
            )
        return self._details(segment)

    def list_flags(self, environment_id: EnvironmentId, key: str) -> Sequence[FlagUser]:
        """Return the flags whose rules ask for the environment's segment with this key, by key."""
        return self._flags.list_segment_users(environment_id, key)

    def get_membership(
        self,
        environment_id: EnvironmentId,
        key: str,
        context_key: str,
        *,
        context_kind: str | None = None,
    ) -> Membership:
        """Tell in which lists of a segment a context stands.

        Args:
            context_kind: the context's kind; None for whatever kind the segment holds.

        Raises:
            NotFoundError: there is no such segment.
        """
        segment = self.get_segment(environment_id, key).segment
        return find_membership(segment, self._memberships, context_key, context_kind)

    def memberships(self, segments: Sequence[Segment], context_key: str) -> Sequence[Membership]:
        """Tell in which lists of some segments a context of whatever kind stands, in their order."""
        unbounded = [one.id for one in segments if one.unbounded]
        found = iter(self._memberships.memberships(unbounded, context_key) if unbounded else ())
        return [
            next(found) if one.unbounded else targeted(one, context_key, None) for one in segments
        ]

    def list_members(
        self,
        environment_id: EnvironmentId,
        key: str,
        member_list: MemberList = MemberList.INCLUDED,
        *,
        after: str = "",
        prefix: str = "",
        limit: int = 100,
    ) -> Sequence[str]:
        """Return up to `limit` context keys above `after` that begin with `prefix`, in order.

        Raises:
            NotFoundError: there is no such segment.
            InvalidRequestError: it is not big, and holds its targets itself.
        """
        segment = self.get_segment(environment_id, key).segment
        if not segment.unbounded:
            raise InvalidRequestError(
                f"The segment {segment.key} is not big: its targets stand in the segment itself."
            )
        return self._memberships.list_members(
            segment.id, member_list, after=after, prefix=prefix, limit=limit
        )

    def _details(self, segment: Segment) -> SegmentDetails:
        return details_of(segment, self._memberships)

    def _with_members(self, environment_id: EnvironmentId, query: SegmentQuery) -> SegmentQuery:
        """Return the query with the segments in which the contexts are that it asks for."""
        every = self._store.read_segments(environment_id)
        having = {
            one.position: [
                segment.id
                for key in one.texts()
                for segment, membership in zip(every, self.memberships(every, key), strict=True)
                if (membership.included if one.field == "includedKeys" else membership.excluded)
            ]
            for one in comparisons(query.wanted)
            if one.field in MEMBER_FIELDS
        }
        return replace(query, having=having)
