"""What sync requests leave in the audit log: what they made and changed, and nobody's key."""

import time
from typing import Any

from tests.end_to_end.harness import Muster
from tests.end_to_end.rest import get, push


def entries(server: Muster) -> list[dict[str, Any]]:
    """Return the entries about the cohort's segment, newest first."""
    found = get(
        server, "/api/v2/auditlog?spec=proj/*:env/*:segment/rudderstack-vip&expand=versions"
    )
    items: list[dict[str, Any]] = found["items"]
    return items


def test_a_segment_made_then_changes_counted_together(server: Muster, environment: str) -> None:
    push(server, environment, "vip", "secret-member-0")
    for number in range(1, 6):
        push(server, environment, "vip", f"secret-member-{number}")
    deadline = time.monotonic() + 20
    while sum(added(one) for one in entries(server)) < 6:
        assert time.monotonic() < deadline, entries(server)
        time.sleep(0.1)
    actions = [access["action"] for one in entries(server) for access in one["accesses"]]
    assert actions.count("createSegment") == 1
    assert 1 <= actions.count("updateIncluded") < 6
    assert "secret-member" not in str(entries(server))
    for file in server.data_dir.glob("muster.db*"):
        assert b"secret-member" not in file.read_bytes()


def added(entry: dict[str, Any]) -> int:
    """Return how many members an entry tells of."""
    counts = (entry["currentVersion"] or {}).get("changedMembers", {})
    return int(counts.get("included", {}).get("added", 0))
