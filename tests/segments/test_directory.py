"""The directory over real stores: what a crash or a failing control store leaves is saved later."""

import asyncio
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from muster.core.errors import UnavailableError
from muster.segments.directory import SegmentDirectory
from muster.segments.model import Segment
from muster.storage.rocksdb.store import RocksMembershipStore
from muster.storage.sql.engine import open_engine
from muster.storage.sql.segments import SqlSegmentStore
from tests.segments.membership_store_contract import Place, a_segment
from tests.sqlite import new_control_store
from tests.storage.sql.things import install


class FlakySegmentStore(SqlSegmentStore):
    """A control store that can be made to fail."""

    failing = False

    def save_segments(self, segments: Collection[Segment]) -> None:
        if self.failing:
            raise UnavailableError("The control store is down.")
        super().save_segments(segments)


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
def store(sqlite: Engine) -> FlakySegmentStore:
    return FlakySegmentStore(sqlite)


@pytest.fixture
def directory(store: FlakySegmentStore, memberships: RocksMembershipStore) -> SegmentDirectory:
    return SegmentDirectory(store, memberships)


@pytest.fixture
def place(sqlite: Engine) -> Place:
    made = Place()
    made.environment_id = install(sqlite).environments[0].id
    return made


async def test_what_is_saved_is_found(
    directory: SegmentDirectory, memberships: RocksMembershipStore, place: Place
) -> None:
    segment = a_segment(place)
    await memberships.commit(place.commit(definitions=[segment]))
    await directory.save([segment])

    assert directory.cached(segment.environment_id, segment.key) == segment
    assert not directory.has_unsaved
    await memberships.commit(place.add("ann"))
    assert memberships.pending_definitions() == []


async def test_what_a_crash_left_is_saved_at_the_next_start(
    store: FlakySegmentStore, memberships: RocksMembershipStore, place: Place
) -> None:
    segment = a_segment(place)
    await memberships.commit(place.commit(definitions=[segment]))

    next_start = SegmentDirectory(store, memberships)

    assert await next_start.recover() == 1
    assert await next_start.find(segment.environment_id, segment.key) == segment
    await memberships.commit(place.add("ann"))
    assert await next_start.recover() == 0


async def test_a_failing_control_store_loses_nothing(
    directory: SegmentDirectory,
    store: FlakySegmentStore,
    memberships: RocksMembershipStore,
    place: Place,
) -> None:
    segment = a_segment(place)
    await memberships.commit(place.commit(definitions=[segment]))
    store.failing = True
    await directory.save([segment])

    waiting = directory.has_unsaved
    assert waiting
    assert await directory.find(segment.environment_id, segment.key) == segment
    with pytest.raises(UnavailableError):
        await directory.recover()
    store.failing = False
    assert await directory.recover() == 1
    assert not directory.has_unsaved
    assert store.find_segment(segment.environment_id, segment.key) == segment


async def test_the_last_definition_wins(
    directory: SegmentDirectory,
    store: FlakySegmentStore,
    memberships: RocksMembershipStore,
    place: Place,
) -> None:
    old = a_segment(place, "Old")
    new = replace(old, name="New")
    store.failing = True
    for segment in (old, new):
        await memberships.commit(place.commit(definitions=[segment]))
        await directory.save([segment])
    store.failing = False
    await directory.recover()
    found = store.find_segment(old.environment_id, old.key)
    assert found is not None
    assert found.name == "New"


async def test_one_request_at_a_time_defines_a_segment(
    directory: SegmentDirectory, place: Place
) -> None:
    segment = a_segment(place)
    inside: list[int] = []

    async def define(number: int, *keys: str) -> None:
        async with directory.defining(segment.environment_id, map(type(segment.key), keys)):
            inside.append(number)
            assert len(inside) == 1
            await asyncio.sleep(0.001)
            inside.remove(number)

    # Each holds "b"; the order in which the keys are named differs, and nobody waits for ever.
    async with asyncio.timeout(5):
        await asyncio.gather(
            *(define(n, *(("a", "b") if n % 2 else ("b", "a"))) for n in range(20))
        )
