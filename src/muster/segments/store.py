"""What segments need of their stores. Implementations live under `storage/`."""

from collections.abc import Collection, Sequence
from typing import Protocol

from muster.core.ids import EnvironmentId, SegmentId
from muster.core.paging import Page, PageRequest
from muster.segments.model import (
    CommitOutcome,
    MemberList,
    Membership,
    MembershipCommit,
    MembershipSummary,
    Segment,
)


class SegmentStore(Protocol):
    """Keeps what is known of segments but for their members.

    Its methods may block on a disk or a network: call them from a worker thread.
    """

    def find_segment(self, environment_id: EnvironmentId, key: str) -> Segment | None:
        """Return the environment's segment with this key, unless it is deleted."""
        ...

    def list_segments(self, environment_id: EnvironmentId, page: PageRequest) -> Page[Segment]:
        """Return the environment's segments, newest first, then by key."""
        ...

    def next_generation(self, environment_id: EnvironmentId, key: str) -> int:
        """Return the generation that a segment created now with this key has to get."""
        ...

    def save_segments(self, segments: Collection[Segment]) -> None:
        """Insert these segments, or overwrite those with the same id, in one transaction.

        Saving the same segment twice is the same as saving it once. A segment whose environment has been
        deleted in the meantime is not saved; it is noted, so that its members are deleted.
        """
        ...

    def delete_segment(self, segment_id: SegmentId) -> bool:
        """Mark a segment deleted, so that its key is free; tell whether there was one."""
        ...


class MembershipReader(Protocol):
    """Reads who is in which segment. A point read takes microseconds and may be made anywhere."""

    def summarize(self, segment_id: SegmentId) -> MembershipSummary:
        """Return counts and times of a segment; zeros and None for one that has no members yet."""
        ...

    def membership(self, segment_id: SegmentId, context_key: str) -> Membership:
        """Tell in which lists of a segment a context stands."""
        ...

    def memberships(
        self, segment_ids: Sequence[SegmentId], context_key: str
    ) -> Sequence[Membership]:
        """Tell the same of one context for many segments, in their order."""
        ...

    def list_members(
        self,
        segment_id: SegmentId,
        member_list: MemberList = MemberList.INCLUDED,
        *,
        after: str = "",
        prefix: str = "",
        limit: int = 100,
    ) -> Sequence[str]:
        """Return up to `limit` keys above `after` that begin with `prefix`, in UTF-8 byte order."""
        ...


class MembershipStore(MembershipReader, Protocol):
    """Keeps who is in which segment; one process writes."""

    async def commit(self, commit: MembershipCommit) -> CommitOutcome:
        """Apply a commit atomically; return once it is on disk.

        Commits that arrive while another is being written share the next write to the disk.

        Raises:
            UnavailableError: the store can't write; nothing of the commit is applied.
        """
        ...

    async def delete_members(self, segment_id: SegmentId) -> None:
        """Forget a segment: its members, its counts and its times; return once it is on disk."""
        ...

    def pending_definitions(self) -> Sequence[Segment]:
        """Return the definitions that came with commits and were not yet acknowledged.

        The commit point of a sync request is the membership store's. What the request says of a
        segment itself is kept with it until `acknowledge_definitions`, so that a crash between the
        two stores leaves nothing half done: the next start reads it here.
        """
        ...

    def acknowledge_definitions(self, segments: Collection[Segment]) -> None:
        """Forget these definitions, unless a later commit has replaced them: they are saved."""
        ...
