"""A server and its published OpenAPI document agree, whatever is asked: schemathesis asks."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.authorization_world import Subject, World, segment_path, sync_body
from tests.end_to_end.fuzzed_document import document_for
from tests.end_to_end.harness import Muster, clean_environment
from tests.end_to_end.rest import check_error

EXAMPLES = 3
"""How many requests are made up for each operation, besides those of its examples and of its limits."""
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
)


KINDS = (
    "proj/*",
    "proj/*:env/*",
    "proj/*:env/*:segment/*",
    "service-token/*",
    "role/*",
    "member/*",
)
"""What it can change."""


@pytest.mark.slow
def test_no_answer_contradicts_the_document(server: Muster, tmp_path: Path) -> None:
    with httpx.Client(base_url=server.url) as client:
        world = World(server, client)
        segment = world.segment()
        document = document_for(server, names(world, segment), sync_body(segment))
        token, before = token_for_tester(world), changes(server)
        (tmp_path / "openapi.json").write_text(json.dumps(document))
        run = schemathesis(tmp_path / "openapi.json", server, token)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    assert "request failed" not in server.log.read_text()
    # It was not just turned away: things of every kind have changed.
    assert {kind for kind, count in changes(server).items() if count > before[kind]} == set(KINDS)


def test_who_sends_another_method_is_told_all_that_the_path_takes(server: Muster) -> None:
    refused = server.client.options("/api/v2/projects/default")
    check_error(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "DELETE, GET, PATCH"
    of_two = server.client.options("/api/v2/auditlog/counts")
    assert of_two.headers["allow"] == "POST"
    assert server.client.post("/readyz").headers["allow"] == "GET, HEAD"


def token_for_tester(world: World) -> str:
    """Make a token that may do everything, but to itself, to the admin and to the first project."""
    everything = {"effect": "allow", "actions": ["*"], "resources": ["*"]}
    made = world.new_token([everything])
    kept = [f"service-token/{made['_id']}", "member/*:token/*", f"member/{made['memberId']}"]
    for_good = {"effect": "deny", "actions": ["delete*", "reset*", "update*"], "resources": kept}
    place = {
        "effect": "deny",
        "actions": ["delete*"],
        "resources": ["proj/default", "proj/default:env/*"],
    }
    patch = [{"op": "replace", "path": "/inlineRole", "value": [everything, for_good, place]}]
    world.server.client.patch(f"/api/v2/tokens/{made['_id']}", json=patch).raise_for_status()
    return str(made["token"])


def changes(server: Muster) -> dict[str, int]:
    """Return how many changes there were of each kind of thing."""
    counts = {}
    for kind in KINDS:
        about = [{"effect": "allow", "actions": ["*"], "resources": [kind]}]
        found = server.client.post("/api/v2/auditlog/counts?after=0&buckets=1", json=about)
        counts[kind] = found.raise_for_status().json()["totalCount"]
    return counts


def names(world: World, segment: Subject) -> dict[str, list[str]]:
    """Make some of everything; return what parameters may call it."""
    return {
        "projectKey": [segment["projectKey"], world.project()["projectKey"], "default"],
        "environmentKey": [segment["environmentKey"], "production", "test"],
        "segmentKey": [segment["segmentKey"], *segment_keys(world, segment)],
        "contextKey": [segment["contextKey"], "nobody"],
        "clientSideId": [segment["environmentId"]],
        "integrationKey": ["rudderstack", "heap-inbound"],
        "entryId": [world.audit_entry()["entryId"]],
        "/api/v2/tokens id": [world.token()["id"] for _ in range(3)],
        "/api/v2/members id": [*(world.member()["id"] for _ in range(3)), "me"],
        "/api/v2/roles key": [world.role()["key"] for _ in range(3)],
    }


def segment_keys(world: World, place: Subject) -> list[str]:
    """Make a big segment and a small one beside a synced one; return their keys."""
    path = segment_path(place).rpartition("/")[0]
    for key in ("big", "small"):
        world.post(path, {"key": key, "name": key, "unbounded": key == "big"})
    return ["big", "small"]


def schemathesis(document: Path, server: Muster, token: str) -> "subprocess.CompletedProcess[str]":
    """Let schemathesis ask."""
    options = [
        *("--url", server.url, "--header", f"Authorization: {token}"),
        *("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", str(EXAMPLES)),
        *("--checks", ",".join(CHECKS), "--generation-deterministic", "--no-color"),
        *("--continue-on-failure", "--exclude-deprecated", "--warnings", "off"),
    ]
    return subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", str(document), *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=document.parent,
        env=clean_environment(),
        timeout=600,
    )
