"""`SegmentStore` on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from muster.core.errors import ConflictError
from muster.core.ids import EnvironmentId, SegmentId, new_id
from muster.core.paging import PageRequest
from muster.storage.sql.segments import SqlSegmentStore
from tests.clock import START
from tests.storage.sql.things import a_segment, install

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(engine: Engine) -> SqlSegmentStore:
    return SqlSegmentStore(engine)


@pytest.fixture
def places(engine: Engine) -> tuple[EnvironmentId, EnvironmentId]:
    production, test = install(engine).environments
    return production.id, test.id


def test_a_segment_is_found_in_its_environment_alone(
    store: SqlSegmentStore, places: tuple[EnvironmentId, EnvironmentId]
) -> None:
    production, test = places
    synced = a_segment(production, "vip")
    by_list = a_segment(production, "staff", source=None)
    store.save_segments([synced, by_list])
    assert store.find_segment(production, "vip") == synced
    assert store.find_segment(production, "staff") == by_list
    assert store.find_segment(test, "vip") is None
    assert store.find_segment(production, "VIP") is None


def test_saving_again_overwrites(
    store: SqlSegmentStore, places: tuple[EnvironmentId, EnvironmentId]
) -> None:
    segment = a_segment(places[0], "vip")
    renamed = replace(segment, name="Very important", tags=(), modified_at=START + MINUTE)
    store.save_segments([segment])
    store.save_segments([renamed])
    store.save_segments([renamed])
    store.save_segments([])
    assert store.find_segment(places[0], "vip") == renamed
    assert store.list_segments(places[0], PageRequest()).total_count == 1


def test_segments_come_newest_first_then_by_key(
    store: SqlSegmentStore, places: tuple[EnvironmentId, EnvironmentId]
) -> None:
    newer = a_segment(places[0], "newer", created_at=START + MINUTE)
    store.save_segments([a_segment(places[0], key) for key in ("b", "c", "a")])
    store.save_segments([newer, a_segment(places[1], "elsewhere")])
    page = store.list_segments(places[0], PageRequest(limit=3))
    assert [one.key for one in page.items] == ["newer", "a", "b"]
    assert page.total_count == 4
    assert [one.key for one in store.list_segments(places[0], PageRequest(3, 3)).items] == ["c"]


def test_a_key_gets_a_new_generation_each_time_it_is_created_again(
    store: SqlSegmentStore, places: tuple[EnvironmentId, EnvironmentId]
) -> None:
    place = places[0]
    for generation in (1, 2, 3):
        assert store.next_generation(place, "vip") == generation
        segment = a_segment(place, "vip", generation=generation)
        store.save_segments([segment])
        assert store.find_segment(place, "vip") == segment
        assert store.delete_segment(segment.id)
        assert not store.delete_segment(segment.id)
        assert store.find_segment(place, "vip") is None
    assert store.list_segments(place, PageRequest()).total_count == 0
    assert store.next_generation(place, "other") == 1
    assert store.next_generation(places[1], "vip") == 1


def test_a_deleted_segment_stays_deleted_when_it_is_saved_late(
    store: SqlSegmentStore, places: tuple[EnvironmentId, EnvironmentId]
) -> None:
    segment = a_segment(places[0], "vip")
    store.save_segments([segment])
    store.delete_segment(segment.id)
    store.save_segments([segment])
    assert store.find_segment(places[0], "vip") is None


def test_two_segments_never_share_a_key_and_nothing_is_half_saved(
    store: SqlSegmentStore, places: tuple[EnvironmentId, EnvironmentId]
) -> None:
    place = places[0]
    store.save_segments([a_segment(place, "vip")])
    with pytest.raises(ConflictError):
        store.save_segments([a_segment(place, "first"), a_segment(place, "vip", generation=2)])
    assert store.find_segment(place, "first") is None


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.text(max_size=30),
    tags=st.lists(st.text(st.characters(codec="utf-8"), max_size=10), max_size=3),
    micros=st.integers(-(10**15), 10**16),
)
def test_what_is_saved_comes_back(
    store: SqlSegmentStore,
    engine: Engine,
    name: str,
    tags: list[str],
    micros: int,
) -> None:
    place = _any_environment(engine)
    segment = a_segment(
        place,
        f"k-{new_id()}",
        id=SegmentId(new_id()),
        name=name,
        tags=tuple(tags),
        created_at=START + timedelta(microseconds=micros),
    )
    store.save_segments([segment])
    # NUL and lone surrogates have no place in PostgreSQL; elsewhere they are refused long before.
    stored = replace(segment, name=name.replace("\0", "\N{REPLACEMENT CHARACTER}"))
    assert store.find_segment(place, segment.key) == stored


def _any_environment(engine: Engine) -> EnvironmentId:
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT id FROM environments LIMIT 1").scalar()
    return EnvironmentId(found) if found else install(engine).environments[0].id
