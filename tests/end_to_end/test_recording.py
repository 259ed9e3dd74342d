"""Recorded requests: what a server keeps when it is told to, and what `replay` makes of it."""

import json
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.harness import (
    INTEGRATIONS,
    TOKEN,
    Muster,
    clean_environment,
    run_cli,
    running,
)


@contextmanager
def recording(data_dir: Path, kept: int = 3, **variables: str) -> Iterator[Muster]:
    """Run a server that records."""
    with running(data_dir, variables={"MUSTER_RECORD_REQUESTS": str(kept), **variables}) as server:
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """A server that keeps the last three requests."""
    with recording(tmp_path_factory.mktemp("recording") / "data") as started:
        yield started


def body_of(server: Muster, *members: str, **changes: Any) -> dict[str, Any]:
    """Return a body of hightouch's."""
    return {
        "environmentId": server.environment_id(),
        "cohortId": "c1",
        "cohortName": "Testers",
        "action": "add",
        "members": [
            {"integration_distinct_id": member, "email": f"{member}@example.com"}
            for member in members
        ],
    } | changes


def recorded(server: Muster, request_id: str) -> Path:
    """Return the file of a request, once it is there."""
    path = server.data_dir / "recordings" / f"{request_id}.json"
    deadline = time.monotonic() + 10
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return path


def other_manifest(folder: Path, changes: Mapping[str, Any]) -> Path:
    """Write hightouch's manifest with another request parser."""
    manifest = json.loads((INTEGRATIONS / "hightouch" / "manifest.json").read_text())
    manifest["capabilities"]["syncedSegment"]["requestParser"] |= changes
    place = folder / "hightouch"
    place.mkdir(parents=True)
    (place / "manifest.json").write_text(json.dumps(manifest))
    return place


def test_the_last_requests_are_kept_without_who_is_in_them(server: Muster) -> None:
    ids = []
    for number in range(4):
        answer = server.push("hightouch", body_of(server, f"ann-{number}", "bob"))
        assert answer.status_code == 204
        ids.append(answer.headers["X-Request-Id"])
        path = recorded(server, ids[-1])
    kept = json.loads(path.read_text())
    assert (kept["status"], kept["memberIds"], kept["counts"]["received"]) == (204, "hashed", 2)
    assert "ann" not in path.read_text()
    assert "bob" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    there = {file.stem for file in path.parent.iterdir()}
    assert there <= set(ids)
    assert len(there) == 3


def test_a_refused_request_is_read_again(server: Muster, tmp_path: Path) -> None:
    answer = server.push("hightouch", body_of(server, "ann", cohortId=None))
    assert answer.status_code == 400
    path = recorded(server, answer.headers["X-Request-Id"])

    same = server.cli("integration", "replay", path.stem)
    assert (same.returncode, same.stderr) == (0, same.stderr)
    assert "Nothing changed" in same.stdout
    assert "/cohortId: found null" in same.stdout

    folder = other_manifest(tmp_path, {"cohortIdPath": "/cohortName"})
    mended = run_cli(
        server.data_dir, "integration", "replay", str(path), "--integration", str(folder), "--json"
    )
    assert mended.returncode == 1
    told = json.loads(mended.stdout)
    assert told["recording"]["status"] == 400
    assert told["now"] == {
        "read": True,
        "received": 1,
        "cohorts": [{"id": "Testers", "added": 1, "removed": 0}],
    }
    assert [one["what"] for one in told["differences"]] == ["the outcome"]


def test_hashes_are_not_sent_by_accident(server: Muster) -> None:
    answer = server.push("hightouch", body_of(server, "ann"))
    path = recorded(server, answer.headers["X-Request-Id"])
    refused = server.cli("integration", "replay", str(path), "--send", "--token", TOKEN)
    assert refused.returncode == 1
    assert "--hashed-members" in refused.stderr


def test_what_was_kept_plainly_is_sent_again(tmp_path: Path) -> None:
    with recording(tmp_path / "data", MUSTER_RECORD_MEMBER_IDS="true") as server:
        answer = server.push("hightouch", body_of(server, "ann"))
        path = recorded(server, answer.headers["X-Request-Id"])
        assert "ann" in path.read_text()
        assert server.push("hightouch", body_of(server, "ann", action="remove")).is_success
        assert not server.includes("hightouch-c1", "ann")
        sent = server.cli(
            *("integration", "replay", path.stem, "--send", "--url", server.url, "--token", TOKEN)
        )
        assert sent.returncode == 0, sent.stderr
        assert server.includes("hightouch-c1", "ann")
        lost = server.cli(
            *("integration", "replay", path.stem, "--send", "--url", server.url, "--token", "x")
        )
        assert lost.returncode == 1
        assert "401" in lost.stdout


def test_what_can_not_be_replayed_says_why(server: Muster, tmp_path: Path) -> None:
    answer = server.client.post(
        "/api/v2/segment-targets/hightouch",
        content=b"{",
        headers={"Content-Type": "application/json"},
    )
    path = recorded(server, answer.headers["X-Request-Id"])
    without = server.cli("integration", "replay", path.stem)
    assert (without.returncode, without.stdout) == (1, "")
    assert "has no body to replay. The body is not JSON" in without.stderr

    unknown = server.cli("integration", "replay", "0" * 24)
    assert "MUSTER_RECORD_REQUESTS" in unknown.stderr

    other = tmp_path / "body.json"
    other.write_text("{}")
    assert "muster integration try" in server.cli("integration", "replay", str(other)).stderr
    other.write_text('{"musterRecording": 1}')
    assert "damaged" in server.cli("integration", "replay", str(other)).stderr


def test_nothing_is_kept_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert "MUSTER_RECORD_REQUESTS" not in clean_environment()
    with running(tmp_path / "data") as server:
        assert server.push("hightouch", body_of(server, "ann")).is_success
        assert server.stop() == 0
    assert not (tmp_path / "data" / "recordings").exists()
