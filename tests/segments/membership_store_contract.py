"""What every membership store must do; each backend's tests subclass `MembershipStoreContract`."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muster.changes.log import RevisionLog
from muster.changes.model import SegmentDelta
from muster.core.ids import (
    EnvironmentId,
    IntegrationKey,
    RequestId,
    SegmentId,
    SegmentKey,
    new_id,
)
from muster.segments.model import (
    CommitOutcome,
    ListOutcome,
    MemberChanges,
    MemberList,
    Membership,
    MembershipCommit,
    Segment,
    SyncSource,
)
from muster.segments.store import MembershipStore

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
INCLUDED, EXCLUDED = MemberList.INCLUDED, MemberList.EXCLUDED


class Store(MembershipStore, RevisionLog, Protocol):
    """A membership store and its revision log."""


class Place:
    """An environment with a few segments, and commits in it."""

    def __init__(self) -> None:
        self.environment_id = EnvironmentId(new_id())
        self.one = SegmentId(new_id())
        self.other = SegmentId(new_id())

    def commit(
        self,
        *changes: MemberChanges,
        definitions: Sequence[Segment] = (),
        at: datetime = NOW,
    ) -> MembershipCommit:
        return MembershipCommit(self.environment_id, RequestId(new_id()), at, changes, definitions)

    def add(self, *keys: str, at: datetime = NOW) -> MembershipCommit:
        return self.commit(MemberChanges(self.one, keys, ()), at=at)

    def remove(self, *keys: str) -> MembershipCommit:
        return self.commit(MemberChanges(self.one, (), keys))


def a_segment(place: Place, name: str = "Big spenders") -> Segment:
    return Segment(
        id=place.one,
        environment_id=place.environment_id,
        key=SegmentKey("amplitude-abc"),
        unbounded=True,
        generation=2,
        context_kind="user",
        name=name,
        description="",
        tags=("a", "b"),
        source=SyncSource(IntegrationKey("amplitude"), "abc", "https://example.com/abc"),
        created_at=NOW,
        modified_at=NOW,
    )


class MembershipStoreContract:
    """The contract. A subclass gives `open_store`, which opens (again) the store in a folder."""

    def open_store(self, path: Path) -> AbstractContextManager[Store]:
        """Open the store; leave it closed."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        with self.open_store(tmp_path / "memberships") as opened:
            yield opened

    @pytest.fixture
    def place(self) -> Place:
        return Place()

    async def test_counts_are_exact(self, store: Store, place: Place) -> None:
        first = await store.commit(place.add("ann", "bob"))
        again = await store.commit(place.add("bob", "cleo"))
        gone = await store.commit(place.remove("ann", "nobody"))

        assert first.lists == [ListOutcome(added=2, removed=0, unchanged=0)]
        assert again.lists == [ListOutcome(added=1, removed=0, unchanged=1)]
        assert gone.lists == [ListOutcome(added=0, removed=1, unchanged=1)]
        assert store.summarize(place.one).included_count == 2

    async def test_a_repeated_commit_changes_nothing(self, store: Store, place: Place) -> None:
        await store.commit(place.add("ann", "bob"))

        again = await store.commit(place.add("ann", "bob", at=NOW + timedelta(hours=1)))

        assert again == CommitOutcome(None, [ListOutcome(added=0, removed=0, unchanged=2)])
        summary = store.summarize(place.one)
        assert summary.version == 1
        assert summary.changed_at == NOW

    async def test_only_a_sync_tells_when_a_segment_was_synced(
        self, store: Store, place: Place
    ) -> None:
        await store.commit(place.add("ann"))
        assert store.summarize(place.one).synced_at is None

        await store.commit(place.add("ann", at=NOW + timedelta(hours=1))._replace(is_sync=True))
        await store.commit(place.add("bob", at=NOW + timedelta(hours=2)))

        summary = store.summarize(place.one)
        assert summary.synced_at == NOW + timedelta(hours=1)
        assert summary.changed_at == NOW + timedelta(hours=2)

    async def test_a_segment_nobody_wrote_to_is_empty(self, store: Store, place: Place) -> None:
        summary = store.summarize(place.one)

        assert (summary.included_count, summary.excluded_count, summary.version) == (0, 0, 0)
        assert summary.changed_at is None
        assert summary.synced_at is None
        assert store.membership(place.one, "ann") == Membership(included=False, excluded=False)

    async def test_included_and_excluded_are_two_lists(self, store: Store, place: Place) -> None:
        await store.commit(
            place.commit(
                MemberChanges(place.one, ["ann"], ()),
                MemberChanges(place.one, ["ann", "bob"], (), EXCLUDED),
            )
        )

        assert store.membership(place.one, "ann") == Membership(included=True, excluded=True)
        assert store.membership(place.one, "bob") == Membership(included=False, excluded=True)
        summary = store.summarize(place.one)
        assert (summary.included_count, summary.excluded_count) == (1, 2)
        assert summary.version == 1

    async def test_members_come_in_byte_order_page_by_page(
        self, store: Store, place: Place
    ) -> None:
        keys = ["b", "a", "é", "zebra", "z", "B", "\U0001f600", "￿"]
        await store.commit(place.add(*keys))
        await store.commit(place.commit(MemberChanges(place.other, ["another"], ())))

        pages, after = [], ""
        while page := store.list_members(place.one, after=after, limit=3):
            pages.append(list(page))
            after = page[-1]

        assert [len(page) for page in pages] == [3, 3, 2]
        assert [key for page in pages for key in page] == sorted(keys, key=str.encode)

    async def test_members_are_found_by_prefix(self, store: Store, place: Place) -> None:
        await store.commit(place.add("user-1", "user-10", "user-11", "user-2", "x"))

        assert list(store.list_members(place.one, prefix="user-1")) == [
            "user-1",
            "user-10",
            "user-11",
        ]
        after = store.list_members(place.one, prefix="user-1", after="user-10")
        assert list(after) == ["user-11"]
        assert list(store.list_members(place.one, prefix="y")) == []

    async def test_one_context_in_many_segments(self, store: Store, place: Place) -> None:
        await store.commit(place.add("ann"))
        await store.commit(place.commit(MemberChanges(place.other, ["bob"], ["ann"])))

        found = store.memberships([place.one, place.other, SegmentId(new_id())], "ann")

        assert [one.included for one in found] == [True, False, False]

    async def test_the_revision_log_holds_what_really_changed(
        self, store: Store, place: Place
    ) -> None:
        await store.commit(place.add("ann"))
        commit = place.commit(
            MemberChanges(place.one, ["ann", "bob"], ()),
            MemberChanges(place.other, ["cleo"], ["dan"], EXCLUDED),
        )
        outcome = await store.commit(commit)

        assert outcome.revision == 2
        assert store.last_revision(place.environment_id) == 2
        [revision] = store.list_revisions(place.environment_id, after=1)
        assert revision.request_id == commit.request_id
        assert revision.committed_at == NOW
        assert [_sorted(delta) for delta in revision.deltas] == [
            (place.one, ["bob"], [], [], []),
            (place.other, [], [], ["cleo"], []),
        ]

    async def test_each_environment_has_a_log_of_its_own(self, store: Store) -> None:
        here, there = Place(), Place()
        await store.commit(here.add("ann"))
        await store.commit(there.add("ann"))
        await store.commit(here.add("bob"))

        assert store.last_revision(here.environment_id) == 2
        assert store.last_revision(there.environment_id) == 1
        assert store.last_revision(EnvironmentId(new_id())) == 0

    async def test_a_deleted_segment_is_empty_and_others_are_not(
        self, store: Store, place: Place
    ) -> None:
        await store.commit(
            place.commit(
                MemberChanges(place.one, [f"k{n}" for n in range(100)], ()),
                MemberChanges(place.other, ["k1"], ()),
            )
        )

        await store.delete_members(place.one)

        assert store.summarize(place.one).included_count == 0
        assert list(store.list_members(place.one)) == []
        assert list(store.list_members(place.other)) == ["k1"]
        again = await store.commit(place.add("k1"))
        assert again.lists == [ListOutcome(added=1, removed=0, unchanged=0)]

    async def test_definitions_wait_until_they_are_acknowledged(
        self, store: Store, place: Place
    ) -> None:
        old, new = a_segment(place, "Old name"), a_segment(place, "New name")
        await store.commit(place.commit(definitions=[old]))
        assert store.pending_definitions() == [old]
        await store.commit(place.commit(definitions=[new]))

        store.acknowledge_definitions([old])
        await store.commit(place.add("ann"))
        assert store.pending_definitions() == [new]
        store.acknowledge_definitions([new])
        await store.commit(place.add("bob"))
        assert store.pending_definitions() == []

    async def test_concurrent_commits_all_apply(self, store: Store, place: Place) -> None:
        commits = [place.add(f"k{n % 50}", f"only-{n}") for n in range(200)]

        outcomes = await asyncio.gather(*map(store.commit, commits))

        assert store.summarize(place.one).included_count == 250
        assert sum(done.lists[0].added for done in outcomes) == 250
        assert [done.revision for done in outcomes] == list(range(1, 201))

    async def test_commits_that_are_submitted_together_see_each_other(
        self, store: Store, place: Place
    ) -> None:
        outcomes = await submit(
            store, [place.add("ann", "bob"), place.add("bob"), place.remove("ann", "cleo")]
        )

        assert outcomes == [
            CommitOutcome(1, [ListOutcome(added=2, removed=0, unchanged=0)]),
            CommitOutcome(None, [ListOutcome(added=0, removed=0, unchanged=1)]),
            CommitOutcome(2, [ListOutcome(added=0, removed=1, unchanged=1)]),
        ]
        assert list(store.list_members(place.one)) == ["bob"]

    async def test_one_that_fails_does_not_touch_those_submitted_with_it(
        self, store: Store, place: Place
    ) -> None:
        first, failed, last = await submit(
            store, [place.add("ann"), place.add("bob", "\ud800"), place.add("ann", "cleo")]
        )

        assert first == CommitOutcome(1, [ListOutcome(added=1, removed=0, unchanged=0)])
        assert isinstance(failed, UnicodeEncodeError)
        assert last == CommitOutcome(2, [ListOutcome(added=1, removed=0, unchanged=1)])
        assert list(store.list_members(place.one)) == ["ann", "cleo"]

    async def test_all_is_there_after_a_restart(self, tmp_path: Path, place: Place) -> None:
        with self.open_store(tmp_path / "again") as store:
            await store.commit(place.add("ann", "bob"))
        with self.open_store(tmp_path / "again") as store:
            assert store.summarize(place.one).included_count == 2
            outcome = await store.commit(place.add("bob", "cleo"))
            assert outcome == CommitOutcome(2, [ListOutcome(added=1, removed=0, unchanged=1)])

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_it_behaves_as_sets_do(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        """Random commits and restarts, against Python sets."""
        path = tmp_path_factory.mktemp("model")
        place = Place()
        model: dict[tuple[SegmentId, MemberList], set[str]] = {}
        revision = 0
        for _ in range(data.draw(st.integers(1, 4), label="restarts")):
            with self.open_store(path) as store:
                some = data.draw(st.lists(some_changes(place), max_size=5))
                together = data.draw(st.booleans(), label="together")
                commits = [place.commit(*changes) for changes in some]
                outcomes = asyncio.run((submit if together else commit_in_turn)(store, commits))
                for changes, outcome in zip(some, outcomes, strict=True):
                    assert isinstance(outcome, CommitOutcome)
                    expected = [_apply_to(model, change) for change in changes]
                    assert outcome.lists == expected
                    if any(done.added or done.removed for done in expected):
                        revision += 1
                        assert outcome.revision == revision
                    else:
                        assert outcome.revision is None
                for (segment_id, member_list), members in model.items():
                    stored = store.list_members(segment_id, member_list, limit=10_000)
                    assert list(stored) == sorted(members, key=str.encode)


async def submit(
    store: Store, commits: Sequence[MembershipCommit]
) -> Sequence[CommitOutcome | Exception]:
    """Submit commits together; return what the store tells of them."""
    told: asyncio.Future[Sequence[CommitOutcome | Exception]] = asyncio.Future()
    store.submit(commits, told.set_result)
    return await told


async def commit_in_turn(
    store: Store, commits: Sequence[MembershipCommit]
) -> Sequence[CommitOutcome]:
    """Commit one after the other; return the outcomes."""
    return [await store.commit(commit) for commit in commits]


def some_changes(place: Place) -> st.SearchStrategy[list[MemberChanges]]:
    """Lists of changes, at most one for each list of each segment; some of them long."""
    few = st.sets(st.text("ab\x00é\U0001f600", max_size=3), max_size=6)
    many = st.integers(0, 300).map(lambda start: {f"n{n}" for n in range(start, start + 60)})

    @st.composite
    def one_change(draw: st.DrawFn, target: tuple[SegmentId, MemberList]) -> MemberChanges:
        added = draw(few | many)
        removed = draw(few | many) - added
        return MemberChanges(target[0], sorted(added), sorted(removed), target[1])

    targets = st.lists(
        st.sampled_from([(s, kind) for s in (place.one, place.other) for kind in MemberList]),
        unique=True,
        max_size=3,
    )
    return targets.flatmap(lambda chosen: st.tuples(*map(one_change, chosen)).map(list))


def _apply_to(
    model: dict[tuple[SegmentId, MemberList], set[str]], change: MemberChanges
) -> ListOutcome:
    members = model.setdefault((change.segment_id, change.member_list), set())
    added = set(change.added) - members
    removed = set(change.removed) & members
    members |= added
    members -= removed
    named = len(change.added) + len(change.removed)
    return ListOutcome(len(added), len(removed), named - len(added) - len(removed))


def _sorted(delta: SegmentDelta) -> tuple[SegmentId, list[str], list[str], list[str], list[str]]:
    return (
        delta.segment_id,
        sorted(delta.included_added),
        sorted(delta.included_removed),
        sorted(delta.excluded_added),
        sorted(delta.excluded_removed),
    )
