"""Imports and exports of segments' members."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, Row, Table, delete, insert, literal, select, union_all, update
from sqlalchemy.exc import DBAPIError

from muster.audit.model import Actor
from muster.core.errors import ConflictError
from muster.core.ids import EnvironmentId, SegmentId
from muster.segments.transfers import (
    ExportStatus,
    ImportMode,
    ImportProgress,
    ImportStatus,
    SegmentExport,
    SegmentImport,
)
from muster.storage.sql.columns import from_micros, to_micros
from muster.storage.sql.tables import LIVE_SEGMENT, segment_exports, segment_imports, segments
from muster.storage.sql.transactions import is_dangling, reading, writing

_IMPORTS: Final = segment_imports.c
_EXPORTS: Final = segment_exports.c
_IN_PROGRESS: Final = "in_progress"


class SqlTransferStore:
    """Implements `TransferStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_import(self, one: SegmentImport) -> None:
        """Store a new import.

        Raises:
            ConflictError: the segment has just been deleted.
        """
        self._insert(segment_imports, one.segment_id, _import_row(one))

    def update_import(self, one: SegmentImport) -> bool:
        """Overwrite status and progress of an import; tell whether it is still there."""
        return self._update(segment_imports, _import_row(one))

    def find_import(self, segment_id: SegmentId, import_id: str) -> SegmentImport | None:
        """Return an import of a segment."""
        row = self._find(segment_imports, segment_id, import_id)
        return None if row is None else _to_import(row)

    def list_unfinished_imports(self) -> Sequence[SegmentImport]:
        """Return the imports in progress, oldest first."""
        return [_to_import(row) for row in self._list_unfinished(segment_imports)]

    def has_unfinished_import(self, environment_id: EnvironmentId) -> bool:
        """Tell whether an import is in progress in an environment."""
        query = (
            select(literal(1))
            .select_from(segment_imports.join(segments))
            .where(segments.c.environment_id == environment_id, _IMPORTS.status == _IN_PROGRESS)
            .limit(1)
        )
        with reading(self._engine) as connection:
            return connection.execute(query).first() is not None

    def create_export(self, one: SegmentExport) -> None:
        """Store a new export.

        Raises:
            ConflictError: the segment has just been deleted.
        """
        self._insert(segment_exports, one.segment_id, _export_row(one))

    def update_export(self, one: SegmentExport) -> bool:
        """Overwrite status and size of an export; tell whether it is still there."""
        return self._update(segment_exports, _export_row(one))

    def find_export(self, segment_id: SegmentId, export_id: str) -> SegmentExport | None:
        """Return an export of a segment."""
        row = self._find(segment_exports, segment_id, export_id)
        return None if row is None else _to_export(row)

    def list_unfinished_exports(self) -> Sequence[SegmentExport]:
        """Return the exports in progress, oldest first."""
        return [_to_export(row) for row in self._list_unfinished(segment_exports)]

    def prune_transfers(self, before: datetime) -> Collection[str]:
        """Forget finished exports from before a moment; return the ids of all imports and exports left."""
        old = delete(segment_exports).where(
            _EXPORTS.created_at < to_micros(before), _EXPORTS.status != _IN_PROGRESS
        )
        left = union_all(select(_IMPORTS.id), select(_EXPORTS.id))
        with writing(self._engine) as connection:
            connection.execute(old)
            return set(connection.execute(left).scalars())

    def _insert(self, table: Table, segment_id: SegmentId, row: dict[str, Any]) -> None:
        there = select(literal(1)).where(segments.c.id == segment_id, LIVE_SEGMENT)
        try:
            with writing(self._engine) as connection:
                if connection.execute(there).first() is None:
                    raise ConflictError("The segment has just been deleted.")
                connection.execute(insert(table), row)
        except DBAPIError as error:
            if is_dangling(error):
                raise ConflictError("The segment has just been deleted.") from error
            raise

    def _update(self, table: Table, row: dict[str, Any]) -> bool:
        changed = update(table).where(table.c.id == row["id"]).values(row)
        with writing(self._engine) as connection:
            return connection.execute(changed).rowcount > 0

    def _find(self, table: Table, segment_id: SegmentId, transfer_id: str) -> Row[Any] | None:
        query = select(table).where(table.c.id == transfer_id, table.c.segment_id == segment_id)
        with reading(self._engine) as connection:
            return connection.execute(query).one_or_none()

    def _list_unfinished(self, table: Table) -> Sequence[Row[Any]]:
        query = select(table).where(table.c.status == _IN_PROGRESS).order_by(table.c.created_at)
        with reading(self._engine) as connection:
            return connection.execute(query).all()


def _import_row(one: SegmentImport) -> dict[str, Any]:
    return {
        "id": one.id,
        "segment_id": one.segment_id,
        "created_at": to_micros(one.created_at),
        "mode": one.mode.value,
        "status": one.status.value,
        "file_name": one.file_name,
        "size_bytes": one.size_bytes,
        "actor": json.dumps(one.actor.to_json()),
        "progress": json.dumps(one.progress.to_json()),
    }


def _to_import(row: Row[Any]) -> SegmentImport:
    return SegmentImport(
        id=row.id,
        segment_id=SegmentId(row.segment_id),
        created_at=from_micros(row.created_at),
        mode=ImportMode(row.mode),
        status=ImportStatus(row.status),
        file_name=row.file_name,
        size_bytes=row.size_bytes,
        actor=Actor.from_json(json.loads(row.actor)),
        progress=ImportProgress.from_json(json.loads(row.progress)),
    )


def _export_row(one: SegmentExport) -> dict[str, Any]:
    return {
        "id": one.id,
        "segment_id": one.segment_id,
        "created_at": to_micros(one.created_at),
        "status": one.status.value,
        "size_bytes": one.size_bytes,
        "member_count": one.member_count,
        "actor": json.dumps(one.actor.to_json()),
    }


def _to_export(row: Row[Any]) -> SegmentExport:
    return SegmentExport(
        id=row.id,
        segment_id=SegmentId(row.segment_id),
        created_at=from_micros(row.created_at),
        status=ExportStatus(row.status),
        size_bytes=row.size_bytes,
        member_count=row.member_count,
        actor=Actor.from_json(json.loads(row.actor)),
    )
