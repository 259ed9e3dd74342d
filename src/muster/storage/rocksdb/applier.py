"""Applying one commit: what really changes, as one batch with its revision and its counts."""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import compress
from typing import Final, TypeVar

from rocksdict import WriteBatch

from muster.changes.model import SegmentDelta
from muster.core.clock import to_millis
from muster.core.ids import EnvironmentId, SegmentId
from muster.segments.model import (
    CommitOutcome,
    ListOutcome,
    MemberChanges,
    MemberList,
    MembershipCommit,
)
from muster.storage.rocksdb.database import Database
from muster.storage.rocksdb.filters import Filters
from muster.storage.rocksdb.layout import (
    EnvironmentState,
    Summary,
    definition_key,
    encode_definition,
    encode_revision,
    member_prefix,
    prefix_end,
    revision_key,
    state_key,
    summary_key,
)

_T = TypeVar("_T")

_NOTHING: Final = b""
_SUMMARIES_KEPT: Final = 10_000
"""How many segments' summaries stay in memory: those first written to go first."""
_UNCHANGED: Final[tuple[Sequence[str], Sequence[str]]] = ((), ())


class CommitApplier:
    """Applies commits in turn; each sees what the ones before it wrote. For one thread."""

    def __init__(self, database: Database, filters: Filters) -> None:
        self._database = database
        self._filters = filters
        self._summaries: OrderedDict[SegmentId, Summary] = OrderedDict()
        self._states: dict[EnvironmentId, EnvironmentState] = {}

    def apply(self, commit: MembershipCommit) -> CommitOutcome:
        """Write a commit as one atomic batch, durable after the database's next sync.

        Raises:
            UnavailableError: the store can't write.
        """
        try:
            return self._apply(commit)
        except BaseException:
            # What is in memory may be ahead of the database now: read it again.
            self._summaries.clear()
            self._states.clear()
            raise

    def _apply(self, commit: MembershipCommit) -> CommitOutcome:
        batch = self._database.new_batch()
        committed_at = to_millis(commit.committed_at)
        touched: dict[SegmentId, _Touched] = {}
        outcomes = []
        changed = 0
        for change in commit.changes:
            segment = touched.get(change.segment_id)
            if segment is None:
                segment = touched[change.segment_id] = self._touch(change.segment_id)
            added, removed = self._put_changes(batch, change, segment.summary)
            segment.note(change.member_list, added, removed)
            changed += len(added) + len(removed)
            unchanged = len(change.added) + len(change.removed) - len(added) - len(removed)
            outcomes.append(ListOutcome(len(added), len(removed), unchanged))
        for segment_id, segment in touched.items():
            segment.summary.synced_at = committed_at
            if segment.deltas:
                segment.summary.changed_at = committed_at
                segment.summary.version += 1
            batch.put(summary_key(segment_id), segment.summary.encode())
        for definition in commit.definitions:
            batch.put(definition_key(definition.id), encode_definition(definition))
        revision = None
        if changed:
            deltas = [one.delta(segment_id) for segment_id, one in touched.items() if one.deltas]
            revision = self._put_revision(batch, commit, committed_at, deltas, changed)
        self._database.write(batch)
        return CommitOutcome(revision, outcomes)

    def delete(self, segment_id: SegmentId) -> None:
        """Forget a segment's members, counts and times."""
        batch = self._database.new_batch()
        for member_list in MemberList:
            prefix = member_prefix(segment_id, member_list)
            batch.delete_range(prefix, prefix_end(prefix), self._database.members_handle)
            self._filters.forget(prefix)
        batch.delete(summary_key(segment_id))
        batch.delete(definition_key(segment_id))
        self._summaries.pop(segment_id, None)
        self._database.write(batch)

    def state(self, environment_id: EnvironmentId) -> EnvironmentState:
        """Return where an environment's log stands; whoever changes it writes it, too."""
        state = self._states.get(environment_id)
        if state is None:
            value = self._database.meta.get(state_key(environment_id))
            state = self._states[environment_id] = EnvironmentState.decode(value)
        return state

    def _touch(self, segment_id: SegmentId) -> "_Touched":
        summary = self._summaries.get(segment_id)
        if summary is None:
            summary = Summary.decode(self._database.meta.get(summary_key(segment_id)))
            self._summaries[segment_id] = summary
            if len(self._summaries) > _SUMMARIES_KEPT:
                self._summaries.popitem(last=False)
        return _Touched(summary)

    def _put_changes(
        self, batch: WriteBatch, change: MemberChanges, summary: Summary
    ) -> tuple[Sequence[str], Sequence[str]]:
        """Put what a change really changes into the batch; return the keys that enter and leave."""
        prefix = member_prefix(change.segment_id, change.member_list)
        handle = self._database.members_handle
        added: Sequence[str] = ()
        removed: Sequence[str] = ()
        if change.removed:
            keys = [prefix + key.encode() for key in change.removed]
            there = self._stored(prefix, keys, summary.count(change.member_list))
            removed = _pick(change.removed, there)
            delete = batch.delete
            for key in _pick(keys, there):
                delete(key, handle)
        if change.added:
            keys = [prefix + key.encode() for key in change.added]
            new = self._absent(prefix, keys, summary.count(change.member_list))
            added = _pick(change.added, new)
            put = batch.put
            for key in _pick(keys, new):
                put(key, _NOTHING, handle)
        summary.grow(change.member_list, len(added) - len(removed))
        return added, removed

    def _absent(self, prefix: bytes, keys: list[bytes], count: int) -> list[bool] | None:
        """Tell which keys are not stored, as a mask; None for all. They will be stored next."""
        known = self._filters.find(prefix, count)
        if known is None:
            mask = [value is None for value in self._database.members.get_many(keys)]
            self._filters.note_added(prefix, list(compress(keys, mask)))
            return mask
        doubtful = known.add_new(keys)
        if not doubtful:
            return None
        mask = [True] * len(keys)
        values = self._database.members.get_many([keys[position] for position in doubtful])
        for position, value in zip(doubtful, values, strict=True):
            mask[position] = value is None
        return mask

    def _stored(self, prefix: bytes, keys: list[bytes], count: int) -> list[bool] | None:
        """Tell which keys are stored, as a mask; None for all."""
        known = self._filters.find(prefix, count)
        if known is None:
            return [value is not None for value in self._database.members.get_many(keys)]
        mask = [False] * len(keys)
        doubtful = known.maybe_present(keys)
        if doubtful:
            values = self._database.members.get_many([keys[position] for position in doubtful])
            for position, value in zip(doubtful, values, strict=True):
                mask[position] = value is not None
        return mask

    def _put_revision(
        self,
        batch: WriteBatch,
        commit: MembershipCommit,
        committed_at: int,
        deltas: Sequence[SegmentDelta],
        changed: int,
    ) -> int:
        state = self.state(commit.environment_id)
        state.last += 1
        state.changes += changed
        batch.put(state_key(commit.environment_id), state.encode())
        batch.put(
            revision_key(commit.environment_id, state.last),
            encode_revision(committed_at, state.changes, commit.request_id, deltas),
            self._database.revisions_handle,
        )
        return state.last


class _Touched:
    """A segment that a commit names: its summary, and what changes in its lists."""

    __slots__ = ("deltas", "summary")

    def __init__(self, summary: Summary) -> None:
        self.summary = summary
        self.deltas: dict[MemberList, tuple[Sequence[str], Sequence[str]]] = {}

    def note(self, member_list: MemberList, added: Sequence[str], removed: Sequence[str]) -> None:
        if added or removed:
            self.deltas[member_list] = (added, removed)

    def delta(self, segment_id: SegmentId) -> SegmentDelta:
        included = self.deltas.get(MemberList.INCLUDED, _UNCHANGED)
        excluded = self.deltas.get(MemberList.EXCLUDED, _UNCHANGED)
        return SegmentDelta(segment_id, *included, *excluded)


def _pick(items: Sequence[_T], mask: list[bool] | None) -> Sequence[_T]:
    return items if mask is None else list(compress(items, mask))
