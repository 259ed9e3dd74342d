"""Applying commits: what each really changes, with its revision and its counts, in one batch."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Final, NamedTuple, TypeVar

from muster.changes.model import SegmentDelta
from muster.core.clock import to_millis
from muster.core.errors import UnavailableError
from muster.core.ids import EnvironmentId, SegmentId
from muster.segments.model import (
    CommitOutcome,
    ListOutcome,
    MemberChanges,
    MemberList,
    MembershipCommit,
)
from muster.storage.rocksdb.database import Database
from muster.storage.rocksdb.filter import AbsenceFilter
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
_NO_DELTA: Final = SegmentDelta(SegmentId(""))
_SUMMARIES_KEPT: Final = 10_000
"""How many segments' summaries stay in memory: those first written to go first."""


class CommitApplier:
    """Applies commits in turn; each sees what the ones before it wrote. For one thread.

    Commits gather in one batch, which `flush` writes as a whole: those that share a sync share the
    write, too. Whatever has to be read of the members while some wait is read after a flush.
    """

    def __init__(self, database: Database, filters: Filters) -> None:
        self._database = database
        self._filters = filters
        self._summaries: OrderedDict[SegmentId, Summary] = OrderedDict()
        self._states: dict[EnvironmentId, EnvironmentState] = {}
        self._batch = database.new_batch()
        self._is_waiting = False
        self._changed_summaries: dict[SegmentId, Summary] = {}
        self._changed_states: dict[EnvironmentId, EnvironmentState] = {}

    def apply(self, commit: MembershipCommit) -> CommitOutcome:
        """Put a commit into the batch: it is written by the next `flush`, and durable after a sync.

        A commit that fails leaves nothing in the batch.

        Raises:
            UnavailableError: the store can't write.
        """
        edits = [self._compare(change) for change in commit.changes]
        committed_at = to_millis(commit.committed_at)
        definitions = [
            (definition_key(definition.id), encode_definition(definition))
            for definition in commit.definitions
        ]
        deltas = _deltas(edits)
        revision = self._revision(commit, committed_at, deltas) if deltas else None
        # From here on nothing fails.
        self._is_waiting = True
        for edit in edits:
            summary = self._put_edit(edit)
            if commit.is_sync:
                summary.synced_at = committed_at
        for segment_id in deltas:
            summary = self._changed_summaries[segment_id]
            summary.changed_at = committed_at
            summary.version += 1
        for key, value in definitions:
            self._batch.put(key, value)
        number = None
        if revision is not None:
            number = self._put_revision(commit.environment_id, revision)
        return CommitOutcome(number, [edit.outcome() for edit in edits])

    def apply_each(self, commits: Sequence[MembershipCommit]) -> list[CommitOutcome | Exception]:
        """Apply commits in turn; return of each its outcome, or why it failed. The others still apply.

        Raises:
            UnavailableError: the store can't write.
        """
        outcomes: list[CommitOutcome | Exception] = []
        for commit in commits:
            try:
                outcomes.append(self.apply(commit))
            except UnavailableError:
                raise
            except Exception as error:
                outcomes.append(error)
        return outcomes

    def flush(self) -> None:
        """Write what has gathered; durable after the database's next sync.

        Raises:
            UnavailableError: the store can't write.
        """
        if not self._is_waiting:
            return
        self._is_waiting = False
        batch, self._batch = self._batch, self._database.new_batch()
        summaries, self._changed_summaries = self._changed_summaries, {}
        states, self._changed_states = self._changed_states, {}
        for segment_id, summary in summaries.items():
            batch.put(summary_key(segment_id), summary.encode())
        for environment_id, state in states.items():
            batch.put(state_key(environment_id), state.encode())
        try:
            self._database.write(batch)
        except BaseException:
            # What is in memory is ahead of the database now: read it again.
            self._summaries.clear()
            self._states.clear()
            raise

    def delete(self, segment_id: SegmentId) -> None:
        """Forget a segment's members, counts and times."""
        self.flush()
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

    def _summary(self, segment_id: SegmentId) -> Summary:
        summary = self._summaries.get(segment_id) or self._changed_summaries.get(segment_id)
        if summary is None:
            summary = Summary.decode(self._database.meta.get(summary_key(segment_id)))
            self._summaries[segment_id] = summary
            if len(self._summaries) > _SUMMARIES_KEPT:
                self._summaries.popitem(last=False)
        return summary

    def _compare(self, change: MemberChanges) -> "_Edit":
        """Return what of a change is not so already."""
        count = self._summary(change.segment_id).count(change.member_list)
        prefix = member_prefix(change.segment_id, change.member_list)
        edit = _Edit(change)
        if change.removed:
            keys = [prefix + key.encode() for key in change.removed]
            there = self._stored(prefix, keys, count)
            edit.removed, edit.to_delete = _pick(change.removed, there), _pick(keys, there)
        if change.added:
            keys = [prefix + key.encode() for key in change.added]
            new = self._absent(prefix, keys, count)
            edit.added, edit.to_put = _pick(change.added, new), _pick(keys, new)
        return edit

    def _put_edit(self, edit: "_Edit") -> Summary:
        handle, change = self._database.members_handle, edit.change
        delete, put = self._batch.delete, self._batch.put
        for key in edit.to_delete:
            delete(key, handle)
        for key in edit.to_put:
            put(key, _NOTHING, handle)
        summary = self._summary(change.segment_id)
        summary.grow(change.member_list, len(edit.added) - len(edit.removed))
        self._changed_summaries[change.segment_id] = summary
        return summary

    def _absent(self, prefix: bytes, keys: list[bytes], count: int) -> list[bool] | None:
        """Tell which keys are not stored, as a mask; None for all. They will be stored next."""
        known = self._find_filter(prefix, count)
        if known is None:
            mask = [value is None for value in self._read(keys)]
            self._filters.note_added(prefix, list(compress(keys, mask)))
            return mask
        doubtful = known.add_new(keys)
        if not doubtful:
            return None
        mask = [True] * len(keys)
        values = self._read([keys[position] for position in doubtful])
        for position, value in zip(doubtful, values, strict=True):
            mask[position] = value is None
        return mask

    def _stored(self, prefix: bytes, keys: list[bytes], count: int) -> list[bool] | None:
        """Tell which keys are stored, as a mask; None for all."""
        known = self._find_filter(prefix, count)
        if known is None:
            return [value is not None for value in self._read(keys)]
        mask = [False] * len(keys)
        doubtful = known.maybe_present(keys)
        if doubtful:
            values = self._read([keys[position] for position in doubtful])
            for position, value in zip(doubtful, values, strict=True):
                mask[position] = value is not None
        return mask

    def _find_filter(self, prefix: bytes, count: int) -> AbsenceFilter | None:
        known = self._filters.ready(prefix, count)
        if known is not None:
            return known
        self.flush()  # a filter is made of what is stored
        return self._filters.find(prefix, count)

    def _read(self, keys: list[bytes]) -> list[bytes | None]:
        """Return what is stored at these keys, what waits in the batch included."""
        self.flush()
        return self._database.members.get_many(keys)

    def _revision(
        self, commit: MembershipCommit, committed_at: int, deltas: Mapping[SegmentId, SegmentDelta]
    ) -> "_Revision":
        state = self.state(commit.environment_id)
        changes = state.changes
        for delta in deltas.values():
            changes += sum(map(len, delta[1:]))
        entry = encode_revision(committed_at, changes, commit.request_id, [*deltas.values()])
        return _Revision(state.last + 1, changes, entry)

    def _put_revision(self, environment_id: EnvironmentId, revision: "_Revision") -> int:
        state = self.state(environment_id)
        state.last, state.changes = revision.number, revision.changes
        self._changed_states[environment_id] = state
        key = revision_key(environment_id, revision.number)
        self._batch.put(key, revision.entry, self._database.revisions_handle)
        return revision.number


class _Revision(NamedTuple):
    """A revision to be written: its number, all changes of the log with it, and its entry."""

    number: int
    changes: int
    entry: bytes


class _Edit:
    """What a change really changes: keys as the change names them, and as they are stored."""

    __slots__ = ("added", "change", "removed", "to_delete", "to_put")

    def __init__(self, change: MemberChanges) -> None:
        self.change = change
        self.added: Sequence[str] = ()
        self.removed: Sequence[str] = ()
        self.to_put: Sequence[bytes] = ()
        self.to_delete: Sequence[bytes] = ()

    def outcome(self) -> ListOutcome:
        added, removed = len(self.added), len(self.removed)
        asked = len(self.change.added) + len(self.change.removed)
        return ListOutcome(added, removed, asked - added - removed)


def _deltas(edits: Sequence[_Edit]) -> dict[SegmentId, SegmentDelta]:
    """Return what changes in each segment in which anything does."""
    deltas: dict[SegmentId, SegmentDelta] = {}
    for edit in edits:
        added, removed = edit.added, edit.removed
        if added or removed:
            segment_id = edit.change.segment_id
            known = deltas.get(segment_id, _NO_DELTA)
            deltas[segment_id] = (
                SegmentDelta(segment_id, added, removed, known[3], known[4])
                if edit.change.member_list is MemberList.INCLUDED
                else SegmentDelta(segment_id, known[1], known[2], added, removed)
            )
    return deltas


def _pick(items: Sequence[_T], mask: list[bool] | None) -> Sequence[_T]:
    return items if mask is None else list(compress(items, mask))
