"""What is known of segments but for their members."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from muster.core.errors import ConflictError
from muster.core.ids import EnvironmentId, IntegrationKey, SegmentId, SegmentKey
from muster.core.paging import Page, PageRequest
from muster.segments.model import Segment, SyncSource
from muster.segments.queries import EVERY_SEGMENT, SegmentQuery
from muster.segments.rules import SEGMENT_MATCH, read_rules
from muster.segments.targets import ContextTargets
from muster.storage.sql import tables
from muster.storage.sql.columns import from_json_list, from_micros, to_json_list, to_micros
from muster.storage.sql.holds import hold_environments
from muster.storage.sql.purges import note_purges
from muster.storage.sql.segment_filters import condition_of, order_of
from muster.storage.sql.tables import LIVE_SEGMENT
from muster.storage.sql.transactions import is_duplicate, reading, writing

_TABLE: Final = tables.segments
_HELD: Final = (tables.expiring_targets, tables.segment_imports, tables.segment_exports)
"""What belongs to a segment and goes with it."""
_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_NO_TARGETS: Final = "{}"
_NO_RULES: Final = "[]"


class SqlSegmentStore:
    """Implements `SegmentStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find_segment(self, environment_id: EnvironmentId, key: str) -> Segment | None:
        """Return the environment's segment with this key, unless it is deleted."""
        query = select(_TABLE).where(
            _TABLE.c.environment_id == environment_id,
            _TABLE.c.key == key,
            LIVE_SEGMENT,
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _to_segment(row)

    def find_segment_by_id(self, segment_id: SegmentId) -> Segment | None:
        """Return the segment with this id, unless it is deleted."""
        query = select(_TABLE).where(_TABLE.c.id == segment_id, LIVE_SEGMENT)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _to_segment(row)

    def list_segments(
        self, environment_id: EnvironmentId, page: PageRequest, query: SegmentQuery = EVERY_SEGMENT
    ) -> Page[Segment]:
        """Return the wanted segments of the environment."""
        wanted = _wanted(environment_id, query)
        rows = select(_TABLE).where(*wanted).order_by(*order_of(query))
        with reading(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(_TABLE).where(*wanted))
            found = connection.execute(rows.limit(page.limit).offset(page.offset)).all()
            return Page([_to_segment(row) for row in found], total.scalar_one(), page)

    def read_segments(
        self, environment_id: EnvironmentId, query: SegmentQuery = EVERY_SEGMENT
    ) -> Sequence[Segment]:
        """Return all the wanted segments of an environment."""
        rows = select(_TABLE).where(*_wanted(environment_id, query)).order_by(*order_of(query))
        with reading(self._engine) as connection:
            return [_to_segment(row) for row in connection.execute(rows)]

    def next_generation(self, environment_id: EnvironmentId, key: str) -> int:
        """Return the generation that a segment created now with this key has to get."""
        query = select(func.max(_TABLE.c.generation)).where(
            _TABLE.c.environment_id == environment_id, _TABLE.c.key == key
        )
        with reading(self._engine) as connection:
            newest = connection.execute(query).scalar_one()
        return (newest or 0) + 1

    def save_segments(self, segments: Collection[Segment]) -> None:
        """Insert these segments, or overwrite those with the same id, in one transaction.

        Saving the same segment twice is the same as saving it once. One that is deleted stays so. Of one
        whose environment is gone only that is noted: its members are deleted with those of the others.

        Raises:
            ConflictError: the environment has another segment with one of the keys.
        """
        if not segments:
            return
        with writing(self._engine) as connection:
            there = hold_environments(connection, {one.environment_id for one in segments})
            rows = [_segment_row(one) for one in segments if one.environment_id in there]
            note_purges(connection, [one.id for one in segments if one.environment_id not in there])
            try:
                _upsert(connection, rows)
            except DBAPIError as error:
                if is_duplicate(error):
                    raise ConflictError(
                        "The environment has another segment with the same key, or had one of the "
                        "same generation."
                    ) from error
                raise

    def insert_segment(self, segment: Segment) -> bool:
        """Insert a segment; tell whether its environment is there, without which it is not inserted.

        Raises:
            ConflictError: the environment has a segment with this key, or had one of this generation.
        """
        with writing(self._engine) as connection:
            if not hold_environments(connection, [segment.environment_id]):
                return False
            try:
                connection.execute(insert(_TABLE).values(_segment_row(segment)))
            except DBAPIError as error:
                if is_duplicate(error):
                    raise ConflictError(
                        f"The environment has a segment {segment.key} already, or it has just been made. "
                        "Choose another key, or change that segment."
                    ) from error
                raise
            return True

    def update_segment(self, segment: Segment) -> bool:
        """Overwrite a segment by its next version; tell whether it was there in the version before."""
        before = (
            _TABLE.c.id == segment.id,
            _TABLE.c.version == segment.version - 1,
            LIVE_SEGMENT,
        )
        with writing(self._engine) as connection:
            changed = connection.execute(
                update(_TABLE).where(*before).values(_segment_row(segment))
            )
            return changed.rowcount > 0

    def delete_segment(self, segment_id: SegmentId) -> bool:
        """Mark a segment deleted, so that its key is free; tell whether there was one.

        What it held is deleted, and it is noted that its members are to be.
        """
        with writing(self._engine) as connection:
            marked = connection.execute(
                update(_TABLE)
                .where(_TABLE.c.id == segment_id, LIVE_SEGMENT)
                .values(deleted=True, rules=_NO_RULES, targets=_NO_TARGETS)
            )
            for table in _HELD:
                connection.execute(delete(table).where(table.c.segment_id == segment_id))
            note_purges(connection, [segment_id])
            return marked.rowcount > 0

    def list_users(self, environment_id: EnvironmentId, key: str) -> Sequence[Segment]:
        """Return the segments whose rules ask for the segment with this key, by key."""
        query = (
            select(_TABLE)
            .where(
                _TABLE.c.environment_id == environment_id,
                LIVE_SEGMENT,
                _TABLE.c.rules.contains(SEGMENT_MATCH, autoescape=True),
            )
            .order_by(_TABLE.c.key)
        )
        with reading(self._engine) as connection:
            found = [_to_segment(row) for row in connection.execute(query)]
        return [one for one in found if any(key in rule.segment_keys for rule in one.rules)]


def _wanted(environment_id: EnvironmentId, query: SegmentQuery) -> list[ColumnElement[bool]]:
    condition = condition_of(query)
    live = [_TABLE.c.environment_id == environment_id, LIVE_SEGMENT]
    return live if condition is None else [*live, condition]


def _upsert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    kept = ("id", "deleted")
    if connection.dialect.name == "sqlite":
        into_sqlite = sqlite.insert(_TABLE)
        changed = {name: into_sqlite.excluded[name] for name in rows[0] if name not in kept}
        connection.execute(into_sqlite.on_conflict_do_update(["id"], set_=changed), rows)
    else:
        into_postgresql = postgresql.insert(_TABLE)
        changed = {name: into_postgresql.excluded[name] for name in rows[0] if name not in kept}
        connection.execute(
            into_postgresql.on_conflict_do_update(index_elements=["id"], set_=changed), rows
        )


def _segment_row(segment: Segment) -> dict[str, Any]:
    source = segment.source
    return {
        "id": segment.id,
        "environment_id": segment.environment_id,
        "key": segment.key,
        "unbounded": segment.unbounded,
        "generation": segment.generation,
        "context_kind": segment.context_kind,
        "name": segment.name,
        "description": segment.description,
        "tags": to_json_list(segment.tags),
        "integration_key": source and source.integration_key,
        "cohort_id": source and source.cohort_id,
        "source_url": source and source.url,
        "created_at": to_micros(segment.created_at),
        "modified_at": to_micros(segment.modified_at),
        "rules": _encode([rule.to_json() for rule in segment.rules]),
        "targets": _encode(
            {"included": dict(segment.included), "excluded": dict(segment.excluded)}
        ),
        "version": segment.version,
        "deleted": False,
    }


def _to_segment(row: Row[Any]) -> Segment:
    targets = {} if row.unbounded else json.loads(row.targets)
    source = None
    if row.integration_key is not None:
        source = SyncSource(IntegrationKey(row.integration_key), row.cohort_id, row.source_url)
    return Segment(
        id=SegmentId(row.id),
        environment_id=EnvironmentId(row.environment_id),
        key=SegmentKey(row.key),
        unbounded=row.unbounded,
        generation=row.generation,
        context_kind=row.context_kind,
        name=row.name,
        description=row.description,
        tags=from_json_list(row.tags),
        source=source,
        created_at=from_micros(row.created_at),
        modified_at=from_micros(row.modified_at),
        rules=() if row.rules == _NO_RULES else read_rules(json.loads(row.rules), "/rules"),
        included=_to_targets(targets.get("included", {})),
        excluded=_to_targets(targets.get("excluded", {})),
        version=row.version,
    )


def _to_targets(keys_by_kind: Mapping[str, Sequence[str]]) -> tuple[ContextTargets, ...]:
    return tuple(ContextTargets(kind, tuple(keys)) for kind, keys in keys_by_kind.items())
