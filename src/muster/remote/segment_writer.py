"""Changing segments of a server elsewhere."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from muster.accounts.model import Environment
from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json
from muster.remote.connection import Connection
from muster.remote.shapes import Shape
from muster.segments.csv_keys import BadRow
from muster.segments.edits import SegmentDraft
from muster.segments.transfers import ImportMode, ImportProgress, ImportState, ImportStatus

_SEMANTIC_PATCH: Final = "application/json; domain-model=launchdarkly.semanticpatch"
_POLL_SECONDS: Final = 0.3


class _Progress(Shape):
    bytes_read: int
    row_count: int
    added: int
    removed: int
    unchanged: int


class _BadRow(Shape):
    line: int
    reason: str


class _Report(Shape):
    bad_row_count: int
    bad_rows: list[_BadRow]
    failure: str | None = None


class ImportShape(Shape):
    """An import, as far as it is."""

    id: str
    status: ImportStatus = Field(strict=False)
    progress: _Progress = Field(alias="_progress")
    report: _Report = Field(alias="_report")

    def to_model(self) -> ImportState:
        """Return how far it is."""
        progress, report = self.progress, self.report
        return ImportState(
            self.id,
            self.status,
            ImportProgress(
                row_count=progress.row_count,
                bytes_read=progress.bytes_read,
                added=progress.added,
                removed=progress.removed,
                unchanged=progress.unchanged,
                bad_row_count=report.bad_row_count,
                bad_rows=tuple(BadRow(row.line, row.reason) for row in report.bad_rows),
                failure=report.failure,
            ),
        )


class RemoteSegmentWriter:
    """Implements the commands' `SegmentWriter` over the REST API."""

    def __init__(self, connection: Connection, wait: Callable[[float], None] = time.sleep) -> None:
        self._connection = connection
        self._wait = wait

    def create_segment(self, environment: Environment, draft: SegmentDraft) -> None:
        """Make a segment that holds nobody."""
        body: dict[str, Any] = {
            "key": draft.key,
            "name": draft.name,
            "description": draft.description,
            "tags": list(draft.tags),
            "unbounded": draft.unbounded,
            "unboundedContextKind": draft.context_kind,
        }
        self._connection.send("POST", *_place(environment), body=body)

    def patch_segment(
        self, environment: Environment, key: str, instructions: Json, comment: str
    ) -> None:
        """Follow the instructions of a semantic patch."""
        body = {"instructions": instructions, "comment": comment}
        self._connection.send(
            "PATCH", *_place(environment), key, body=body, content_type=_SEMANTIC_PATCH
        )

    def delete_segment(self, environment: Environment, key: str) -> None:
        """Delete a segment with its members."""
        self._connection.delete(*_place(environment), key)

    def import_members(
        self,
        environment: Environment,
        key: str,
        path: Path,
        mode: ImportMode,
        on_progress: Callable[[ImportState], None],
    ) -> ImportState:
        """Send a CSV file, and wait until it is imported."""
        place = (*_place(environment), key, "imports")
        try:
            with path.open("rb") as file:
                answer = self._connection.upload(
                    *place, form={"mode": mode.value}, file=(path.name, file)
                )
        except OSError as error:
            raise InvalidRequestError(f"{path} can't be read: {error.strerror}.") from error
        import_id = answer.headers.get("Location", "").rpartition("/")[2]
        while True:
            state = self._connection.get(ImportShape, *place, import_id).to_model()
            on_progress(state)
            if state.has_ended:
                return state
            self._wait(_POLL_SECONDS)


def _place(environment: Environment) -> tuple[str, str, str]:
    return "segments", environment.project_key, environment.key
