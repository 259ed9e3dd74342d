"""What it costs to import and to export millions of members: time, and the server's memory."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx

from bench.payloads import random_uuids
from bench.rest_client import open_client, wait_until_complete
from bench.scenarios import Figure
from bench.servers import muster

_SEGMENT: Final = "/api/v2/segments/default/production/big"
_KEYS_AT_ONCE: Final = 10_000
_MOST_MEMORY_MEGABYTES: Final = 600


def many_transferred(directory: Path, members: int) -> list[Figure]:
    """A CSV file of millions goes into a new segment, comes out again, and replaces what is there."""
    source = directory / "keys.csv"
    _write_keys(source, members)
    with muster(directory / "transfers") as server, open_client(server) as client:
        body = {"key": "big", "name": "Big", "unbounded": True}
        client.post("/api/v2/segments/default/production", json=body).raise_for_status()
        idle, _ = server.memory_bytes()

        def measure(
            what: str, work: Callable[[], None], most_memory: float | None = None
        ) -> list[Figure]:
            began = time.perf_counter()
            work()
            rate = members / (time.perf_counter() - began)
            # The most so far: each of them holds what the ones before it left in caches.
            _, peak = server.memory_bytes()
            return [
                Figure(what, rate, "rows/s"),
                Figure("... peak memory so far", peak / 1e6, "MB", at_most=most_memory),
            ]

        return [
            Figure("memory of an idle server", idle / 1e6, "MB"),
            *measure(
                f"CSV import of {members:,}",
                lambda: _import(client, source, "merge", members),
                _MOST_MEMORY_MEGABYTES,
            ),
            *measure(
                f"export of {members:,}, with the download",
                lambda: _export(client, members),
                _MOST_MEMORY_MEGABYTES,
            ),
            # It keeps 17 bytes of each key of the file.
            *measure(
                f"import of {members:,}, replace", lambda: _import(client, source, "replace", 0)
            ),
        ]


def _write_keys(path: Path, members: int) -> None:
    with path.open("w") as file:
        for start in range(0, members, _KEYS_AT_ONCE):
            keys = random_uuids(min(_KEYS_AT_ONCE, members - start))
            file.write("\n".join(keys) + "\n")


def _import(client: httpx.Client, source: Path, mode: str, added: int) -> None:
    with source.open("rb") as file:
        sent = client.post(f"{_SEGMENT}/imports", data={"mode": mode}, files={"file": file})
    found = wait_until_complete(client, sent.raise_for_status().headers["Location"])
    assert found["_progress"]["added"] == added, found


def _export(client: httpx.Client, members: int) -> None:
    made = client.post(f"{_SEGMENT}/exports").raise_for_status().headers["Location"]
    found = wait_until_complete(client, made)
    assert found["memberCount"] == members, found
    with client.stream("GET", f"{made}/file") as answer:
        received = sum(part.count(b"\n") for part in answer.raise_for_status().iter_bytes())
    assert received == members, f"{received} lines received"
