"""One import on its way: its file checked, then applied."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, TypeVar

from muster.core.clock import Clock
from muster.core.ids import RequestId, new_id
from muster.segments.csv_keys import KeyRows, read_keys
from muster.segments.key_set import KeySet
from muster.segments.model import ListOutcome, MemberChanges, MembershipCommit, Segment
from muster.segments.store import MembershipStore
from muster.segments.transfers import (
    ImportMode,
    ImportProgress,
    ImportStatus,
    SegmentImport,
    TransferFiles,
)

_T = TypeVar("_T")

MAX_BAD_ROWS: Final = 100
"""How many bad rows a report names."""
_MEMBERS_AT_ONCE: Final = 5_000
_SAVE_SECONDS: Final = 1.0

Save = Callable[[SegmentImport], Awaitable[None]]
"""Keeps how far an import is."""


class ImportRun:
    """Applies one import.

    Attributes:
        one: the import as far as it is.
    """

    def __init__(
        self,
        memberships: MembershipStore,
        files: TransferFiles,
        clock: Clock,
        save: Save,
        one: SegmentImport,
        segment: Segment,
    ) -> None:
        self.one = one
        self.segment = segment
        self._memberships = memberships
        self._files = files
        self._clock = clock
        self._save = save
        self._saved_at = time.monotonic()
        self._kept = KeySet() if one.mode is ImportMode.REPLACE else None

    async def run(self) -> SegmentImport:
        """Check the file, then apply it; return the import as it has ended.

        Raises:
            NotFoundError: the file or the segment is gone.
            UnavailableError: a store or the disk can't be used.
        """
        await self._check()
        if self.one.progress.bad_row_count:
            return replace(self.one, status=ImportStatus.STOPPED)
        if self._kept is None:
            await self._add()
        else:
            has_others = await self._meet_members(self._kept)
            await self._add()
            if has_others:
                await self._remove_all_but(self._kept)
        return replace(self.one, status=ImportStatus.COMPLETE)

    async def _check(self) -> None:
        """See whether each row holds a key; note which do not."""
        with self._files.open_import(self.one.id) as file:
            parts = read_keys(file)
            while (part := await asyncio.to_thread(next, parts, None)) is not None:
                progress = self.one.progress
                room = MAX_BAD_ROWS - len(progress.bad_rows)
                await self._proceed(
                    replace(
                        progress,
                        row_count=progress.row_count + part.row_count,
                        bad_row_count=progress.bad_row_count + len(part.bad_rows),
                        bad_rows=(*progress.bad_rows, *part.bad_rows[:room]),
                    )
                )
                if self._kept is not None:
                    await asyncio.to_thread(self._kept.add, part.keys)

    async def _meet_members(self, kept: KeySet) -> bool:
        """Let the file's keys meet the members; tell whether there are members that it does not name.

        To read all members in their order takes a tenth of the time that it takes to look up each key.
        """
        members = self._memberships.iterate_members(self.segment.id)
        has_others = False
        while chunk := await asyncio.to_thread(_take, members, _MEMBERS_AT_ONCE):
            are_all_kept = await asyncio.to_thread(kept.meet, chunk)
            has_others = has_others or not are_all_kept
        return has_others

    async def _add(self) -> None:
        with self._files.open_import(self.one.id) as file:
            parts: Iterator[KeyRows] = read_keys(file)
            while (part := await asyncio.to_thread(next, parts, None)) is not None:
                outcome = await self._add_some(part.keys)
                await self._proceed(_counted(self.one.progress, outcome, part.bytes_read))

    async def _add_some(self, keys: Sequence[str]) -> ListOutcome:
        if self._kept is None:
            return await self._commit(added=keys)
        unmet = await asyncio.to_thread(self._kept.unmet, keys)
        outcome = await self._commit(added=unmet) if unmet else ListOutcome(0, 0, 0)
        return outcome._replace(unchanged=outcome.unchanged + len(keys) - len(unmet))

    async def _remove_all_but(self, kept: KeySet) -> None:
        members = self._memberships.iterate_members(self.segment.id)
        while chunk := await asyncio.to_thread(_take, members, _MEMBERS_AT_ONCE):
            gone = await asyncio.to_thread(kept.absent, chunk)
            if gone:
                outcome = await self._commit(removed=gone)
                await self._proceed(_counted(self.one.progress, outcome))

    async def _commit(self, added: Sequence[str] = (), removed: Sequence[str] = ()) -> ListOutcome:
        outcome = await self._memberships.commit(
            MembershipCommit(
                environment_id=self.segment.environment_id,
                request_id=RequestId(new_id()),
                committed_at=self._clock.now(),
                changes=[MemberChanges(self.segment.id, added, removed)],
            )
        )
        return outcome.lists[0]

    async def _proceed(self, progress: ImportProgress) -> None:
        self.one = replace(self.one, progress=progress)
        now = time.monotonic()
        if now - self._saved_at >= _SAVE_SECONDS:
            self._saved_at = now
            await self._save(self.one)


def _counted(
    progress: ImportProgress, outcome: ListOutcome, bytes_read: int | None = None
) -> ImportProgress:
    return replace(
        progress,
        added=progress.added + outcome.added,
        removed=progress.removed + outcome.removed,
        unchanged=progress.unchanged + outcome.unchanged,
        bytes_read=progress.bytes_read if bytes_read is None else bytes_read,
    )


def _take(items: Iterator[_T], count: int) -> list[_T]:
    return list(islice(items, count))
