"""Contexts that were evaluated. There may be millions of rows, and thousands are written a second."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, func, select, tuple_

from muster.contexts.model import ContextRecord
from muster.core.ids import EnvironmentId, SegmentId
from muster.storage.sql import tables
from muster.storage.sql.bulk import insert_rows
from muster.storage.sql.columns import from_micros, storable, to_micros
from muster.storage.sql.transactions import reading, writing

_TABLE: Final = tables.contexts
_PRUNED_AT_ONCE: Final = 2_000
"""Rows that one transaction deletes, so that others seldom wait for it."""


class SqlContextStore:
    """Implements `ContextStore` and `SegmentIndex`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record_contexts(self, records: Collection[ContextRecord]) -> None:
        """Store records, in the place of older ones of the same context and application."""
        # In one order for all, so that two transactions never wait for each other.
        rows = sorted(map(_context_row, records), key=lambda row: row[:4])
        with writing(self._engine) as connection:
            insert_rows(connection, _TABLE, rows, replace_older_by=_TABLE.c.last_seen_at)

    def find_contexts(
        self, environment_id: EnvironmentId, kind: str, key: str
    ) -> Sequence[ContextRecord]:
        """Return the records of one context, ordered by application; that of none comes first."""
        query = select(_TABLE).where(*_place(environment_id, kind), _TABLE.c.key == key)
        return self._read(query.order_by(_TABLE.c.application_id))

    def list_contexts(
        self,
        environment_id: EnvironmentId,
        kind: str,
        *,
        after: tuple[str, str | None] | None = None,
        since: str = "",
        limit: int = 100,
    ) -> Sequence[ContextRecord]:
        """Return records of a kind, ordered by key, then by application."""
        order = (_TABLE.c.key, _TABLE.c.application_id)
        query = select(_TABLE).where(*_place(environment_id, kind))
        if after is None:
            query = query.where(_TABLE.c.key >= since)
        else:
            key, application_id = after
            query = query.where(tuple_(*order) > tuple_(storable(key), application_id or ""))
        return self._read(query.order_by(*order).limit(limit))

    def list_latest(
        self, environment_id: EnvironmentId, kind: str, limit: int
    ) -> Sequence[ContextRecord]:
        """Return the records of a kind that were seen last, the latest first."""
        query = select(_TABLE).where(*_place(environment_id, kind))
        return self._read(query.order_by(_TABLE.c.last_seen_at.desc()).limit(limit))

    def list_recorded_kinds(self, environment_id: EnvironmentId) -> Sequence[str]:
        """Return the kinds that an environment has records of, in order."""
        with reading(self._engine) as connection:
            return list(
                _distinct(connection, _TABLE.c.kind, _TABLE.c.environment_id == environment_id)
            )

    def find_last_seen(self, environment_id: EnvironmentId, kind: str) -> datetime | None:
        """Return when a context of a kind was last evaluated."""
        query = select(func.max(_TABLE.c.last_seen_at)).where(*_place(environment_id, kind))
        with reading(self._engine) as connection:
            last = connection.execute(query).scalar_one()
        return None if last is None else from_micros(last)

    def prune_contexts(self, before: datetime) -> int:
        """Delete the records last seen before a moment, and those of environments that are gone.

        It goes in steps, a transaction each, so that writers seldom wait for it.
        """
        pruned = 0
        with reading(self._engine) as connection:
            environment_ids = list(_distinct(connection, _TABLE.c.environment_id))
            there = set(connection.execute(select(tables.environments.c.id)).scalars())
        for environment_id in environment_ids:
            gone = environment_id not in there
            for kind in self.list_recorded_kinds(EnvironmentId(environment_id)):
                rows = list(_place(EnvironmentId(environment_id), kind))
                if not gone:
                    rows.append(_TABLE.c.last_seen_at < to_micros(before))
                while (count := self._prune_some(rows)) > 0:
                    pruned += count
        return pruned

    def list_segment_ids(self, environment_id: EnvironmentId) -> Mapping[str, Sequence[SegmentId]]:
        """Return the environment's big segments by the kind of their members."""
        segments = tables.segments
        query = select(segments.c.context_kind, segments.c.id).where(
            segments.c.environment_id == environment_id,
            segments.c.unbounded,
            tables.LIVE_SEGMENT,
        )
        found: dict[str, list[SegmentId]] = defaultdict(list)
        with reading(self._engine) as connection:
            for kind, segment_id in connection.execute(query):
                found[kind].append(SegmentId(segment_id))
        return dict(found)

    def _read(self, query: Any) -> Sequence[ContextRecord]:
        with reading(self._engine) as connection:
            return [_to_record(row) for row in connection.execute(query)]

    def _prune_some(self, rows: Sequence[ColumnElement[bool]]) -> int:
        key = _TABLE.primary_key.columns
        some = select(*key).where(*rows).order_by(_TABLE.c.last_seen_at).limit(_PRUNED_AT_ONCE)
        with writing(self._engine) as connection:
            return connection.execute(delete(_TABLE).where(tuple_(*key).in_(some))).rowcount


def _place(environment_id: EnvironmentId, kind: str) -> tuple[ColumnElement[bool], ...]:
    return _TABLE.c.environment_id == environment_id, _TABLE.c.kind == kind


def _distinct(
    connection: Connection, column: ColumnElement[str], *conditions: ColumnElement[bool]
) -> Iterator[str]:
    """Yield the values of a column in order; each is found in an index, whatever lies between."""
    value = connection.execute(select(func.min(column)).where(*conditions)).scalar_one()
    while value is not None:
        yield value
        following = select(func.min(column)).where(*conditions, column > value)
        value = connection.execute(following).scalar_one()


def _context_row(record: ContextRecord) -> tuple[Any, ...]:
    """Return a record as a row of `contexts`, its columns in their order."""
    # These go to the driver as they are: nothing on the way makes a text storable.
    assert record.last_seen_at is not None  # noqa: S101 - only what was seen is recorded
    return (
        record.environment_id,
        storable(record.kind),
        storable(record.key),
        storable(record.application_id or ""),
        orjson.dumps(record.attributes).decode(),
        to_micros(record.last_seen_at),
    )


def _to_record(row: Row[Any]) -> ContextRecord:
    return ContextRecord(
        environment_id=EnvironmentId(row.environment_id),
        kind=row.kind,
        key=row.key,
        attributes=orjson.loads(row.attributes),
        last_seen_at=from_micros(row.last_seen_at),
        application_id=row.application_id or None,
    )
