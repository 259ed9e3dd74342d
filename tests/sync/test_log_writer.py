"""The sync log's writer: batches, a failing store, and what it costs when it can't keep up."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from muster.core.errors import UnavailableError
from muster.core.paging import PageRequest
from muster.storage.sql.engine import open_engine
from muster.storage.sql.sync_log import SqlSyncLogStore
from muster.sync import log_writer
from muster.sync.log import SyncRecord
from muster.sync.log_writer import SyncLogWriter
from tests.clock import FakeClock
from tests.sqlite import new_control_store
from tests.storage.sql.things import a_record


class FlakySyncLogStore(SqlSyncLogStore):
    """A sync log that can be made to fail."""

    failing = False

    def append_records(self, records: Sequence[SyncRecord]) -> None:
        if self.failing:
            raise UnavailableError("The control store is down.")
        super().append_records(records)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FlakySyncLogStore]:
    engine = open_engine(new_control_store(tmp_path))
    yield FlakySyncLogStore(engine)
    engine.dispose()


@pytest.fixture
def writer(store: FlakySyncLogStore, clock: FakeClock) -> SyncLogWriter:
    return SyncLogWriter(store, clock, retention=timedelta(days=1))


def stored(store: SqlSyncLogStore) -> list[SyncRecord]:
    return list(store.list_records(PageRequest(limit=1000)).items)


async def test_records_are_stored_when_flushed(
    writer: SyncLogWriter, store: FlakySyncLogStore
) -> None:
    records = [a_record(seconds=n) for n in range(3)]
    for record in records:
        writer.add(record)
    assert stored(store) == []
    await writer.flush()
    assert stored(store) == records[::-1]


async def test_a_failing_store_loses_nothing(
    writer: SyncLogWriter, store: FlakySyncLogStore
) -> None:
    store.failing = True
    records = [a_record(seconds=n) for n in range(3)]
    writer.add(records[0])
    await writer.flush()
    writer.add(records[1])
    writer.add(records[2])
    store.failing = False
    await writer.flush()
    assert stored(store) == records[::-1]
    assert writer.dropped == 0


async def test_the_oldest_go_when_too_many_wait(
    store: FlakySyncLogStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_writer, "_CAPACITY", 5)
    writer = SyncLogWriter(store, clock, retention=timedelta(days=1))
    store.failing = True
    records = [a_record(seconds=n) for n in range(8)]
    for record in records:
        writer.add(record)
    await writer.flush()
    assert writer.dropped == 3
    store.failing = False
    await writer.flush()
    assert stored(store) == records[3:][::-1]


async def test_old_records_are_pruned(
    writer: SyncLogWriter, store: FlakySyncLogStore, clock: FakeClock
) -> None:
    old, new = a_record(seconds=0), a_record(seconds=7200)
    store.append_records([old, new])
    clock.advance(seconds=86_400 + 3600)
    assert await writer.prune() == 1
    assert stored(store) == [new]
