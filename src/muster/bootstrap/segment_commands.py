"""What commands ask to be done to segments: of a running server by its control socket, or without one.

One process writes memberships. So a command that changes a segment lets the server do it where one runs
on the data directory, and opens the stores itself where none does. Both ways end here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from muster.accounts.model import Environment
from muster.bootstrap.container import Container
from muster.bootstrap.control import NoServerError, ask_server
from muster.bootstrap.settings import Settings
from muster.core.errors import ConfigurationError, InvalidRequestError, NotFoundError
from muster.core.pointers import Json
from muster.segments.edits import SegmentDraft
from muster.segments.instructions import follow_instructions
from muster.segments.transfers import ImportMode, ImportProgress, ImportState, ImportStatus
from muster.sync.catalog import Catalog

_POLL_SECONDS: Final = 0.2

Handler = Callable[[dict[str, Any]], Awaitable[Any]]
Ask = Callable[[str, Mapping[str, Any]], Any]
"""Has a command carried out: by its name, with its arguments; returns its result, all JSON."""


class SegmentCommands:
    """Carries commands out. Their arguments and results are JSON."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def handlers(self) -> Mapping[str, Handler]:
        """Return the commands by name."""
        return {
            "create-segment": self.create_segment,
            "patch-segment": self.patch_segment,
            "delete-segment": self.delete_segment,
            "start-import": self.start_import,
            "follow-import": self.follow_import,
        }

    async def create_segment(self, request: dict[str, Any]) -> None:
        """Make a segment."""
        place = await self._place(request)
        draft = SegmentDraft(**request["draft"])
        await self._container.segment_editor.create_segment(None, place, draft)

    async def patch_segment(self, request: dict[str, Any]) -> None:
        """Follow the instructions of a semantic patch."""
        place, instructions = await self._place(request), request["instructions"]
        await self._container.segment_editor.update_segment(
            None,
            place,
            request["segment"],
            lambda details: follow_instructions(details.segment, instructions),
            comment=request["comment"],
        )

    async def delete_segment(self, request: dict[str, Any]) -> None:
        """Delete a segment."""
        place = await self._place(request)
        await self._container.segment_editor.delete_segment(None, place, request["segment"])
        self._container.purger.wake()

    async def start_import(self, request: dict[str, Any]) -> str:
        """Begin to import a file of this machine; return the import's id."""
        place = await self._place(request)
        segment = self._container.segments.get_segment(place.id, request["segment"]).segment
        path = Path(request["path"])
        try:
            with path.open("rb") as file:
                made = await self._container.imports.create_import(
                    None,
                    place,
                    segment,
                    file,
                    mode=ImportMode(request["mode"]),
                    file_name=path.name[:256],
                )
        except OSError as error:
            raise InvalidRequestError(f"{path} can't be read: {error.strerror}.") from error
        return made.id

    async def follow_import(self, request: dict[str, Any]) -> dict[str, Any]:
        """Wait a moment for an import; return how far it is."""
        place = await self._place(request)
        segment = self._container.segments.get_segment(place.id, request["segment"]).segment
        import_id = request["import"]
        with suppress(TimeoutError):
            await asyncio.wait_for(self._container.imports.wait(import_id), _POLL_SECONDS)
        found = await self._container.imports.find_import(segment, import_id)
        return {"status": found.status.value, "progress": found.progress.to_json()}

    async def _place(self, request: Mapping[str, Any]) -> Environment:
        found = await asyncio.to_thread(
            self._container.accounts.find_environment, request["project"], request["environment"]
        )
        if found is None:
            raise NotFoundError(
                f"There is no environment {request['environment']} in {request['project']}."
            )
        return found


class ControlledSegmentWriter:
    """Implements `SegmentWriter` by commands."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def create_segment(self, environment: Environment, draft: SegmentDraft) -> None:
        """Make a segment that holds nobody."""
        fields = {**asdict(draft), "tags": list(draft.tags)}
        self._ask("create-segment", {**_place_to_json(environment), "draft": fields})

    def patch_segment(
        self, environment: Environment, key: str, instructions: Json, comment: str
    ) -> None:
        """Follow the instructions of a semantic patch."""
        segment = {**_place_to_json(environment), "segment": key}
        self._ask("patch-segment", {**segment, "instructions": instructions, "comment": comment})

    def delete_segment(self, environment: Environment, key: str) -> None:
        """Delete a segment with its members."""
        self._ask("delete-segment", {**_place_to_json(environment), "segment": key})

    def import_members(
        self,
        environment: Environment,
        key: str,
        path: Path,
        mode: ImportMode,
        on_progress: Callable[[ImportState], None],
    ) -> ImportState:
        """Import a CSV file, and wait until that has ended."""
        segment = {**_place_to_json(environment), "segment": key}
        file = {"path": str(path.absolute()), "mode": mode.value}
        import_id = self._ask("start-import", {**segment, **file})
        while True:
            found = self._ask("follow-import", {**segment, "import": import_id})
            progress = ImportProgress.from_json(found["progress"])
            state = ImportState(import_id, ImportStatus(found["status"]), progress)
            on_progress(state)
            if state.has_ended:
                return state


def _place_to_json(environment: Environment) -> dict[str, str]:
    return {"project": environment.project_key, "environment": environment.key}


@contextmanager
def open_segment_writer(settings: Settings) -> Iterator[ControlledSegmentWriter]:
    """Give what changes the segments of a data directory.

    Raises:
        ConfigurationError: there is no data directory, or it can't be opened.
        UnavailableError: a server runs on it, and can't be asked.
    """
    try:
        ask_server(settings.data_dir, "ping")
    except NoServerError:
        pass
    else:
        yield ControlledSegmentWriter(
            lambda command, request: ask_server(settings.data_dir, command, **request)
        )
        return
    if not settings.memberships_path.exists():
        raise ConfigurationError(
            f"{settings.data_dir} holds no memberships: name the data directory with --data-dir."
        )
    with asyncio.Runner() as runner:
        container = Container.open(settings, read=lambda: (Catalog(), ()))
        commands = SegmentCommands(container)

        async def start_import(request: dict[str, Any]) -> str:
            # One that was killed would be in the way, and here no server completes it.
            await container.imports.finish_left_overs(container.find_place)
            return await commands.start_import(request)

        handlers = {**commands.handlers(), "start-import": start_import}
        try:
            yield ControlledSegmentWriter(
                lambda command, request: runner.run(_as_coroutine(handlers[command](dict(request))))
            )
        finally:
            runner.run(_settle(container))
            container.close()


async def _as_coroutine(work: Awaitable[Any]) -> Any:
    return await work


async def _settle(container: Container) -> None:
    await container.imports.stop()
    await container.purger.purge()
    await container.member_notes.flush()
