"""Segments by their keys, in memory: what the hot paths ask instead of the control store."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

import structlog

from muster.core.errors import MusterError
from muster.core.ids import EnvironmentId, SegmentId, SegmentKey
from muster.segments.model import Segment
from muster.segments.store import MembershipStore, SegmentStore

_log = structlog.get_logger(__name__)
_CAPACITY: Final = 100_000

_Place = tuple[EnvironmentId, SegmentKey]


class SegmentDirectory:
    """Finds segments, and saves what sync requests say of them.

    A definition becomes durable in the membership store, with the members it came with; `save` then
    brings it to the control store. What a crash or a failing database left over is saved by
    `recover`.
    """

    def __init__(self, store: SegmentStore, memberships: MembershipStore) -> None:
        self._store = store
        self._memberships = memberships
        self._known: OrderedDict[_Place, Segment] = OrderedDict()
        self._unsaved: dict[SegmentId, Segment] = {}
        self._locks: WeakValueDictionary[_Place, asyncio.Lock] = WeakValueDictionary()

    def cached(self, environment_id: EnvironmentId, key: SegmentKey) -> Segment | None:
        """Return the segment if it is in memory; it may exist all the same when it is not."""
        return self._known.get((environment_id, key))

    async def find(self, environment_id: EnvironmentId, key: SegmentKey) -> Segment | None:
        """Return the environment's segment with this key, or None."""
        segment = self._known.get((environment_id, key))
        if segment is None:
            segment = await asyncio.to_thread(self._store.find_segment, environment_id, key)
            if segment is not None:
                self._remember(segment)
        return segment

    def replace(self, segment: Segment) -> None:
        """Take note that a segment has changed in the control store."""
        self._remember(segment)

    def forget(self, segment: Segment) -> None:
        """Take note that a segment is deleted, or another one than is known here."""
        self._known.pop((segment.environment_id, segment.key), None)
        self._unsaved.pop(segment.id, None)

    async def next_generation(self, environment_id: EnvironmentId, key: SegmentKey) -> int:
        """Return the generation that a segment created now with this key has to get."""
        return await asyncio.to_thread(self._store.next_generation, environment_id, key)

    @asynccontextmanager
    async def defining(
        self, environment_id: EnvironmentId, keys: Iterable[SegmentKey]
    ) -> AsyncIterator[None]:
        """Hold the right to define these segments; another request for one of them waits."""
        async with AsyncExitStack() as held:
            # In one order for all, so that two requests never wait for each other.
            for key in sorted(set(keys)):
                place = (environment_id, key)
                lock = self._locks.get(place)
                if lock is None:
                    lock = self._locks[place] = asyncio.Lock()
                await held.enter_async_context(lock)
            yield

    async def save(self, segments: Collection[Segment]) -> None:
        """Bring definitions that are committed to the control store.

        They hold from now on, also when the control store fails: then `recover` tries again.
        """
        for segment in segments:
            self._remember(segment)
            self._unsaved[segment.id] = segment
        try:
            await self._save_all(segments)
        except MusterError as error:
            _log.error("segments not saved; will be tried again", reason=error.message)

    async def recover(self) -> int:
        """Save the definitions that were committed and never saved; return how many.

        Raises:
            UnavailableError: the control store can't be written.
        """
        pending = {segment.id: segment for segment in self._memberships.pending_definitions()}
        pending.update(self._unsaved)
        await self._save_all(pending.values())
        return len(pending)

    @property
    def has_unsaved(self) -> bool:
        """Whether a definition still waits for the control store."""
        return bool(self._unsaved)

    async def _save_all(self, segments: Collection[Segment]) -> None:
        if not segments:
            return
        saved = list(segments)
        await asyncio.to_thread(self._store.save_segments, saved)
        self._memberships.acknowledge_definitions(saved)
        for segment in saved:
            if self._unsaved.get(segment.id) == segment:
                del self._unsaved[segment.id]

    def _remember(self, segment: Segment) -> None:
        if not segment.unbounded:
            return  # its targets are too many to be kept here for nothing: no hot path asks for it
        place = (segment.environment_id, segment.key)
        self._known[place] = segment
        self._known.move_to_end(place)
        if len(self._known) > _CAPACITY:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        for place, segment in self._known.items():
            if segment.id not in self._unsaved:
                del self._known[place]
                return
