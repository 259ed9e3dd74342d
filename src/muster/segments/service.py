"""Reading segments: what they are, how many they hold, and who is in them.

Whoever may view a project may view its segments; the callers find the environment through the
account's services, which check that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from muster.core.errors import NotFoundError
from muster.core.ids import EnvironmentId
from muster.core.paging import Page, PageRequest
from muster.segments.model import MemberList, Membership, MembershipSummary, Segment
from muster.segments.store import MembershipReader, SegmentStore


@dataclass(frozen=True, slots=True)
class SegmentDetails:
    """A segment, and what is known of its members without reading them."""

    segment: Segment
    members: MembershipSummary


class SegmentService:
    """Reads segments. Its methods may block: call them from a worker thread."""

    def __init__(self, store: SegmentStore, memberships: MembershipReader) -> None:
        self._store = store
        self._memberships = memberships

    def list_segments(
        self, environment_id: EnvironmentId, page: PageRequest
    ) -> Page[SegmentDetails]:
        """Return the environment's segments, newest first."""
        found = self._store.list_segments(environment_id, page)
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

    def get_membership(
        self, environment_id: EnvironmentId, key: str, context_key: str
    ) -> Membership:
        """Tell in which lists of a segment a context stands.

        Raises:
            NotFoundError: there is no such segment.
        """
        segment = self.get_segment(environment_id, key).segment
        return self._memberships.membership(segment.id, context_key)

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
        """
        segment = self.get_segment(environment_id, key).segment
        return self._memberships.list_members(
            segment.id, member_list, after=after, prefix=prefix, limit=limit
        )

    def _details(self, segment: Segment) -> SegmentDetails:
        return SegmentDetails(segment, self._memberships.summarize(segment.id))
