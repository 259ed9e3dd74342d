"""Walking through an environment's contexts in order of kind and key, from wherever they are known.

Recorded contexts and the members of each segment are merged as they are read, a few keys of each at a
time: how much is read depends on how far the walk goes, and on how many segments there are, but not on how
many members these have.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from muster.contexts.filters import ContextFilter
from muster.contexts.model import ContextRecord, Position
from muster.contexts.store import ContextStore
from muster.core.ids import EnvironmentId, SegmentId
from muster.segments.model import MemberList
from muster.segments.store import MembershipReader

BEGINNING: Final = Position("", "")
EFFORT: Final = 100_000
"""How much one walk may cost, as `Step` counts it: 10,000 contexts, or some tenths of a second."""
_COST_OF_READING: Final = 10
_FIRST_READ: Final = 8
_LARGEST_READ: Final = 512
_RECORDS_READ: Final = 200


class Step(NamedTuple):
    """One step of a walk.

    Attributes:
        record: the context there, or None where there is none.
        cost: what it took, counted in lookups of a key in a segment.
    """

    position: Position
    record: ContextRecord | None
    cost: int


class ContextWalk:
    """Walks through the contexts of one environment."""

    def __init__(
        self,
        environment_id: EnvironmentId,
        segments: Mapping[str, Sequence[SegmentId]],
        store: ContextStore,
        memberships: MembershipReader,
    ) -> None:
        """Prepare a walk.

        Args:
            segments: the environment's segments by the kind of their members.
        """
        self._environment_id = environment_id
        self._segments = segments
        self._store = store
        self._memberships = memberships

    def steps(self, wanted: ContextFilter, after: Position = BEGINNING) -> Iterator[Step]:
        """Yield the contexts that match, in order, and steps without one in between.

        Args:
            after: begin after this context.
        """
        recorded = self._store.list_recorded_kinds(self._environment_id)
        kinds = {*recorded, *self._segments}
        if wanted.scope.kinds is not None:
            kinds &= wanted.scope.kinds
        for kind in sorted(kinds):
            if kind >= after.kind:
                after_key = after.key if kind == after.kind else ""
                for step in self._steps_of_kind(kind, wanted, after_key):
                    matches = step.record is not None and wanted.matches(step.record)
                    yield step if matches else step._replace(record=None)

    def find(self, kind: str, key: str) -> Sequence[ContextRecord]:
        """Return what is known of one context: a record for each application, or none."""
        records = self._store.find_contexts(self._environment_id, kind, key)
        if records:
            return records
        found = self._memberships.memberships(self._segments.get(kind, ()), key)
        is_member = any(one.included or one.excluded for one in found)
        return [self._member(kind, key)] if is_member else []

    def _steps_of_kind(self, kind: str, wanted: ContextFilter, after: str) -> Iterator[Step]:
        scope = wanted.scope
        if scope.keys is not None:
            return self._look_up(kind, sorted(key for key in scope.keys if key > after))
        segments = () if scope.recorded_only else self._segments.get(kind, ())
        return self._read_on(kind, segments, after, scope.prefix)

    def _look_up(self, kind: str, keys: Sequence[str]) -> Iterator[Step]:
        cost = _COST_OF_READING + len(self._segments.get(kind, ()))
        for key in keys:
            yield Step(Position(kind, key), latest(self.find(kind, key)), cost)

    def _read_on(
        self, kind: str, segments: Sequence[SegmentId], after: str, prefix: str
    ) -> Iterator[Step]:
        sources: list[Iterator[tuple[str, ContextRecord | None]]] = [
            self._recorded(kind, after, prefix)
        ]
        for segment_id in segments:
            held = self._memberships.summarize(segment_id)
            if held.included_count:
                sources.append(self._members(segment_id, MemberList.INCLUDED, after, prefix))
            if held.excluded_count:
                sources.append(self._members(segment_id, MemberList.EXCLUDED, after, prefix))
        merged = heapq.merge(*sources, key=_key_of)
        for key, group in groupby(merged, key=_key_of):
            known = [record for _, record in group if record is not None]
            record = latest(known) or self._member(kind, key)
            yield Step(Position(kind, key), record, _COST_OF_READING)

    def _recorded(
        self, kind: str, after: str, prefix: str
    ) -> Iterator[tuple[str, ContextRecord | None]]:
        """Yield recorded contexts by key, one of several applications after the other."""
        last: tuple[str, str | None] | None = None
        while True:
            records = self._store.list_contexts(
                self._environment_id,
                kind,
                after=last,
                since=max(after, prefix),
                limit=_RECORDS_READ,
            )
            for record in records:
                if not record.key.startswith(prefix):
                    return
                if record.key != after:
                    yield record.key, record
            if len(records) < _RECORDS_READ:
                return
            last = records[-1].key, records[-1].application_id

    def _members(
        self, segment_id: SegmentId, member_list: MemberList, after: str, prefix: str
    ) -> Iterator[tuple[str, ContextRecord | None]]:
        """Yield the keys of a segment's list; more at once, the longer it goes on."""
        limit = _FIRST_READ
        while True:
            keys = self._memberships.list_members(
                segment_id, member_list, after=after, prefix=prefix, limit=limit
            )
            for key in keys:
                yield key, None
            if len(keys) < limit:
                return
            after = keys[-1]
            limit = min(limit * 4, _LARGEST_READ)

    def _member(self, kind: str, key: str) -> ContextRecord:
        return ContextRecord(self._environment_id, kind, key, {})


def latest(records: Sequence[ContextRecord]) -> ContextRecord | None:
    """Return the record that was seen last, or None of none."""
    return max(
        records, key=lambda one: (one.last_seen_at is not None, one.last_seen_at), default=None
    )


def _key_of(item: tuple[str, ContextRecord | None]) -> str:
    return item[0]
