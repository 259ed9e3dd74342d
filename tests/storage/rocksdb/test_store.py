"""The RocksDB membership store: the contract, and what is its own."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from muster.core.errors import ConfigurationError, UnavailableError
from muster.core.ids import new_id
from muster.segments.model import CommitOutcome, ListOutcome, MemberChanges
from muster.storage.rocksdb.database import Database
from muster.storage.rocksdb.reader import RocksMembershipReader
from muster.storage.rocksdb.store import LogRetention, RocksMembershipStore
from tests.segments.membership_store_contract import (
    NOW,
    MembershipStoreContract,
    Place,
    submit,
)


@contextmanager
def open_store(path: Path) -> Iterator[RocksMembershipStore]:
    store = RocksMembershipStore.open(path)
    try:
        yield store
    finally:
        store.close()


class TestContract(MembershipStoreContract):
    """RocksDB keeps the contract of every membership store."""

    def open_store(self, path: Path) -> AbstractContextManager[RocksMembershipStore]:
        return open_store(path)


@pytest.fixture
def place() -> Place:
    return Place()


async def test_a_secondary_reads_beside_the_writer(tmp_path: Path, place: Place) -> None:
    with open_store(tmp_path / "m") as store:
        await store.commit(place.add("ann", "bob"))
        with Database.open_secondary(tmp_path / "m", tmp_path / "scratch") as database:
            reader = RocksMembershipReader(database)
            assert list(reader.list_members(place.one)) == ["ann", "bob"]
            assert reader.summarize(place.one).included_count == 2


def test_one_process_writes(tmp_path: Path) -> None:
    with (
        open_store(tmp_path / "m"),
        pytest.raises(ConfigurationError, match="in use by another process"),
    ):
        RocksMembershipStore.open(tmp_path / "m")


def test_a_reader_needs_a_database(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no memberships"):
        Database.open_secondary(tmp_path / "none", tmp_path / "scratch")


async def test_a_closed_store_refuses(tmp_path: Path, place: Place) -> None:
    store = RocksMembershipStore.open(tmp_path / "m")
    store.close()
    with pytest.raises(UnavailableError, match="shutting down"):
        await store.commit(place.add("ann"))


@contextmanager
def failing_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the disk refuse to sync."""

    def fail(_: Database) -> None:
        raise UnavailableError("The disk is gone.")

    with monkeypatch.context() as patched:
        patched.setattr(Database, "sync", fail)
        yield


async def test_after_a_failed_sync_nothing_is_written_any_more(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RocksMembershipStore.open(tmp_path / "m")
    with failing_disk(monkeypatch), pytest.raises(UnavailableError, match="The disk is gone"):
        await store.commit(place.add("ann"))
    with pytest.raises(UnavailableError, match="The disk is gone"):
        await store.commit(place.add("bob"))
    assert store.failure is not None
    store.close()


async def test_after_a_failed_sync_each_of_those_submitted_is_told(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RocksMembershipStore.open(tmp_path / "m")
    with failing_disk(monkeypatch):
        outcomes = await submit(store, [place.add("ann"), place.add("bob")])
    assert [str(outcome) for outcome in outcomes] == ["The disk is gone."] * 2
    store.close()
    with pytest.raises(UnavailableError, match="shutting down"):
        await submit(store, [place.add("cleo")])


async def test_who_fails_when_told_does_not_keep_others_from_being_told(
    tmp_path: Path, place: Place
) -> None:
    def fail(_: object) -> None:
        raise ValueError("a defect")

    with open_store(tmp_path / "m") as store:
        store.submit([place.add("ann")], fail)
        assert await submit(store, [place.add("ann", "bob")]) == [
            CommitOutcome(2, [ListOutcome(added=1, removed=0, unchanged=1)])
        ]


async def test_a_work_that_fails_does_not_touch_its_neighbours(
    tmp_path: Path, place: Place
) -> None:
    def fail() -> None:
        raise ValueError("a defect")

    with open_store(tmp_path / "m") as store:
        results = await asyncio.gather(
            store.commit(place.add("ann")),
            store.run_exclusively(fail),
            store.commit(place.add("bob")),
            return_exceptions=True,
        )
        assert isinstance(results[1], ValueError)
        assert store.summarize(place.one).included_count == 2


async def test_a_commit_that_fails_half_way_leaves_nothing(tmp_path: Path, place: Place) -> None:
    with open_store(tmp_path / "m") as store:
        await store.commit(place.add("ann"))
        with pytest.raises(UnicodeEncodeError):
            await store.commit(
                place.commit(
                    MemberChanges(place.one, ["bob"], ()),
                    MemberChanges(place.other, ["\ud800"], ()),
                )
            )
        outcome = await store.commit(place.add("ann", "bob", "cleo"))
        assert outcome == CommitOutcome(2, [ListOutcome(added=2, removed=0, unchanged=1)])
        assert store.summarize(place.one).included_count == 3


async def test_counts_stay_exact_while_a_filter_is_built(tmp_path: Path, place: Place) -> None:
    """A long list has no filter at first after a restart: the store reads before it writes."""
    keys = [f"member-{n:06}" for n in range(30_000)]
    with open_store(tmp_path / "m") as store:
        await store.commit(place.add(*keys))
    with open_store(tmp_path / "m") as store:
        for round_ in range(20):
            new = [f"new-{round_}-{n}" for n in range(50)]
            outcome = await store.commit(place.add(*keys[round_ * 50 : round_ * 50 + 50], *new))
            assert outcome.lists == [ListOutcome(added=50, removed=0, unchanged=50)]
            await asyncio.sleep(0.01)
        removed = await store.commit(place.remove(*keys[:1000], *[f"no-{n}" for n in range(9)]))
        assert removed.lists == [ListOutcome(added=0, removed=1000, unchanged=9)]
        assert store.summarize(place.one).included_count == 30_000


class TestRetention:
    """The revision log is bounded by age and by changes."""

    async def test_old_revisions_are_dropped(self, tmp_path: Path, place: Place) -> None:
        with open_store(tmp_path / "m") as store:
            for day in range(10):
                await store.commit(place.add(f"k{day}", at=NOW + timedelta(days=day)))

            dropped = await store.prune_revisions(
                place.environment_id, before=NOW + timedelta(days=4), retention=LogRetention()
            )

            assert dropped == 4
            assert store.first_revision(place.environment_id) == 5
            numbers = [r.number for r in store.list_revisions(place.environment_id, after=0)]
            assert numbers == [5, 6, 7, 8, 9, 10]
            assert store.summarize(place.one).included_count == 10

    async def test_many_changes_are_dropped(self, tmp_path: Path, place: Place) -> None:
        with open_store(tmp_path / "m") as store:
            for start in range(0, 1000, 100):
                await store.commit(place.add(*(f"k{n}" for n in range(start, start + 100))))

            await store.prune_revisions(
                place.environment_id, before=NOW, retention=LogRetention(max_changes=300)
            )

            numbers = [r.number for r in store.list_revisions(place.environment_id, after=0)]
            assert numbers == [8, 9, 10]

    async def test_the_newest_stays(self, tmp_path: Path, place: Place) -> None:
        with open_store(tmp_path / "m") as store:
            await store.commit(place.add("ann"))
            later = NOW + timedelta(days=400)
            await store.prune_revisions(
                place.environment_id, before=later, retention=LogRetention(max_changes=1)
            )
            assert store.first_revision(place.environment_id) == 1
            assert len(store.list_revisions(place.environment_id, after=0)) == 1


async def test_a_checkpoint_holds_what_was_committed(tmp_path: Path, place: Place) -> None:
    with open_store(tmp_path / "m") as store:
        await store.commit(place.add("ann"))
        await store.run_exclusively(lambda: store.create_checkpoint(tmp_path / "copy"))
        await store.commit(place.add("bob"))
    with open_store(tmp_path / "copy") as copy:
        assert list(copy.list_members(place.one)) == ["ann"]


def test_another_format_is_refused(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "m")
    batch = database.new_batch()
    batch.put(b"f", b"99")
    database.write(batch)
    database.close()
    with pytest.raises(ConfigurationError, match="format 99"):
        Database.open(tmp_path / "m")


def test_ids_are_96_bits() -> None:
    assert len(bytes.fromhex(new_id())) == 12
