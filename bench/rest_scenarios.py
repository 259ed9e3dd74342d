"""What the REST API costs: lists, lookups, imports, members sent by hand."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx

from bench.load import LoadResult, Requests, run_load
from bench.payloads import get_request, http_request, random_uuids, sync_body, targets_body
from bench.rest_client import open_client, wait_until_complete
from bench.scenarios import PATH, Figure, environment_id
from bench.servers import TOKEN, Server, muster
from muster.core.ids import EnvironmentId, IntegrationKey, SegmentId, SegmentKey, new_id
from muster.segments.model import Segment, SyncSource
from muster.storage.sql.engine import open_engine
from muster.storage.sql.segments import SqlSegmentStore

_SEGMENTS: Final = 10_000
_PLACE: Final = "/api/v2/segments/default/production"
_BIG: Final = "big"
_BY_HAND: Final = "by-hand"
"""As empty at first as the segment that is synced beside it."""
_ROWS: Final = 1_000_000


def rest_costs(directory: Path) -> list[Figure]:
    """Lists among 10,000 segments; memberships over HTTP; a CSV file; 1,000 targets a request."""
    data_dir = directory / "rest"
    with muster(data_dir) as server:
        environment = environment_id(server)
    _make_segments(data_dir, EnvironmentId(environment))
    with muster(data_dir) as server, open_client(server) as client:
        for key in (_BIG, _BY_HAND):
            created = client.post(_PLACE, json={"key": key, "name": key, "unbounded": True})
            created.raise_for_status()
        return [
            *_lists(server),
            *_imports(client),
            *_lookups(server),
            *_targets(server, environment),
        ]


def _make_segments(data_dir: Path, environment: EnvironmentId) -> None:
    engine = open_engine(f"sqlite:///{data_dir / 'muster.db'}")
    began = datetime(2026, 1, 1, tzinfo=UTC)
    SqlSegmentStore(engine).save_segments(
        [
            Segment(
                id=SegmentId(new_id()),
                environment_id=environment,
                key=SegmentKey(f"cohort-{number}"),
                unbounded=True,
                generation=1,
                context_kind="user",
                name=f"Cohort {number}",
                description="",
                tags=("bench",),
                source=SyncSource(IntegrationKey("rudderstack"), str(number), None),
                created_at=began + timedelta(seconds=number),
                modified_at=began + timedelta(seconds=number),
            )
            for number in range(_SEGMENTS)
        ]
    )
    engine.dispose()


def _lists(server: Server) -> list[Figure]:
    def make() -> Requests:
        return lambda _: get_request(
            f"{_PLACE}?limit=20&offset={random.randrange(_SEGMENTS - 20)}", TOKEN
        )

    plain = run_load(server.port, make, 500, 1)

    def make_filtered() -> Requests:
        return lambda _: get_request(f"{_PLACE}?limit=20&filter=query%20equals%20%22777%22", TOKEN)

    filtered = run_load(server.port, make_filtered, 200, 1)
    return [
        Figure(f"list of 20 among {_SEGMENTS:,}, p50", plain.percentile(50), "ms", at_most=10),
        Figure("... p99", plain.percentile(99), "ms"),
        Figure("... with a filter, p50", filtered.percentile(50), "ms"),
    ]


def _imports(client: httpx.Client) -> list[Figure]:
    content = "\n".join(random_uuids(_ROWS)).encode()
    figures = []
    for mode in ("merge", "replace"):
        began = time.perf_counter()
        sent = client.post(
            f"{_PLACE}/{_BIG}/imports", data={"mode": mode}, files={"file": ("k.csv", content)}
        )
        wait_until_complete(client, sent.raise_for_status().headers["Location"])
        rate = _ROWS / (time.perf_counter() - began)
        floor = 100_000 if mode == "merge" else None
        figures.append(Figure(f"CSV import of {_ROWS:,}, {mode}", rate, "rows/s", at_least=floor))
    return figures


def _lookups(server: Server) -> list[Figure]:
    def make() -> Requests:
        keys = random_uuids(5_000)
        return lambda number: get_request(f"{_PLACE}/{_BIG}/contexts/{keys[number % 5_000]}", TOKEN)

    run_load(server.port, make, 2_000, 16)
    load = run_load(server.port, make, 20_000, 16)
    return [
        Figure("membership over HTTP", load.rate, "requests/s", at_least=3_000),
        Figure("... p99", load.percentile(99), "ms"),
    ]


def _targets(server: Server, environment: str) -> list[Figure]:
    def by_hand(_: int) -> bytes:
        body = targets_body(random_uuids(1000))
        return http_request(f"{_PLACE}/{_BY_HAND}/contexts", TOKEN, body)

    def synced(_: int) -> bytes:
        return http_request(PATH, TOKEN, sync_body(environment, "bench", random_uuids(1000)))

    rates: dict[Callable[[int], bytes], list[float]] = {by_hand: [], synced: []}
    for _ in range(9):
        for request, found in rates.items():
            load: LoadResult = run_load(server.port, lambda request=request: request, 200, 4)  # type: ignore[misc]
            found.append(load.rate * 1000)
    mine, theirs = (sorted(found)[len(found) // 2] for found in rates.values())
    return [
        Figure("1,000 targets by /contexts", mine, "members/s"),
        Figure("... by segment-targets", theirs, "members/s"),
        Figure("... ratio", mine / theirs, "", at_least=1.0),
    ]
