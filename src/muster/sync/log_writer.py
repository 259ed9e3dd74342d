"""Writing the sync log beside the requests: in batches, after the answers."""

import asyncio
from collections import deque
from datetime import timedelta
from itertools import islice
from typing import Final

import structlog

from muster.core.clock import Clock
from muster.core.errors import MusterError
from muster.sync.log import SyncLogStore, SyncRecord

_log = structlog.get_logger(__name__)

_CAPACITY: Final = 200_000
_BATCH: Final = 5_000
_FLUSH_SECONDS: Final = 0.5


class SyncLogWriter:
    """Gathers records and stores them about twice a second.

    The log never slows a request: a crash may cost its last second, and a store that can't keep up
    costs the oldest records that wait, which are counted in `dropped`; so are those of a batch that it
    can't take at all.
    """

    def __init__(self, store: SyncLogStore, clock: Clock, *, retention: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._retention = retention
        self._waiting: deque[SyncRecord] = deque(maxlen=_CAPACITY)
        self.dropped = 0

    def add(self, record: SyncRecord) -> None:
        """Take a record; it is stored soon."""
        if len(self._waiting) == _CAPACITY:
            self.dropped += 1
        self._waiting.append(record)

    async def run(self) -> None:
        """Store what waits, again and again, until cancelled."""
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Store all that waits. What a store refuses that is unavailable waits on."""
        while self._waiting:
            batch = list(islice(self._waiting, _BATCH))
            if len(batch) == len(self._waiting):
                self._waiting.clear()
            else:
                for _ in batch:
                    self._waiting.popleft()
            try:
                await asyncio.to_thread(self._store.append_records, batch)
            except MusterError as error:
                self._put_back(batch)
                _log.error("sync log not written; will be tried again", reason=error.message)
                return
            except Exception:
                # Tried again, it would fail again, and hold up all that come after.
                self.dropped += len(batch)
                _log.exception("sync log: records lost", records=len(batch))

    async def prune(self) -> int:
        """Delete the records that are older than the retention; return how many there were."""
        before = self._clock.now() - self._retention
        return await asyncio.to_thread(self._store.prune_records, before)

    def _put_back(self, batch: list[SyncRecord]) -> None:
        room = _CAPACITY - len(self._waiting)
        self.dropped += max(0, len(batch) - room)
        self._waiting.extendleft(reversed(batch[-room:] if room else []))
