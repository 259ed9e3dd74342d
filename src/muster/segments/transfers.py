"""Imports and exports of members as CSV files: what they are, and what they need of their stores."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, BinaryIO, Final, NamedTuple, Protocol, Self

from muster.audit.model import Actor
from muster.core.ids import EnvironmentId, SegmentId
from muster.segments.csv_keys import BadRow

KEPT_FOR: Final = timedelta(days=1)
"""How long an export can be fetched."""


class ImportMode(StrEnum):
    """What an import does to those who are in the segment already: they stay, or leave."""

    MERGE = "merge"
    REPLACE = "replace"


class ImportStatus(StrEnum):
    """How far an import is; the words are LaunchDarkly's.

    One that is `pending_approval` begins when it is told to. One that was `stopped` has changed nothing,
    unless its segment was deleted meanwhile.
    """

    PENDING_APPROVAL = "pending_approval"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"
    STOPPED = "stopped"


class ExportStatus(StrEnum):
    """How far an export is."""

    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """What has become of an import so far.

    Attributes:
        row_count: rows of the file.
        bytes_read: of the file, by the pass that applies it.
        bad_row_count: rows that hold no context's key.
        bad_rows: the first of them.
        failure: why it was stopped, where no row is to blame.
    """

    row_count: int = 0
    bytes_read: int = 0
    added: int = 0
    removed: int = 0
    unchanged: int = 0
    bad_row_count: int = 0
    bad_rows: tuple[BadRow, ...] = ()
    failure: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the progress as JSON, as it is kept."""
        return {
            "rowCount": self.row_count,
            "bytesRead": self.bytes_read,
            "added": self.added,
            "removed": self.removed,
            "unchanged": self.unchanged,
            "badRowCount": self.bad_row_count,
            "badRows": [[row.line, row.reason] for row in self.bad_rows],
            "failure": self.failure,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Return the progress that `to_json` kept."""
        return cls(
            row_count=kept["rowCount"],
            bytes_read=kept["bytesRead"],
            added=kept["added"],
            removed=kept["removed"],
            unchanged=kept["unchanged"],
            bad_row_count=kept["badRowCount"],
            bad_rows=tuple(BadRow(*one) for one in kept["badRows"]),
            failure=kept["failure"],
        )


@dataclass(frozen=True, slots=True)
class SegmentImport:
    """A CSV file whose keys enter a segment's included members.

    Attributes:
        id: a UUID.
        file_name: what the one who sent it calls the file.
        actor: who asked for it.
    """

    id: str
    segment_id: SegmentId
    created_at: datetime
    mode: ImportMode
    status: ImportStatus
    file_name: str
    size_bytes: int
    actor: Actor
    progress: ImportProgress = field(default_factory=ImportProgress)

    @property
    def state(self) -> "ImportState":
        """How far it is."""
        return ImportState(self.id, self.status, self.progress)


class ImportState(NamedTuple):
    """How far an import is."""

    id: str
    status: ImportStatus
    progress: ImportProgress

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will become of it."""
        return self.status in (ImportStatus.COMPLETE, ImportStatus.STOPPED)


@dataclass(frozen=True, slots=True)
class SegmentExport:
    """A CSV file of a segment's included members, as they were at one moment.

    Attributes:
        id: a UUID.
        size_bytes: of the file, as far as it is written.
        member_count: keys in it.
        actor: who asked for it.
    """

    id: str
    segment_id: SegmentId
    created_at: datetime
    status: ExportStatus
    size_bytes: int
    member_count: int
    actor: Actor


class TransferStore(Protocol):
    """Keeps what is known of imports and exports. Its methods may block: call them from a worker thread.

    What belongs to a segment goes when that is deleted.
    """

    def create_import(self, one: SegmentImport) -> None:
        """Store a new import.

        Raises:
            ConflictError: the segment has just been deleted.
        """
        ...

    def update_import(self, one: SegmentImport) -> bool:
        """Overwrite status and progress of an import; tell whether it is still there."""
        ...

    def find_import(self, segment_id: SegmentId, import_id: str) -> SegmentImport | None:
        """Return an import of a segment."""
        ...

    def list_unfinished_imports(self) -> Sequence[SegmentImport]:
        """Return the imports in progress, oldest first."""
        ...

    def has_unfinished_import(self, environment_id: EnvironmentId) -> bool:
        """Tell whether an import is in progress in an environment."""
        ...

    def create_export(self, one: SegmentExport) -> None:
        """Store a new export.

        Raises:
            ConflictError: the segment has just been deleted.
        """
        ...

    def update_export(self, one: SegmentExport) -> bool:
        """Overwrite status and size of an export; tell whether it is still there."""
        ...

    def find_export(self, segment_id: SegmentId, export_id: str) -> SegmentExport | None:
        """Return an export of a segment."""
        ...

    def list_unfinished_exports(self) -> Sequence[SegmentExport]:
        """Return the exports in progress, oldest first."""
        ...

    def prune_transfers(self, before: datetime) -> Collection[str]:
        """Forget finished exports from before a moment; return the ids of all imports and exports left."""
        ...


class TransferFiles(Protocol):
    """Keeps the files of imports and exports. Its methods may block: call them from a worker thread.

    Every method may raise `UnavailableError`: the disk refuses, or is full.
    """

    def keep_import(self, import_id: str, source: BinaryIO) -> int:
        """Keep a copy of a file, durably; return its size in bytes."""
        ...

    def open_import(self, import_id: str) -> AbstractContextManager[BinaryIO]:
        """Open an import's file.

        Raises:
            NotFoundError: it is gone.
        """
        ...

    def write_export(self, export_id: str) -> AbstractContextManager[BinaryIO]:
        """Open an export's file for writing; it is there once it is closed without an exception."""
        ...

    def read_export(self, export_id: str) -> Iterator[bytes]:
        """Give an export's file, part by part.

        Raises:
            NotFoundError: it is gone.
        """
        ...

    def delete_import(self, import_id: str) -> None:
        """Delete an import's file, if it is there."""
        ...

    def delete_all_but(self, ids: Collection[str]) -> None:
        """Delete the files of all other imports and exports."""
        ...
