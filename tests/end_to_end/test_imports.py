"""Imports of members that are cut off, in each other's way, or too large; what expires after a restart."""

import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.harness import Muster, running, start
from tests.end_to_end.rest import SEGMENTS, check_error

ROWS = 150_000


def new_segment(server: Muster, key: str) -> None:
    """Make a big segment."""
    body = {"key": key, "name": key, "unbounded": True}
    assert server.client.post(SEGMENTS, json=body).status_code == 201


def numbered(first: int, last: int) -> bytes:
    """Return a file of keys."""
    return b"".join(b"%08d\n" % number for number in range(first, last))


def upload(server: Muster, key: str, content: bytes, mode: str = "merge") -> httpx.Response:
    """Send a file."""
    files = {"file": ("keys.csv", content, "text/csv")}
    return server.client.post(f"{SEGMENTS}/{key}/imports", files=files, data={"mode": mode})


def begin(server: Muster, key: str, content: bytes, mode: str = "merge") -> str:
    """Begin an import; return the path that tells how far it is."""
    answer = upload(server, key, content, mode)
    assert answer.status_code == 204, answer.text
    return httpx.URL(answer.headers["location"]).path


def ended(server: Muster, path: str) -> dict[str, Any]:
    """Wait until an import has ended; return it."""
    deadline = time.monotonic() + 120
    while True:
        found: dict[str, Any] = server.client.get(path).raise_for_status().json()
        if found["status"] != "in_progress":
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def members(server: Muster, key: str) -> list[str]:
    """Return all keys that a segment includes."""
    found: list[str] = []
    while True:
        after: dict[str, str | int] = {"after": found[-1] if found else "", "limit": 10_000}
        page = server.client.get(f"{SEGMENTS}/{key}/members", params=after).raise_for_status()
        if not page.json()["items"]:
            return found
        found += page.json()["items"]


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_one_that_was_killed_is_completed_by_the_next_process(tmp_path: Path, mode: str) -> None:
    half = ROWS // 2
    server = start(tmp_path / "data")
    new_segment(server, "s")
    assert ended(server, begin(server, "s", numbered(-20, 0)))["status"] == "complete"
    path = begin(server, "s", numbered(0, ROWS), mode)
    deadline = time.monotonic() + 60
    while server.count("s") < half:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert server.client.get(path).json()["status"] == "in_progress", (
        "it was too quick to be cut off"
    )
    server.kill()
    with running(tmp_path / "data") as again:
        assert ended(again, path)["status"] == "complete"
        before = numbered(-20, 0).decode().split() if mode == "merge" else []
        assert members(again, "s") == [*sorted(before), *numbered(0, ROWS).decode().split()]
        assert again.count("s") == ROWS + len(before)
        # Nothing is in the way of another, and no file is left.
        assert ended(again, begin(again, "s", b"more\n"))["status"] == "complete"
        assert not [one for one in (tmp_path / "data" / "transfers").iterdir() if one.is_file()]


def test_there_is_one_at_a_time_in_an_environment(server: Muster) -> None:
    new_segment(server, "first")
    new_segment(server, "second")
    path = begin(server, "first", numbered(0, ROWS))
    check_error(upload(server, "second", b"a\n"), 409, "conflict", "in progress")
    assert ended(server, path)["status"] == "complete"
    assert ended(server, begin(server, "second", b"a\n"))["status"] == "complete"


def test_a_segment_that_is_deleted_meanwhile_leaves_no_members(server: Muster) -> None:
    new_segment(server, "gone")
    begin(server, "gone", numbered(0, ROWS))
    deadline = time.monotonic() + 60
    while server.count("gone") == 0:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert server.client.delete(f"{SEGMENTS}/gone").status_code == 204
    new_segment(server, "gone")
    # The environment is free again, and the segment of the same key is another one.
    assert ended(server, begin(server, "gone", b"a\n"))["status"] == "complete"
    time.sleep(1)
    assert (members(server, "gone"), server.count("gone")) == (["a"], 1)
    assert "Traceback" not in server.log.read_text()


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    limit = {"MUSTER_MAX_IMPORT_BYTES": "100000"}
    with running(tmp_path / "data", variables=limit) as server:
        new_segment(server, "s")
        assert upload(server, "s", numbered(0, 20_000)).status_code == 413
        assert ended(server, begin(server, "s", numbered(0, 10_000)))["status"] == "complete"
        assert server.count("s") == 10_000


def noted(server: Muster, comment: str) -> list[dict[str, Any]]:
    """Return the entries of the audit log with a comment."""
    entries = server.client.get("/api/v2/auditlog?limit=20").json()["items"]
    return [one for one in entries if one["comment"] == comment]


def test_a_target_expires_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        new_segment(server, "s")
        assert ended(server, begin(server, "s", b"soon\nlater\n"))["status"] == "complete"
        add = {"kind": "addExpiringTarget", "targetType": "included", "contextKind": "user"}
        at = int(time.time() * 1000) + 1_500
        body = {"instructions": [{**add, "contextKey": "soon", "value": at}]}
        path = "/api/v2/segments/default/s/expiring-targets/production"
        assert server.client.patch(path, json=body).json()["successfulInstructions"] == 1
    time.sleep(1.5)
    with running(tmp_path / "data") as again:
        deadline = time.monotonic() + 30
        while again.includes("s", "soon"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert again.includes("s", "later")
        assert again.client.get(path).json()["items"] == []
        while not (entries := noted(again, "Targets have expired.")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        (entry,) = entries
        assert entry["subject"] == {"name": "Muster"}
        shown = again.cli("audit", "show", entry["_id"]).stdout
        assert re.search(r"^Who +Muster$", shown, re.MULTILINE)
