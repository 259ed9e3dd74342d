"""The kinds of contexts that projects have."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, Row, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from muster.contexts.model import ContextKind
from muster.core.ids import ProjectId
from muster.storage.sql import tables
from muster.storage.sql.bulk import insert_rows
from muster.storage.sql.columns import from_micros, storable, to_micros
from muster.storage.sql.holds import hold_projects
from muster.storage.sql.transactions import reading, writing

_TABLE: Final = tables.context_kinds


class SqlContextKindStore:
    """Implements `ContextKindStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list_kinds(self, project_id: ProjectId) -> Sequence[ContextKind]:
        """Return the kinds that are kept of a project, ordered by key."""
        query = select(_TABLE).where(_TABLE.c.project_id == project_id).order_by(_TABLE.c.key)
        with reading(self._engine) as connection:
            return [_to_kind(row) for row in connection.execute(query)]

    def add_kinds(self, kinds: Collection[ContextKind]) -> None:
        """Store kinds, but for those that are there already or whose project is gone."""
        if not kinds:
            return
        with writing(self._engine) as connection:
            there = hold_projects(connection, {kind.project_id for kind in kinds})
            rows = [tuple(_kind_row(kind).values()) for kind in kinds if kind.project_id in there]
            insert_rows(connection, _TABLE, rows, skip_existing=True)

    def save_kind(self, kind: ContextKind, *, replaces: int | None) -> bool:
        """Store a kind; tell whether that version was stored, and the project is still there."""
        row = _kind_row(kind)
        with writing(self._engine) as connection:
            if not hold_projects(connection, {kind.project_id}):
                return False
            if replaces is not None:
                changed = update(_TABLE).where(
                    _TABLE.c.project_id == kind.project_id,
                    _TABLE.c.key == kind.key,
                    _TABLE.c.version == replaces,
                )
                return connection.execute(changed.values(row)).rowcount > 0
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            stored = dialect.insert(_TABLE).values(row).on_conflict_do_nothing()
            return connection.execute(stored).rowcount > 0

    def list_segment_kinds(self, project_id: ProjectId) -> Mapping[str, datetime]:
        """Return the kinds of a project's segments, and when the first segment of each was made."""
        segments, environments = tables.segments, tables.environments
        query = (
            select(segments.c.context_kind, func.min(segments.c.created_at))
            .join_from(segments, environments)
            .where(environments.c.project_id == project_id)
            .group_by(segments.c.context_kind)
        )
        with reading(self._engine) as connection:
            return {kind: from_micros(first) for kind, first in connection.execute(query)}


def _kind_row(kind: ContextKind) -> dict[str, Any]:
    """Return the row of a kind, its columns in their order."""
    return {
        "project_id": kind.project_id,
        "key": kind.key,
        "name": storable(kind.name),
        "description": storable(kind.description),
        "version": kind.version,
        "archived": kind.archived,
        "created_from": kind.created_from,
        "created_at": to_micros(kind.created_at),
        "modified_at": to_micros(kind.modified_at),
    }


def _to_kind(row: Row[Any]) -> ContextKind:
    return ContextKind(
        project_id=ProjectId(row.project_id),
        key=row.key,
        name=row.name,
        description=row.description,
        version=row.version,
        archived=row.archived,
        created_from=row.created_from,
        created_at=from_micros(row.created_at),
        modified_at=from_micros(row.modified_at),
    )
