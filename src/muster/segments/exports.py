"""Exporting members of a big segment to a CSV file, beside the requests."""

import asyncio
import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import TextIOWrapper
from itertools import islice
from typing import Final

import structlog

from muster.access.actions import CREATE_SEGMENT_EXPORT
from muster.access.principal import Principal
from muster.audit.model import Actor
from muster.core.clock import Clock
from muster.core.errors import InvalidRequestError, MusterError, NotFoundError
from muster.core.ids import new_uuid
from muster.segments.edits import require_actions
from muster.segments.model import Segment
from muster.segments.place import Place
from muster.segments.store import MembershipReader
from muster.segments.transfers import (
    KEPT_FOR,
    ExportStatus,
    SegmentExport,
    TransferFiles,
    TransferStore,
)

_log = structlog.get_logger(__name__)

_MEMBERS_AT_ONCE: Final = 10_000


class ExportService:
    """Writes CSV files and hands them out.

    What the principal may not do is refused. None is the installation's operator, who may do everything.
    """

    def __init__(
        self,
        store: TransferStore,
        files: TransferFiles,
        memberships: MembershipReader,
        clock: Clock,
    ) -> None:
        self._store = store
        self._files = files
        self._memberships = memberships
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def create_export(
        self, principal: Principal | None, place: Place, segment: Segment
    ) -> SegmentExport:
        """Begin to write a segment's included members to a file.

        Raises:
            InvalidRequestError: the segment holds its targets itself.
            ForbiddenError: the principal may not read all members.
        """
        require_actions(principal, place, segment, [CREATE_SEGMENT_EXPORT])
        if not segment.unbounded:
            raise InvalidRequestError(
                f"The segment {segment.key} is not big: its targets stand in the segment itself."
            )
        one = SegmentExport(
            id=new_uuid(),
            segment_id=segment.id,
            created_at=self._clock.now(),
            status=ExportStatus.IN_PROGRESS,
            size_bytes=0,
            member_count=0,
            actor=Actor.of(principal),
        )
        await asyncio.to_thread(self._store.create_export, one)
        self._begin(one)
        return one

    async def find_export(
        self, principal: Principal | None, place: Place, segment: Segment, export_id: str
    ) -> SegmentExport:
        """Return an export of a segment, as far as it is.

        Raises:
            ForbiddenError: the principal may not read all members.
            NotFoundError: the segment has none with this id; one is kept for a day.
        """
        require_actions(principal, place, segment, [CREATE_SEGMENT_EXPORT])
        one = await asyncio.to_thread(self._store.find_export, segment.id, export_id)
        if one is None:
            raise NotFoundError(
                f"The segment {segment.key} has no export with the id {export_id[:64]!r}, or no more: they "
                f"are kept for {KEPT_FOR.days} day."
            )
        return one

    def read_file(self, one: SegmentExport) -> Iterator[bytes]:
        """Give the file of an export, part by part.

        Raises:
            NotFoundError: it is not complete, or gone.
        """
        if one.status is not ExportStatus.COMPLETE:
            raise NotFoundError(f"The export is {one.status}: it has no file.")
        return self._files.read_export(one.id)

    async def wait(self, export_id: str) -> None:
        """Wait until an export that has begun in this process has ended."""
        task = self._tasks.get(export_id)
        if task is not None:
            await asyncio.wait([task])

    async def resume(self) -> None:
        """Begin again what an earlier process left in progress."""
        for one in await asyncio.to_thread(self._store.list_unfinished_exports):
            if one.id not in self._tasks:
                self._begin(one)

    async def prune(self) -> None:
        """Delete exports that have had their time, and files that belong to nothing."""
        before = self._clock.now() - KEPT_FOR
        left = await asyncio.to_thread(self._store.prune_transfers, before)
        await asyncio.to_thread(self._files.delete_all_but, left)

    async def stop(self) -> None:
        """Stop; the next process begins again."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _begin(self, one: SegmentExport) -> None:
        task = asyncio.create_task(self._run(one))
        self._tasks[one.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(one.id, None))

    async def _run(self, one: SegmentExport) -> None:
        is_wanted = asyncio.Event()
        is_wanted.set()
        try:
            ended = await asyncio.to_thread(self._write, one, is_wanted.is_set)
            await asyncio.to_thread(self._store.update_export, ended)
        except asyncio.CancelledError:
            is_wanted.clear()
            raise
        except MusterError as error:
            await self._fail(one, error.message)
        except Exception:
            _log.exception("export failed", export_id=one.id)
            await self._fail(one, "see above")

    async def _fail(self, one: SegmentExport, reason: str) -> None:
        _log.error("export failed", export_id=one.id, reason=reason)
        failed = replace(one, status=ExportStatus.FAILED)
        try:
            await asyncio.to_thread(self._store.update_export, failed)
        except MusterError as error:
            _log.error("export's end not written", export_id=one.id, reason=error.message)

    def _write(self, one: SegmentExport, is_wanted: Callable[[], bool]) -> SegmentExport:
        count = 0
        with self._files.write_export(one.id) as file:
            text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
            writer = csv.writer(text, lineterminator="\n")
            members = self._memberships.iterate_members(one.segment_id)
            while chunk := list(islice(members, _MEMBERS_AT_ONCE)):
                if not is_wanted():
                    raise NotFoundError("The export was stopped.")
                writer.writerows([key] for key in chunk)
                count += len(chunk)
            text.flush()
            size = file.tell()
            text.detach()
        return replace(one, status=ExportStatus.COMPLETE, size_bytes=size, member_count=count)
