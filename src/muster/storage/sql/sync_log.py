"""The sync log. It may hold millions of rows, and takes thousands a second."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Engine, Row, delete, func, select

from muster.core.ids import IntegrationKey, RequestId, SegmentKey, TokenId
from muster.core.paging import Page, PageRequest
from muster.storage.sql.bulk import insert_rows
from muster.storage.sql.columns import (
    from_json_list,
    from_micros,
    storable,
    to_json_list,
    to_micros,
)
from muster.storage.sql.tables import sync_record_segments, sync_records
from muster.storage.sql.transactions import reading, writing
from muster.sync.log import SyncRecord

_ID: Final = 0
_RECEIVED_AT: Final = 1
"""Where these stand in a row."""
_MICROSECOND: Final = timedelta(microseconds=1)
_MAX_ENVIRONMENT_ID: Final = 256
"""Characters that are kept of what a body gives as its environment; PostgreSQL's indexes take no more."""
_ROWS_MADE_AT_ONCE: Final = 50
_PRUNED_AT_ONCE: Final = 2_000
"""Rows that one transaction deletes, so that others seldom wait for it."""


class SqlSyncLogStore:
    """Implements `SyncLogStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append_records(self, records: Sequence[SyncRecord]) -> None:
        """Store these records in one transaction; one whose id is there already is passed over."""
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(records), _ROWS_MADE_AT_ONCE):
            rows += map(_record_row, records[start : start + _ROWS_MADE_AT_ONCE])
            # The interpreter lock is left to others between: thousands of rows take milliseconds, which
            # requests would wait for.
            time.sleep(0)
        places = [
            (storable(key), row[_RECEIVED_AT], row[_ID])
            for record, row in zip(records, rows, strict=True)
            for key in record.segment_keys
        ]
        with writing(self._engine) as connection:
            insert_rows(connection, sync_records, rows, skip_existing=True)
            insert_rows(connection, sync_record_segments, places, skip_existing=True)

    def find_record(self, request_id: str) -> SyncRecord | None:
        """Return the record of one request."""
        query = select(sync_records).where(sync_records.c.id == request_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _to_record(row)

    def list_records(
        self,
        page: PageRequest,
        *,
        integration_key: str | None = None,
        environment_id: str | None = None,
        segment_key: str | None = None,
        failed_only: bool = False,
    ) -> Page[SyncRecord]:
        """Return records, newest first."""
        records, places = sync_records.c, sync_record_segments.c
        conditions = []
        if integration_key is not None:
            conditions.append(records.integration_key == integration_key)
        if environment_id is not None:
            conditions.append(records.environment_id == environment_id)
        if failed_only:
            conditions.append(records.status >= 400)
        if segment_key is None:
            found = select(sync_records).where(*conditions)
            order = (records.received_at.desc(), records.id.desc())
        else:
            found = (
                select(sync_records)
                .join(sync_record_segments, records.id == places.record_id)
                .where(places.segment_key == segment_key, *conditions)
            )
            order = (places.received_at.desc(), places.record_id.desc())
        if segment_key is None or conditions:
            counted = found.with_only_columns(func.count(), maintain_column_froms=True)
        else:
            counted = select(func.count()).where(places.segment_key == segment_key)
        with reading(self._engine) as connection:
            total = connection.execute(counted).scalar_one()
            query = found.order_by(*order).limit(page.limit).offset(page.offset)
            rows = connection.execute(query).all()
        return Page([_to_record(row) for row in rows], total, page)

    def prune_records(self, before: datetime) -> int:
        """Delete the records received before a moment; return how many there were.

        It goes in steps, a transaction each, so that writers seldom wait for it.
        """
        pruned = 0
        while (count := self._prune_some(to_micros(before))) > 0:
            pruned += count
        return pruned

    def _prune_some(self, before: int) -> int:
        received_at = sync_records.c.received_at
        oldest = (
            select(received_at)
            .where(received_at < before)
            .order_by(received_at)
            .limit(_PRUNED_AT_ONCE)
        ).subquery()
        with writing(self._engine) as connection:
            last = connection.execute(select(func.max(oldest.c.received_at))).scalar_one()
            if last is None:
                return 0
            connection.execute(
                delete(sync_record_segments).where(sync_record_segments.c.received_at <= last)
            )
            return connection.execute(delete(sync_records).where(received_at <= last)).rowcount


def _record_row(record: SyncRecord) -> tuple[Any, ...]:
    """Return a record as a row of `sync_records`, its columns in their order."""
    # These go to the driver as they are: nothing on the way makes a text storable.
    return (
        record.id,
        to_micros(record.received_at),
        storable(record.integration_key),
        _storable_or_none(record.environment_id, _MAX_ENVIRONMENT_ID),
        _keys_text(record.segment_keys),
        record.token_id,
        record.status,
        record.received,
        record.added,
        record.removed,
        record.unchanged,
        record.duration // _MICROSECOND,
        record.error_code,
        _storable_or_none(record.error_pointer),
        _storable_or_none(record.error_message),
    )


@lru_cache(maxsize=1024)
def _keys_text(keys: tuple[SegmentKey, ...]) -> str:
    """Return keys as a JSON array; partners send the same ones again and again."""
    return to_json_list(keys)


def _storable_or_none(text: str | None, limit: int | None = None) -> str | None:
    return None if text is None else storable(text[:limit])


def _to_record(row: Row[Any]) -> SyncRecord:
    return SyncRecord(
        id=RequestId(row.id),
        received_at=from_micros(row.received_at),
        integration_key=IntegrationKey(row.integration_key),
        environment_id=row.environment_id,
        segment_keys=tuple(map(SegmentKey, from_json_list(row.segment_keys))),
        token_id=None if row.token_id is None else TokenId(row.token_id),
        status=row.status,
        received=row.received,
        added=row.added,
        removed=row.removed,
        unchanged=row.unchanged,
        duration=timedelta(microseconds=row.duration_micros),
        error_code=row.error_code,
        error_pointer=row.error_pointer,
        error_message=row.error_message,
    )
