"""The membership store over RocksDB: commits through the one writer, reads from anywhere."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from muster.core.clock import to_millis
from muster.core.errors import UnavailableError
from muster.core.ids import EnvironmentId, SegmentId
from muster.segments.model import CommitOutcome, MembershipCommit, Segment
from muster.segments.store import OnCommitted
from muster.storage.rocksdb.applier import CommitApplier
from muster.storage.rocksdb.database import Database
from muster.storage.rocksdb.filters import Filters
from muster.storage.rocksdb.layout import (
    DEFINITION_PREFIX,
    EntryHead,
    EnvironmentState,
    decode_definition,
    definition_key,
    encode_definition,
    prefix_end,
    revision_key,
    state_key,
)
from muster.storage.rocksdb.reader import RocksMembershipReader
from muster.storage.rocksdb.writer import GroupCommitWriter

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LogRetention:
    """How much of an environment's revision log is kept.

    Attributes:
        max_changes: member changes in all kept revisions together; the newest revision always
        stays.
    """

    max_changes: int = 2_000_000


class RocksMembershipStore(RocksMembershipReader):
    """Implements `MembershipStore` and `RevisionLog`; the one writer of its database."""

    def __init__(self, database: Database, *, filter_bytes: int = 256 << 20) -> None:
        """Take over an open database.

        Args:
            database: open for writing; closed with the store.
            filter_bytes: memory for the filters that spare reads, in bytes.
        """
        super().__init__(database)
        self._filters = Filters(database.members.scan_keys, budget_bytes=filter_bytes)
        self._applier = CommitApplier(database, self._filters)
        self._writer = GroupCommitWriter(database, self._applier.flush)
        self._writer.start()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the store in a folder; make it when there is none.

        Raises:
            ConfigurationError: another process is writing, or the folder holds another format.
        """
        return cls(Database.open(path))

    @property
    def failure(self) -> UnavailableError | None:
        """Why the store has stopped writing, or None while it is well."""
        return self._writer.failure

    async def commit(self, commit: MembershipCommit) -> CommitOutcome:
        """Apply a commit atomically; return once it is on disk.

        Raises:
            UnavailableError: the store can't write.
        """
        return await self._writer.run(partial(self._applier.apply, commit))

    def submit(self, commits: Sequence[MembershipCommit], done: OnCommitted) -> None:
        """Have commits applied, each atomically, without waiting for it; see `MembershipStore`.

        Raises:
            UnavailableError: the store is closed.
        """

        def tell(outcomes: Sequence[CommitOutcome | Exception] | Exception) -> None:
            done([outcomes] * len(commits) if isinstance(outcomes, Exception) else outcomes)

        self._writer.submit(partial(self._applier.apply_each, commits), tell)

    async def delete_members(self, segment_id: SegmentId) -> None:
        """Forget a segment: its members, its counts and its times; return once it is on disk."""
        await self._writer.run(partial(self._applier.delete, segment_id))

    def pending_definitions(self) -> Sequence[Segment]:
        """Return the definitions that came with commits and were not yet acknowledged."""
        stored = self._database.meta.scan(DEFINITION_PREFIX, prefix_end(DEFINITION_PREFIX))
        return [decode_definition(value) for _, value in stored]

    def acknowledge_definitions(self, segments: Collection[Segment]) -> None:
        """Forget these definitions, unless a later commit has replaced them: they are saved."""
        work = partial(self._forget_definitions, tuple(segments))
        self._writer.post(partial(self._settled, work))

    async def prune_revisions(
        self, environment_id: EnvironmentId, *, before: datetime, retention: LogRetention
    ) -> int:
        """Drop an environment's oldest revisions; return how many were dropped.

        Dropped are those committed before `before`, and the oldest of those that together hold more
        changes than `retention` allows.
        """
        work = partial(self._prune, environment_id, to_millis(before), retention.max_changes)
        return await self._writer.run(partial(self._settled, work))

    async def run_exclusively(self, work: Callable[[], T]) -> T:
        """Run a work while nothing is written, with all that was committed on disk."""
        return await self._writer.run(partial(self._settled, work))

    def create_checkpoint(self, path: Path) -> None:
        """Make a consistent copy of the database in a new folder; see `run_exclusively`."""
        self._database.sync()
        self._database.create_checkpoint(path)

    def close(self) -> None:
        """Finish what was handed in, then close the database."""
        self._filters.close()
        self._writer.close()
        self._database.close()

    def _settled(self, work: Callable[[], T]) -> T:
        """Run a work that reads or writes the database past the applier."""
        self._applier.flush()
        return work()

    def _forget_definitions(self, segments: Collection[Segment]) -> None:
        batch = self._database.new_batch()
        for segment in segments:
            key = definition_key(segment.id)
            if self._database.meta.get(key) == encode_definition(segment):
                batch.delete(key)
        self._database.write(batch)

    def _prune(self, environment_id: EnvironmentId, before: int, max_changes: int) -> int:
        state = self._applier.state(environment_id)
        kept = self._first_kept(environment_id, state, before, max_changes)
        dropped = kept - state.first
        if dropped:
            batch = self._database.new_batch()
            batch.delete_range(
                revision_key(environment_id, state.first),
                revision_key(environment_id, kept),
                self._database.revisions_handle,
            )
            state.first = kept
            batch.put(state_key(environment_id), state.encode())
            self._database.write(batch)
        return dropped

    def _first_kept(
        self, environment_id: EnvironmentId, state: EnvironmentState, before: int, max_changes: int
    ) -> int:
        """Find the oldest revision to keep by bisection: time and changes only grow."""
        low, high = state.first, state.last
        while low < high:
            middle = (low + high) // 2
            value = self._database.revisions.get(revision_key(environment_id, middle))
            head = EntryHead.decode(value) if value else None
            if (
                head is None
                or head.committed_at < before
                or state.changes - head.changes_so_far >= max_changes
            ):
                low = middle + 1
            else:
                high = middle
        return low
