"""A cache of what a store says, at most a second old: what the hot paths ask instead of the store."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from muster.core.clock import Clock

FRESH_FOR: Final = timedelta(seconds=1)
"""How long a value is used before the store is asked again: how soon a deletion is felt."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Entry(Generic[_T]):
    value: _T
    read_at: datetime
    stale_at: datetime


class FreshCache(Generic[_T]):
    """Values by a text key, from one event loop.

    Keys that the store knows and keys that it does not are kept apart, so that a flood of wrong keys
    can't push the right ones out. However many callers wait for a key, the store is asked once.
    """

    def __init__(
        self,
        load: Callable[[str], _T | None],
        clock: Clock,
        *,
        capacity: int = 10_000,
        unknown_capacity: int = 2_000,
    ) -> None:
        """Take what the cache needs.

        Args:
            load: asks the store, and may block; it is called in a worker thread.
            capacity: how many values are kept at most; the least recently used goes first.
            unknown_capacity: how many keys without a value are kept.
        """
        self._load = load
        self._clock = clock
        self._capacity = capacity
        self._unknown_capacity = unknown_capacity
        self._known: OrderedDict[str, _Entry[_T]] = OrderedDict()
        self._unknown: OrderedDict[str, _Entry[None]] = OrderedDict()
        self._loading: dict[str, asyncio.Task[_T | None]] = {}

    def cached(self, key: str, now: datetime) -> _T | None:
        """Return the key's value where it is in memory and fresh; else it may exist all the same."""
        entry = self._known.get(key)
        # A clock that was set back makes an entry stale, too.
        if entry is None or not entry.read_at <= now < entry.stale_at:
            return None
        self._known.move_to_end(key)
        return entry.value

    async def find(self, key: str) -> _T | None:
        """Return the key's value, from the store where memory has none that is fresh.

        Raises:
            UnavailableError: the store can't be read. What is stale is not used then.
        """
        now = self._clock.now()
        value = self.cached(key, now)
        if value is not None:
            return value
        unknown = self._unknown.get(key)
        if unknown is not None and unknown.read_at <= now < unknown.stale_at:
            return None
        task = self._loading.get(key)
        if task is None:
            task = self._loading[key] = asyncio.create_task(self._read(key, now))
            task.add_done_callback(lambda done: self._forget_task(key, done))
        # One caller that goes away must not take the answer from the others.
        return await asyncio.shield(task)

    async def _read(self, key: str, now: datetime) -> _T | None:
        # The value is as old as the question: whatever changed since may be missing from it.
        value = await asyncio.to_thread(self._load, key)
        if value is None:
            self._known.pop(key, None)
            _keep(self._unknown, key, _Entry(None, now, now + FRESH_FOR), self._unknown_capacity)
        else:
            self._unknown.pop(key, None)
            _keep(self._known, key, _Entry(value, now, now + FRESH_FOR), self._capacity)
        return value

    def _forget_task(self, key: str, task: asyncio.Task[_T | None]) -> None:
        del self._loading[key]
        if not task.cancelled():
            task.exception()  # marks it as seen, though every caller may have gone


def _keep(
    entries: OrderedDict[str, _Entry[_T]], key: str, entry: _Entry[_T], capacity: int
) -> None:
    entries[key] = entry
    entries.move_to_end(key)
    if len(entries) > capacity:
        entries.popitem(last=False)
