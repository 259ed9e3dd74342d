"""Recording contexts: what is kept of them, and what becomes of it when a store fails."""

import asyncio
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from muster.contexts import recorder as recording
from muster.contexts.model import ContextRecord, Position
from muster.contexts.recorder import ContextRecorder
from muster.contexts.service import ContextQuery
from muster.core.errors import UnavailableError
from muster.core.pointers import Json
from muster.storage.sql.contexts import SqlContextStore
from tests.clock import START
from tests.contexts.gallery import Gallery

MINUTE = timedelta(minutes=1)


class FlakyContextStore(SqlContextStore):
    """A store that can be made to fail."""

    failing: Exception | None = None

    def record_contexts(self, records: Collection[ContextRecord]) -> None:
        """Fail if told to."""
        if self.failing is not None:
            raise self.failing
        super().record_contexts(records)


@pytest.fixture
def store(gallery: Gallery) -> FlakyContextStore:
    return FlakyContextStore(gallery.engine)


@pytest.fixture
def recorder(gallery: Gallery, store: FlakyContextStore) -> ContextRecorder:
    return ContextRecorder(store, gallery.kind_store, gallery.clock, retention=timedelta(days=30))


def known(gallery: Gallery, kind: str, key: str) -> list[ContextRecord]:
    """Return what is recorded of a context."""
    return list(gallery.store.find_contexts(gallery.environment.id, kind, key))


def test_each_context_of_several_in_one_is_kept(gallery: Gallery) -> None:
    gallery.record(
        {
            "kind": "multi",
            "user": {
                "key": "ada",
                "name": "Ada",
                "_meta": {"privateAttributes": ["email"]},
                "email": "e",
            },
            "org": {"key": "acme", "plan": {"tier": [1, None, "x\0"]}},
        },
        application_id="web",
    )
    (user,) = known(gallery, "user", "ada")
    (org,) = known(gallery, "org", "acme")
    assert (user.attributes, user.application_id, user.last_seen_at) == (
        {"name": "Ada"},
        "web",
        START,
    )
    assert org.attributes == {"plan": {"tier": [1, None, "x\0"]}}


@pytest.mark.parametrize(
    "context",
    [
        {"kind": "user", "key": "ada", "anonymous": True},
        {"kind": "user", "key": "k" * 257},
        {"kind": "user", "key": "a\0b"},
        {"kind": "user"},
        {"kind": "multi"},
        {},
    ],
)
def test_what_is_not_kept(gallery: Gallery, context: dict[str, Json]) -> None:
    gallery.record(context)
    assert gallery.found() == []
    assert [one.key for one in gallery.kind_store.list_kinds(gallery.project.id)] == []


def test_what_is_kept_has_bounds(gallery: Gallery) -> None:
    many = {f"n{number:03}": number for number in range(100)}
    gallery.record({"kind": "user", "key": "many", **many})
    (record,) = known(gallery, "user", "many")
    assert list(record.attributes) == [f"n{number:03}" for number in range(64)]
    gallery.record({"kind": "user", "key": "large", "fits": "x" * 1022, "not": "x" * 1023, "é": 1})
    (record,) = known(gallery, "user", "large")
    assert record.attributes == {"fits": "x" * 1022, "é": 1}


def test_the_last_word_of_an_application_counts(gallery: Gallery) -> None:
    for minute, (application, plan) in enumerate([("web", "a"), (None, "b"), ("web", "c")]):
        gallery.record(
            {"kind": "user", "key": "ada", "plan": plan},
            at=START + minute * MINUTE,
            application_id=application,
        )
    assert [
        (one.application_id, one.attributes["plan"]) for one in known(gallery, "user", "ada")
    ] == [
        (None, "b"),
        ("web", "c"),
    ]
    gallery.record({"kind": "user", "key": "ada", "plan": "late"}, at=START, application_id="web")
    page = gallery.service.get_contexts(
        None, "default", gallery.environment.key, Position("user", "ada"), ContextQuery()
    )
    assert [one.attributes["plan"] for one in page.items] == ["b", "c"]
    (latest,) = gallery.search().items
    assert latest.attributes["plan"] == "c"


def test_what_is_too_deep_to_be_written_is_left_out(gallery: Gallery) -> None:
    deep: Json = 1
    for _ in range(300):
        deep = [deep]
    gallery.record({"kind": "user", "key": "ada", "deep": deep, "flat": 1})
    (record,) = known(gallery, "user", "ada")
    assert record.attributes == {"flat": 1}


def test_it_is_told_from_many_threads(gallery: Gallery) -> None:
    def observe(thread: int) -> None:
        for number in range(200):
            context = {"kind": f"k{number % 7}", "key": f"{thread}-{number}"}
            gallery.recorder.observe(gallery.environment, context, START)

    async def record() -> None:
        with ThreadPoolExecutor(4) as threads:
            for done in [threads.submit(observe, thread) for thread in range(4)]:
                while not done.done():
                    await gallery.recorder.flush()
                    await asyncio.sleep(0)
        await gallery.recorder.flush()

    asyncio.run(record())
    kinds = gallery.store.list_recorded_kinds(gallery.environment.id)
    assert kinds == [one.key for one in gallery.kind_store.list_kinds(gallery.project.id)]
    found = [
        gallery.store.list_contexts(gallery.environment.id, kind, limit=1000) for kind in kinds
    ]
    assert sum(map(len, found)) == 800


async def test_nothing_is_written_before_the_answer(
    gallery: Gallery, recorder: ContextRecorder
) -> None:
    recorder.observe(gallery.environment, {"kind": "user", "key": "ada"}, START)
    assert known(gallery, "user", "ada") == []
    await recorder.flush()
    assert len(known(gallery, "user", "ada")) == 1


async def test_a_failing_store_loses_nothing(
    gallery: Gallery, recorder: ContextRecorder, store: FlakyContextStore
) -> None:
    store.failing = UnavailableError("The disk is gone.")
    recorder.observe(gallery.environment, {"kind": "user", "key": "ada", "n": 1}, START)
    recorder.observe(gallery.environment, {"kind": "robot", "key": "r", "n": 1}, START)
    await recorder.flush()
    recorder.observe(gallery.environment, {"kind": "user", "key": "ada", "n": 2}, START + MINUTE)
    store.failing = None
    await recorder.flush()
    assert [one.attributes for one in known(gallery, "user", "ada")] == [{"n": 2}]
    assert [one.attributes for one in known(gallery, "robot", "r")] == [{"n": 1}]
    assert "robot" in [one.key for one in gallery.kind_store.list_kinds(gallery.project.id)]
    assert recorder.dropped == 0


async def test_what_a_store_can_t_take_holds_nothing_up(
    gallery: Gallery, recorder: ContextRecorder, store: FlakyContextStore
) -> None:
    store.failing = ValueError("unforeseen")
    recorder.observe(gallery.environment, {"kind": "user", "key": "ada"}, START)
    await recorder.flush()
    assert recorder.dropped == 1
    store.failing = None
    recorder.observe(gallery.environment, {"kind": "user", "key": "bob"}, START)
    await recorder.flush()
    assert gallery.store.list_contexts(gallery.environment.id, "user")[0].key == "bob"


async def test_what_waits_has_bounds(
    gallery: Gallery,
    recorder: ContextRecorder,
    store: FlakyContextStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording, "_CAPACITY", 3)
    monkeypatch.setattr(recording, "_BATCH", 2)
    for number in [0, 1, 2, 3, 0, 4]:
        recorder.observe(gallery.environment, {"kind": "user", "key": f"u{number}"}, START)
    assert recorder.dropped == 2
    await recorder.flush()
    found = gallery.store.list_contexts(gallery.environment.id, "user")
    assert [one.key for one in found] == ["u0", "u1", "u2"]


async def test_old_ones_are_pruned(gallery: Gallery, recorder: ContextRecorder) -> None:
    for day in (0, 10, 20):
        context = {"kind": "user", "key": f"of day {day}"}
        recorder.observe(gallery.environment, context, START + timedelta(days=day))
    await recorder.flush()
    gallery.clock.advance(seconds=timedelta(days=40).total_seconds())
    assert await recorder.prune() == 1, "one is older than 30 days; one is just that old"
    found = gallery.store.list_contexts(gallery.environment.id, "user")
    assert [one.key for one in found] == ["of day 10", "of day 20"]


async def test_contexts_go_after_their_environment(
    gallery: Gallery, recorder: ContextRecorder
) -> None:
    for place in (gallery.environment, gallery.other_environment):
        recorder.observe(place, {"kind": "user", "key": "ada"}, START)
    await recorder.flush()
    gallery.environments.delete_environment(None, "default", gallery.environment.key)
    assert await recorder.prune() == 1
    assert gallery.store.list_recorded_kinds(gallery.environment.id) == []
    assert gallery.store.list_recorded_kinds(gallery.other_environment.id) == ["user"]
