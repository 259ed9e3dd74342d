"""An environment that is deleted takes its members along, also when the server is killed in between."""

import time
from pathlib import Path

from muster.core.ids import SegmentId
from tests.end_to_end.crash_audit import open_reader
from tests.end_to_end.harness import Muster, run_cli, running, start

INTEGRATION = "rudderstack"
SEGMENT = f"{INTEGRATION}-c1"
PLACE = "/api/v2/projects/default/environments/production"
MEMBERS = [f"m{number}" for number in range(5_000)]


def fill(server: Muster) -> tuple[str, SegmentId]:
    """Put members into a segment of `production`; return the environment's id and the segment's."""
    environment = server.environment_id()
    assert push(server, environment, *MEMBERS) == 204
    segment = server.segments()[SEGMENT]["_unboundedMetadata"]["segmentId"]
    return environment, SegmentId(segment)


def push(server: Muster, environment: str, *added: str, cohort: str = "c1") -> int:
    """Send a cohort's members; return the status."""
    body = {
        "environmentId": environment,
        "cohortId": cohort,
        "cohortName": "One",
        "listData": {"add": [{"id": key} for key in added]},
    }
    return server.push(INTEGRATION, body).status_code


def count(server: Muster, segment: SegmentId) -> int:
    """Return how many members the membership store has of a segment."""
    with open_reader(server) as reader:
        keys = reader.list_members(segment, limit=10_000)
        assert len(keys) == reader.summarize(segment).included_count
        return len(keys)


def wait_until_gone(server: Muster, segment: SegmentId) -> None:
    """Wait until the membership store has no member of a segment any more."""
    deadline = time.monotonic() + 8
    while count(server, segment):
        assert time.monotonic() < deadline, "the members are still there"
        time.sleep(0.02)


def test_members_go_and_partners_are_refused_within_a_second(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        environment, segment = fill(server)
        assert server.client.delete(PLACE).status_code == 204
        wait_until_gone(server, segment)
        time.sleep(1.1)
        refused = [push(server, environment, "ann", cohort=cohort) for cohort in ("c1", "c2")]
        assert refused == [400, 400]
        assert server.client.get("/api/v2/segments/default/production").status_code == 404
        assert count(server, segment) == 0


def test_a_deletion_beside_the_server_is_followed_up_by_it(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        _, segment = fill(server)
        assert server.cli("environments", "delete", "production", "--yes").returncode == 0
        wait_until_gone(server, segment)


def test_a_server_killed_between_the_two_stores(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        _, segment = fill(server)
    # Nobody is there to delete the members: all that a kill at this moment leaves is their note.
    done = run_cli(server.data_dir, "environments", "delete", "production", "--yes")
    assert done.returncode == 0, done.stderr
    assert count(server, segment) == len(MEMBERS)
    with running(server.data_dir) as server:
        wait_until_gone(server, segment)


def test_a_server_killed_as_soon_as_it_has_answered(tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    try:
        environment, segment = fill(server)
        assert server.client.delete(PLACE).status_code == 204
    finally:
        server.kill()
    with running(server.data_dir) as server:
        wait_until_gone(server, segment)
        assert push(server, environment, "ann") == 400
        assert server.client.get(PLACE).status_code == 404


def test_requests_under_way_leave_nothing_behind(tmp_path: Path) -> None:
    """New cohorts, within the second in which the environment is still remembered, and a restart."""
    with running(tmp_path / "data") as server:
        environment, _ = fill(server)
        assert server.client.delete(PLACE).status_code == 204
        statuses = {push(server, environment, "ann", cohort=f"n{one}") for one in range(50)}
        assert statuses <= {204, 400}
    with running(server.data_dir) as server:
        assert server.client.get("/readyz").status_code == 200
        assert server.client.get("/api/v2/segments/default/production").status_code == 404
        assert push(server, server.environment_id("test"), "ann") == 204
        assert list(server.segments("test")) == [SEGMENT]
