"""Members of segments that are gone, over real stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from muster.segments.directory import SegmentDirectory
from muster.segments.purging import LATECOMERS_FOR, SegmentPurger
from muster.storage.rocksdb.store import RocksMembershipStore
from muster.storage.sql.engine import open_engine
from muster.storage.sql.projects import SqlProjectStore
from muster.storage.sql.purges import SqlPurgeStore
from muster.storage.sql.segments import SqlSegmentStore
from tests.clock import FakeClock
from tests.segments.membership_store_contract import Place, a_segment
from tests.sqlite import new_control_store
from tests.storage.sql.things import install


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(new_control_store(tmp_path))
    yield opened
    opened.dispose()


@pytest.fixture
def memberships(tmp_path: Path) -> Iterator[RocksMembershipStore]:
    store = RocksMembershipStore.open(tmp_path / "memberships")
    yield store
    store.close()


@pytest.fixture
def place(sqlite: Engine) -> Place:
    made = Place()
    made.environment_id = install(sqlite).environments[0].id
    return made


@pytest.fixture
def notes(sqlite: Engine) -> SqlPurgeStore:
    return SqlPurgeStore(sqlite)


@pytest.fixture
def purger(
    notes: SqlPurgeStore, memberships: RocksMembershipStore, clock: FakeClock
) -> SegmentPurger:
    return SegmentPurger(notes, memberships, clock)


async def test_members_follow_their_segment(
    sqlite: Engine,
    memberships: RocksMembershipStore,
    place: Place,
    notes: SqlPurgeStore,
    purger: SegmentPurger,
    clock: FakeClock,
) -> None:
    SqlSegmentStore(sqlite).save_segments([a_segment(place)])
    await memberships.commit(place.add("ann", "bob"))
    await purger.purge()
    assert memberships.summarize(place.one).included_count == 2
    SqlProjectStore(sqlite).delete_environment(place.environment_id)
    await purger.purge()
    assert memberships.summarize(place.one).included_count == 0
    assert memberships.list_members(place.one) == []

    await memberships.commit(place.add("a latecomer"))
    clock.advance(seconds=LATECOMERS_FOR.total_seconds() - 1)
    await purger.purge()
    assert notes.list_purges() == [place.one]
    clock.advance(seconds=1)
    await purger.purge()
    assert memberships.list_members(place.one) == []
    assert notes.list_purges() == []


async def test_what_a_crash_left_is_deleted_by_the_next_start(
    sqlite: Engine,
    memberships: RocksMembershipStore,
    place: Place,
    notes: SqlPurgeStore,
    clock: FakeClock,
) -> None:
    SqlSegmentStore(sqlite).save_segments([a_segment(place)])
    await memberships.commit(place.add("ann"))
    SqlProjectStore(sqlite).delete_environment(place.environment_id)
    for _ in range(2):  # the second start was killed before it could forget the note
        await SegmentPurger(notes, memberships, clock).purge()
        assert memberships.list_members(place.one) == []
        assert notes.list_purges() == [place.one]


async def test_a_segment_defined_too_late_leaves_nothing(
    sqlite: Engine,
    memberships: RocksMembershipStore,
    place: Place,
    purger: SegmentPurger,
) -> None:
    segment = a_segment(place)
    directory = SegmentDirectory(SqlSegmentStore(sqlite), memberships)
    SqlProjectStore(sqlite).delete_environment(place.environment_id)
    await memberships.commit(place.commit(*place.add("ann").changes, definitions=[segment]))
    await directory.save([segment])
    assert not directory.has_unsaved
    await purger.purge()
    assert memberships.list_members(place.one) == []
    assert memberships.pending_definitions() == []
    assert await SegmentDirectory(SqlSegmentStore(sqlite), memberships).recover() == 0
    assert memberships.list_environment_ids() == [place.environment_id]
