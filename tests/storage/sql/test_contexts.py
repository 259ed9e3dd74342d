"""Recorded contexts in the control store: their order, what overwrites what, and how they go."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from muster.contexts.model import ContextRecord
from muster.core.ids import EnvironmentId, SegmentId, new_id
from muster.storage.sql import contexts as module
from muster.storage.sql.contexts import SqlContextStore
from muster.storage.sql.segments import SqlSegmentStore
from tests.clock import START
from tests.storage.sql.things import a_context, a_segment, install

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(engine: Engine) -> SqlContextStore:
    return SqlContextStore(engine)


@pytest.fixture
def place(engine: Engine) -> EnvironmentId:
    return install(engine).environments[0].id


def pairs(records: Sequence[ContextRecord]) -> list[tuple[str, str | None]]:
    """Return keys and applications."""
    return [(record.key, record.application_id) for record in records]


def test_a_record_reads_as_it_was_written(store: SqlContextStore, place: EnvironmentId) -> None:
    attributes = {
        "name": "Jürgen \N{PARTY POPPER}",
        "nul": "\0",
        "q": "'\"\\%s",
        "n": [1, 2.5, None],
    }
    record = a_context(place, "k'\"\\é", attributes=attributes, application_id="web")
    store.record_contexts([record])
    store.record_contexts([])
    assert store.find_contexts(place, "user", record.key) == [record]
    assert store.find_contexts(place, "user", "k") == []
    assert store.find_contexts(EnvironmentId(new_id()), "user", record.key) == []


def test_only_what_was_seen_earlier_is_overwritten(
    store: SqlContextStore, place: EnvironmentId
) -> None:
    for minute, name in ((1, "first"), (3, "last"), (3, "last at once"), (2, "late")):
        seen_at = START + minute * MINUTE
        store.record_contexts([a_context(place, "a", attributes={"n": name}, last_seen_at=seen_at)])
    (record,) = store.find_contexts(place, "user", "a")
    assert record.attributes == {"n": "last at once"}
    assert record.last_seen_at == START + 3 * MINUTE


def test_pages_are_in_the_order_of_bytes(store: SqlContextStore, place: EnvironmentId) -> None:
    keys = ["\U0001f600", "a", "é", "Z", "\ue000", "aa"]
    store.record_contexts([a_context(place, key) for key in keys])
    store.record_contexts([a_context(place, "a", application_id=app) for app in ("web", "Tv")])
    store.record_contexts([a_context(place, "b", kind="device")])
    everything = store.list_contexts(place, "user")
    assert pairs(everything) == [
        ("Z", None),
        ("a", None),
        ("a", "Tv"),
        ("a", "web"),
        *((key, None) for key in ("aa", "é", "\ue000", "\U0001f600")),
    ]
    found: list[ContextRecord] = []
    while part := store.list_contexts(
        place, "user", after=(found and pairs(found)[-1]) or None, limit=2
    ):
        found += part
    assert found == everything
    assert pairs(store.list_contexts(place, "user", since="aa", limit=2)) == [
        ("aa", None),
        ("é", None),
    ]


def test_kinds_and_when_they_were_seen_last(store: SqlContextStore, place: EnvironmentId) -> None:
    assert store.list_recorded_kinds(place) == []
    assert store.find_last_seen(place, "user") is None
    for minute, kind in enumerate(["user", "Org", "user", "device"]):
        seen_at = START + minute * MINUTE
        store.record_contexts([a_context(place, f"{minute}", kind=kind, last_seen_at=seen_at)])
    assert store.list_recorded_kinds(place) == ["Org", "device", "user"]
    assert store.find_last_seen(place, "user") == START + 2 * MINUTE
    latest = store.list_latest(place, "user", 5)
    assert pairs(latest) == [("2", None), ("0", None)]
    assert pairs(store.list_latest(place, "user", 1)) == [("2", None)]


def test_pruning_goes_in_steps(
    store: SqlContextStore, place: EnvironmentId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PRUNED_AT_ONCE", 3)
    for kind in ("user", "device"):
        store.record_contexts(
            [
                a_context(place, f"{n}", kind=kind, last_seen_at=START + n * MINUTE)
                for n in range(10)
            ]
        )
    gone = EnvironmentId(new_id())
    store.record_contexts([a_context(gone, f"{n}") for n in range(4)])
    assert store.prune_contexts(START + 7 * MINUTE) == 7 + 7 + 4
    assert pairs(store.list_contexts(place, "user")) == [("7", None), ("8", None), ("9", None)]
    assert len(store.list_contexts(place, "device")) == 3
    assert store.list_recorded_kinds(gone) == []
    assert store.prune_contexts(START) == 0


def test_segments_by_the_kind_of_their_members(
    engine: Engine, store: SqlContextStore, place: EnvironmentId
) -> None:
    segments = [a_segment(place, key, context_kind=kind) for key, kind in ("ax", "by", "cx")]
    deleted = a_segment(place, "d", context_kind="x")
    SqlSegmentStore(engine).save_segments([*segments, deleted])
    SqlSegmentStore(engine).delete_segment(SegmentId(deleted.id))
    found = store.list_segment_ids(place)
    assert {kind: sorted(ids) for kind, ids in found.items()} == {
        "x": sorted([segments[0].id, segments[2].id]),
        "y": [segments[1].id],
    }
    assert store.list_segment_ids(EnvironmentId(new_id())) == {}
