"""Deleting the members of segments that are gone.

A segment goes in the control store, where that is noted in the same transaction; its members are in the
membership store, and follow. A crash in between loses nothing: the note is still there.
"""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from muster.core.clock import Clock
from muster.core.errors import MusterError
from muster.core.ids import SegmentId
from muster.segments.store import MembershipStore

_log = structlog.get_logger(__name__)

LATECOMERS_FOR: Final = timedelta(minutes=1)
"""How long after a segment went a request that had begun before may still put members into it."""
_PAUSE_SECONDS: Final = 5.0
_AT_ONCE: Final = 100
"""How many segments are handed to the membership store together: they share trips to the disk."""


class PurgeStore(Protocol):
    """Keeps notes of segments that are gone. Its methods may block: call them from a worker thread."""

    def list_purges(self) -> Sequence[SegmentId]:
        """Return the segments whose members are to be deleted."""
        ...

    def forget_purges(self, segment_ids: Collection[SegmentId]) -> None:
        """Forget that these segments' members are to be deleted: it has been done."""
        ...


class SegmentPurger:
    """Deletes what notes ask for: at once, and once more when no latecomer can come any more."""

    def __init__(self, notes: PurgeStore, memberships: MembershipStore, clock: Clock) -> None:
        self._notes = notes
        self._memberships = memberships
        self._clock = clock
        self._deleted_at: dict[SegmentId, datetime] = {}
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """Let `run` look for notes now; call it from the event loop."""
        self._wanted.set()

    async def run(self) -> None:
        """Purge again and again, until it is cancelled."""
        while True:
            try:
                await self.purge()
            except MusterError as error:
                _log.error("members not deleted; will be tried again", reason=error.message)
            except Exception:
                _log.exception("members not deleted; will be tried again")
            try:
                await asyncio.wait_for(self._wanted.wait(), _PAUSE_SECONDS)
            except TimeoutError:
                continue
            self._wanted.clear()

    async def purge(self) -> None:
        """Do what is due now.

        Raises:
            UnavailableError: a store can't be read or written; what is left is done by the next call.
        """
        noted = await asyncio.to_thread(self._notes.list_purges)
        now = self._clock.now()
        new = [one for one in noted if one not in self._deleted_at]
        settled = [one for one in noted if self._is_settled(one, now)]
        await self._delete([*new, *settled])
        self._deleted_at.update(dict.fromkeys(new, now))
        if settled:
            await asyncio.to_thread(self._notes.forget_purges, settled)
            for segment_id in settled:
                del self._deleted_at[segment_id]

    def _is_settled(self, segment_id: SegmentId, now: datetime) -> bool:
        deleted_at = self._deleted_at.get(segment_id)
        return deleted_at is not None and now - deleted_at >= LATECOMERS_FOR

    async def _delete(self, segment_ids: Sequence[SegmentId]) -> None:
        for start in range(0, len(segment_ids), _AT_ONCE):
            part = segment_ids[start : start + _AT_ONCE]
            await asyncio.gather(*map(self._memberships.delete_members, part))
