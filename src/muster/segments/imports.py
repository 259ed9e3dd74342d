"""Importing members of a big segment from a CSV file: beside the requests, and again after a crash.

A file is read twice. The first time only to see whether each row holds a context's key: where one does
not, the import is stopped with a report, and nothing has changed. The second time it is applied, some
thousand members a commit; those that are to be replaced leave last, so that nobody who stays is ever missing.
To apply it again changes nothing more, so that after a crash it is done over.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import BinaryIO

import structlog

from muster.access.actions import UPDATE_INCLUDED
from muster.access.principal import Principal
from muster.audit.model import Access, Actor
from muster.audit.trail import AuditTrail
from muster.core.clock import Clock
from muster.core.errors import ConflictError, InvalidRequestError, MusterError, NotFoundError
from muster.core.ids import new_uuid
from muster.segments.edits import require_actions
from muster.segments.import_run import ImportRun
from muster.segments.model import Segment
from muster.segments.place import FindPlace, Place
from muster.segments.store import MembershipStore
from muster.segments.transfers import (
    ImportMode,
    ImportProgress,
    ImportStatus,
    SegmentImport,
    TransferFiles,
    TransferStore,
)

_log = structlog.get_logger(__name__)


class ImportService:
    """Takes CSV files and applies them. For the one process that writes memberships.

    What the principal may not do is refused. None is the installation's operator, who may do everything.
    """

    def __init__(
        self,
        store: TransferStore,
        files: TransferFiles,
        memberships: MembershipStore,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._store = store
        self._files = files
        self._memberships = memberships
        self._trail = trail
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._latest: dict[str, SegmentImport] = {}
        self._starting = asyncio.Lock()

    async def create_import(
        self,
        principal: Principal | None,
        place: Place,
        segment: Segment,
        source: BinaryIO,
        *,
        mode: ImportMode,
        file_name: str,
        waits: bool = False,
    ) -> SegmentImport:
        """Keep a file, and begin to apply it unless it is to wait.

        Args:
            source: at its beginning.
            waits: begin only with `process_imports`.

        Raises:
            InvalidRequestError: the segment takes no members by hand.
            ForbiddenError: the principal may not change its members.
            ConflictError: an import is in progress in the environment.
            UnavailableError: the file can't be kept.
        """
        self.check_may_import(principal, place, segment)
        import_id = new_uuid()
        size = await asyncio.to_thread(self._files.keep_import, import_id, source)
        one = SegmentImport(
            id=import_id,
            segment_id=segment.id,
            created_at=self._clock.now(),
            mode=mode,
            status=ImportStatus.PENDING_APPROVAL if waits else ImportStatus.IN_PROGRESS,
            file_name=file_name,
            size_bytes=size,
            actor=Actor.of(principal),
        )
        try:
            async with self._starting:
                if not waits:
                    await self._check_is_alone(place)
                await asyncio.to_thread(self._store.create_import, one)
        except BaseException:
            await asyncio.to_thread(self._files.delete_import, import_id)
            raise
        if not waits:
            self._begin(one, place, segment)
        return one

    def check_may_import(self, principal: Principal | None, place: Place, segment: Segment) -> None:
        """Check that a principal may import members into a segment.

        Raises:
            InvalidRequestError: the segment takes no members by hand.
            ForbiddenError: the principal may not change its members.
        """
        require_actions(principal, place, segment, [UPDATE_INCLUDED])
        if not segment.unbounded:
            raise InvalidRequestError(
                f"The segment {segment.key} is not big: it takes no CSV files. Patch its /included, or "
                "create an unbounded segment."
            )
        if segment.source is not None:
            raise InvalidRequestError(
                f"The segment {segment.key} is synced by {segment.source.integration_key}: its members "
                "can't be imported, since the next sync would not know of them."
            )

    async def find_import(self, segment: Segment, import_id: str) -> SegmentImport:
        """Return an import of a segment, as far as it is.

        Raises:
            NotFoundError: the segment has none with this id.
        """
        latest = self._latest.get(import_id)
        if latest is not None and latest.segment_id == segment.id:
            return latest
        one = await asyncio.to_thread(self._store.find_import, segment.id, import_id)
        if one is None:
            raise NotFoundError(
                f"The segment {segment.key} has no import with the id {import_id[:64]!r}."
            )
        return one

    async def process_imports(
        self, place: Place, segment: Segment, import_ids: Sequence[str]
    ) -> None:
        """Begin imports that wait; those that have begun go on as they do.

        Raises:
            NotFoundError: the segment has none with one of the ids.
            ConflictError: an import is in progress in the environment.
        """
        found = [await self.find_import(segment, one) for one in dict.fromkeys(import_ids)]
        waiting = [one for one in found if one.status is ImportStatus.PENDING_APPROVAL]
        if len(waiting) > 1:
            raise ConflictError("Only one import at a time is processed in an environment.")
        for one in waiting:
            async with self._starting:
                await self._check_is_alone(place)
                begun = replace(one, status=ImportStatus.IN_PROGRESS)
                await asyncio.to_thread(self._store.update_import, begun)
            self._begin(begun, place, segment)

    async def wait(self, import_id: str) -> None:
        """Wait until an import that has begun in this process has ended."""
        task = self._tasks.get(import_id)
        if task is not None:
            await asyncio.wait([task])

    async def resume(self, find: FindPlace) -> None:
        """Begin again what an earlier process left in progress.

        Args:
            find: finds the imports' segments.
        """
        for one in await asyncio.to_thread(self._store.list_unfinished_imports):
            found = await asyncio.to_thread(find, one.segment_id)
            if found is not None and one.id not in self._tasks:
                self._begin(replace(one, progress=ImportProgress()), *found)

    async def finish_left_overs(self, find: FindPlace) -> None:
        """Apply what an earlier process left in progress, and wait until that has ended; see `resume`."""
        await self.resume(find)
        if self._tasks:
            await asyncio.wait([*self._tasks.values()])

    async def stop(self) -> None:
        """Stop at the next commit; the next process begins again."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _check_is_alone(self, place: Place) -> None:
        if await asyncio.to_thread(self._store.has_unfinished_import, place.id):
            raise ConflictError(
                f"An import is in progress in {place.key}; there is one at a time in an environment. Try "
                "again when it is complete."
            )

    def _begin(self, one: SegmentImport, place: Place, segment: Segment) -> None:
        run = ImportRun(
            self._memberships, self._files, self._clock, self._keep_latest, one, segment
        )
        self._latest[one.id] = one
        task = asyncio.create_task(self._run(run, place))
        self._tasks[one.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(one.id, None))

    async def _keep_latest(self, one: SegmentImport) -> None:
        self._latest[one.id] = one
        if not await asyncio.to_thread(self._store.update_import, one):
            raise NotFoundError("The segment was deleted while members were imported into it.")

    async def _run(self, run: ImportRun, place: Place) -> None:
        one = run.one
        try:
            ended = await run.run()
        except MusterError as error:
            failed = replace(run.one.progress, failure=error.message)
            ended = replace(run.one, status=ImportStatus.STOPPED, progress=failed)
            _log.warning("import stopped", import_id=one.id, reason=error.message)
        except Exception:
            failed = replace(
                run.one.progress, failure="Something went wrong; Muster's log has more."
            )
            ended = replace(run.one, status=ImportStatus.STOPPED, progress=failed)
            _log.exception("import stopped", import_id=one.id)
        try:
            await asyncio.to_thread(self._end, ended, place, run.segment)
        except MusterError as error:
            _log.error("import's end not written", import_id=one.id, reason=error.message)
            return  # it is done over by the next process
        self._latest.pop(one.id, None)

    def _end(self, ended: SegmentImport, place: Place, segment: Segment) -> None:
        progress = ended.progress
        with self._trail.changing(ended.actor) as notes:
            if self._store.update_import(ended) and (progress.added or progress.removed):
                counts = {"included": {"added": progress.added, "removed": progress.removed}}
                resource = place.segment_resource(segment.key, segment.tags)
                notes.note(
                    "segment",
                    segment.name,
                    "updated",
                    [Access(UPDATE_INCLUDED, resource)],
                    before=segment.snapshot(),
                    after={**segment.snapshot(), "changedMembers": counts, "importId": ended.id},
                    comment=f"CSV import ({ended.mode})",
                )
        self._files.delete_import(ended.id)
