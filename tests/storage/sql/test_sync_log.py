"""`SyncLogStore` on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from muster.core.ids import SegmentKey
from muster.core.paging import PageRequest
from muster.storage.sql import sync_log
from muster.storage.sql.sync_log import SqlSyncLogStore
from muster.sync.log import SyncRecord
from tests.clock import START
from tests.storage.sql.things import a_record

ALL = PageRequest(limit=1000)


@pytest.fixture
def store(engine: Engine) -> SqlSyncLogStore:
    return SqlSyncLogStore(engine)


def test_a_record_comes_back_as_it_was(store: SqlSyncLogStore) -> None:
    done = a_record()
    refused = a_record(
        environment_id=None,
        segment_keys=(),
        token_id=None,
        status=400,
        error_code="invalid-request",
        error_pointer="/batch/17/userId",
        error_message="found a number; expected 'text' \\ \"quoted\"\n\N{PARTY POPPER}",
    )
    store.append_records([done, refused])
    assert store.find_record(done.id) == done
    assert store.find_record(refused.id) == refused
    assert store.find_record("nothing\0here") is None


def test_a_record_that_is_there_is_passed_over(store: SqlSyncLogStore) -> None:
    first, second = a_record(), a_record(1)
    store.append_records([first])
    store.append_records([first, second, second])
    store.append_records([])
    page = store.list_records(ALL)
    assert page.items == [second, first]
    assert page.total_count == 2
    assert store.list_records(ALL, segment_key="hightouch-vip").total_count == 2


def test_records_come_newest_first_in_pages(store: SqlSyncLogStore) -> None:
    records = [a_record(seconds) for seconds in (3, 1, 4, 0, 2)]
    store.append_records(records)
    newest_first = sorted(records, key=lambda one: one.received_at, reverse=True)
    page = store.list_records(PageRequest(limit=2))
    assert page.items == newest_first[:2]
    assert page.total_count == 5
    assert store.list_records(PageRequest(limit=2, offset=4)).items == newest_first[4:]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_filters_agree_with_a_plain_search(
    store: SqlSyncLogStore, engine: Engine, data: st.DataObject
) -> None:
    for table in ("sync_records", "sync_record_segments"):
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - names of this test
    integrations = st.sampled_from(["amplitude", "hightouch"])
    environments = st.sampled_from(["e1", "e2"])
    keys = st.sampled_from(["s1", "s2", "s3"])
    records = data.draw(
        st.lists(
            st.builds(
                a_record,
                seconds=st.integers(0, 3),
                integration_key=integrations,
                environment_id=st.none() | environments,
                segment_keys=st.lists(keys.map(SegmentKey), unique=True).map(tuple),
                status=st.sampled_from([204, 400, 409, 500]),
            ),
            max_size=12,
        )
    )
    integration = data.draw(st.none() | integrations)
    environment = data.draw(st.none() | environments)
    segment = data.draw(st.none() | keys)
    failed_only = data.draw(st.booleans())
    store.append_records(records)
    page = store.list_records(
        PageRequest(limit=5),
        integration_key=integration,
        environment_id=environment,
        segment_key=segment,
        failed_only=failed_only,
    )
    conditions: list[Callable[[SyncRecord], bool]] = [
        lambda one: integration is None or one.integration_key == integration,
        lambda one: environment is None or one.environment_id == environment,
        lambda one: segment is None or segment in one.segment_keys,
        lambda one: not failed_only or one.status >= 400,
    ]
    expected = [one for one in records if all(condition(one) for condition in conditions)]
    expected.sort(key=lambda one: (one.received_at, one.id), reverse=True)
    assert page.items == expected[:5]
    assert page.total_count == len(expected)


def test_old_records_are_pruned_in_steps(
    store: SqlSyncLogStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_log, "_PRUNED_AT_ONCE", 3)
    records = [a_record(seconds) for seconds in range(10)]
    # More of one moment than a step takes: they go together.
    records += [a_record(2) for _ in range(7)]
    store.append_records(records)
    assert store.prune_records(START + timedelta(seconds=8)) == 15
    assert store.prune_records(START + timedelta(seconds=8)) == 0
    kept = [records[9], records[8]]
    assert store.list_records(ALL).items == kept
    assert store.list_records(ALL, segment_key="hightouch-vip").items == kept
    assert store.list_records(ALL, segment_key="hightouch-vip").total_count == 2


def test_texts_that_a_database_has_no_place_for_are_mended(store: SqlSyncLogStore) -> None:
    record = a_record(
        environment_id="e\0",
        segment_keys=(SegmentKey("s\0"),),
        error_message="\ud800 is half a character",
    )
    store.append_records([record])
    found = store.find_record(record.id)
    assert found is not None
    assert found.environment_id == "e\N{REPLACEMENT CHARACTER}"
    assert found.error_message == "\N{REPLACEMENT CHARACTER} is half a character"
    assert store.list_records(ALL, segment_key="s\0").total_count == 1


def test_what_a_body_gives_as_its_environment_is_cut(store: SqlSyncLogStore) -> None:
    record = a_record(environment_id="".join(map(chr, range(0x4E00, 0x4E00 + 5000))))
    store.append_records([record])
    found = store.find_record(record.id)
    assert found is not None
    assert found.environment_id == (record.environment_id or "")[:256]
