"""What segments need of their stores. Implementations live under `storage/`."""

from collections.abc import Callable, Collection, Iterator, Sequence
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
from muster.segments.queries import EVERY_SEGMENT, SegmentQuery

OnCommitted = Callable[[Sequence[CommitOutcome | Exception]], None]
"""Is told in the event loop what came of each commit: what it did, or why nothing of it is applied."""


class SegmentStore(Protocol):
    """Keeps what is known of segments but for their members.

    Its methods may block on a disk or a network: call them from a worker thread.
    """

    def find_segment(self, environment_id: EnvironmentId, key: str) -> Segment | None:
        """Return the environment's segment with this key, unless it is deleted."""
        ...

    def find_segment_by_id(self, segment_id: SegmentId) -> Segment | None:
        """Return the segment with this id, unless it is deleted."""
        ...

    def list_segments(
        self, environment_id: EnvironmentId, page: PageRequest, query: SegmentQuery = EVERY_SEGMENT
    ) -> Page[Segment]:
        """Return the wanted segments of the environment; those that are equal in its order by key."""
        ...

    def read_segments(
        self, environment_id: EnvironmentId, query: SegmentQuery = EVERY_SEGMENT
    ) -> Sequence[Segment]:
        """Return all the wanted segments of an environment, in the same order."""
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

    def insert_segment(self, segment: Segment) -> bool:
        """Insert a segment; tell whether its environment is there, without which it is not inserted.

        Raises:
            ConflictError: the environment has a segment with this key, or had one of this generation.
        """
        ...

    def update_segment(self, segment: Segment) -> bool:
        """Overwrite a segment by its next version; tell whether it was there in the version before."""
        ...

    def delete_segment(self, segment_id: SegmentId) -> bool:
        """Mark a segment deleted, so that its key is free; tell whether there was one.

        What it held is deleted, and it is noted that its members are to be.
        """
        ...

    def list_users(self, environment_id: EnvironmentId, key: str) -> Sequence[Segment]:
        """Return the segments whose rules ask for the segment with this key, by key."""
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

    def iterate_members(
        self, segment_id: SegmentId, member_list: MemberList = MemberList.INCLUDED
    ) -> Iterator[str]:
        """Give all keys of a list as they are at the first of them, in UTF-8 byte order."""
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

    def submit(self, commits: Sequence[MembershipCommit], done: OnCommitted) -> None:
        """Have commits applied, from an event loop, and do not wait for it.

        Each applies as `commit` does, whole or not at all, and sees what the ones before it did.

        Args:
            done: told once those that apply are on disk.

        Raises:
            UnavailableError: the store is closed.
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
