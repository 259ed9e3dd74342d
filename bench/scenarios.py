"""What is measured: each scenario returns the figures that docs/performance.md states."""

import json
import random
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench.bare_rocksdb import bare_members_per_second
from bench.load import LoadResult, Requests, run_load
from bench.payloads import INTEGRATION, http_request, random_uuids, sync_body
from bench.servers import TOKEN, Server, empty_route, muster
from muster.core.ids import SegmentId
from muster.storage.rocksdb.store import RocksMembershipStore

_ROUNDS: Final = 9
PATH = f"/api/v2/segment-targets/{INTEGRATION}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number, and the floor or ceiling that it must keep to, if there is one."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the number keeps to its bounds."""
        above = self.at_least is None or self.value >= self.at_least
        below = self.at_most is None or self.value <= self.at_most
        return above and below


def single_members(directory: Path, requests: int) -> list[Figure]:
    """Durable requests of one member each, 16 connections; beside an empty Starlette route.

    A shared machine is not as fast at one moment as at the next: both are measured by turns, and of
    each figure the median of all rounds is stated.
    """
    ours: list[LoadResult] = []
    empty: list[LoadResult] = []
    with muster(directory / "single") as server, empty_route(directory / "empty") as other:
        for rounds, count in ((1, requests // 2), (_ROUNDS, requests)):
            send = _prepared(environment_id(server), count, 1)
            ours.clear()
            empty.clear()
            for _ in range(rounds):
                ours.append(run_load(server.port, send, count, 16))
                empty.append(run_load(other.port, send, count, 16))
    ratios = [mine.rate / theirs.rate for mine, theirs in zip(ours, empty, strict=True)]
    return [
        Figure(
            "single-member requests",
            median(load.rate for load in ours),
            "requests/s",
            at_least=8000,
        ),
        Figure("... p50", median(load.percentile(50) for load in ours), "ms"),
        Figure("... p99", median(load.percentile(99) for load in ours), "ms", at_most=10),
        Figure("empty Starlette route", median(load.rate for load in empty), "requests/s"),
        Figure("... ratio", median(ratios), "", at_least=0.35),
        Figure("... lowest ratio of a round", min(ratios), ""),
        Figure("... highest ratio of a round", max(ratios), ""),
    ]


def thousand_members(directory: Path, requests: int) -> list[Figure]:
    """Durable requests of 1,000 members each, 4 connections; beside a bare loop over RocksDB."""
    with muster(directory / "thousand") as server:
        send = _prepared(environment_id(server), requests, 1000)
        ours = run_load(server.port, send, requests, 4)
    bare = bare_members_per_second(directory / "bare", requests, 1000)
    rate = ours.rate * 1000
    return [
        Figure("1,000-member requests", rate, "members/s", at_least=120_000),
        Figure("... p99", ours.percentile(99), "ms"),
        Figure("bare RocksDB loop", bare, "members/s"),
        Figure("... ratio", rate / bare, "", at_least=0.6),
    ]


def many_members(directory: Path, members: int) -> list[Figure]:
    """One segment grows to millions: ingest, memory, disk, lookups and the next start."""
    data_dir = directory / "many"
    requests = members // 1000
    with muster(data_dir) as server:
        load = run_load(server.port, _adding(environment_id(server), 1000), requests, 4)
        count = _segment(server)["_unboundedMetadata"]["includedCount"]
        assert count == members, f"{count} members counted, {members} sent"
        segment_id = SegmentId(str(_segment(server)["_unboundedMetadata"]["segmentId"]))
        _, peak = server.memory_bytes()
    size = sum(f.stat().st_size for f in (data_dir / "memberships").rglob("*") if f.is_file())
    lookup = _lookup_microseconds(data_dir / "memberships", segment_id)
    with muster(data_dir) as server:
        restart = server.started_in_seconds
    tenth = max(1, requests // 10)
    first, last = _rate(load, 0, tenth), _rate(load, requests - tenth, requests)
    return [
        Figure(f"{members:,} members, all", load.rate * 1000, "members/s"),
        Figure("... first tenth", first, "members/s"),
        Figure("... last tenth", last, "members/s"),
        Figure("... last to first", last / first, "", at_least=0.7),
        Figure("... peak memory of the server", peak / 1e6, "MB", at_most=600),
        Figure("... disk a member", size / members, "bytes", at_most=90),
        Figure("... membership lookup", lookup, "µs", at_most=50),
        Figure("... restart until ready", restart, "s", at_most=2),
    ]


def environment_id(server: Server) -> str:
    """Return the client-side ID of the environment `production`."""
    found = _get(server, "/api/v2/projects/default/environments")
    return str(next(one["_id"] for one in found["items"] if one["key"] == "production"))


def _segment(server: Server) -> dict[str, dict[str, int | str]]:
    found: dict[str, dict[str, int | str]] = _get(
        server, f"/api/v2/segments/default/production/{INTEGRATION}-bench"
    )
    return found


def _get(server: Server, path: str) -> dict:  # type: ignore[type-arg]
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}", headers={"Authorization": TOKEN}
    )
    with urllib.request.urlopen(request) as answer:
        found: dict = json.load(answer)  # type: ignore[type-arg]
        return found


def _adding(environment: str, size: int) -> Callable[[], Requests]:
    """Requests that each add new members, made as they are sent."""

    def make() -> Requests:
        return lambda _: http_request(
            PATH, TOKEN, sync_body(environment, "bench", random_uuids(size))
        )

    return make


def _prepared(environment: str, count: int, size: int) -> Callable[[], Requests]:
    """The same, made before the first is sent."""

    def make() -> Requests:
        once = _adding(environment, size)()
        ready = [once(number) for number in range(count)]
        return lambda number: ready[number]

    return make


def _rate(load: LoadResult, first: int, last: int) -> float:
    begin = load.finished[first - 1] if first else 0.0
    return (last - first) * 1000 / (load.finished[last - 1] - begin)


def _lookup_microseconds(path: Path, segment_id: SegmentId) -> float:
    """Look up members and strangers by turns, at random; return the mean."""
    store = RocksMembershipStore.open(path)
    try:
        # From all over the segment, and more blocks than the cache holds.
        spread = [
            key
            for start in random.sample(range(16**6), 20_000)
            for key in store.list_members(segment_id, after=f"{start:06x}", limit=1)
        ]
        members = random.sample(spread, min(2000, len(spread)))
        asked = [
            key for pair in zip(members, random_uuids(len(members)), strict=True) for key in pair
        ]
        random.shuffle(asked)
        began = time.perf_counter()
        found = sum(store.membership(segment_id, key).included for key in asked)
        seconds = time.perf_counter() - began
        assert found == len(members)
        return seconds / len(asked) * 1e6
    finally:
        store.close()
