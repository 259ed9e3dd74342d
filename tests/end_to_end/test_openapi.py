"""A server and its published OpenAPI document agree, whatever is asked: schemathesis asks."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.authorization_world import Subject, World, sync_body
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
    *("proj/*", "proj/*:env/*", "proj/*:env/*:segment/*", "proj/*:env/*:flag/*"),
    *("service-token/*", "role/*", "member/*", "proj/*:context-kind/*"),
    *("webhook/*", "relay-proxy-config/*", "integration/*"),
)
"""What it can change."""


@pytest.mark.slow
def test_no_answer_contradicts_the_document(server: Muster, tmp_path: Path) -> None:
    with httpx.Client(base_url=server.url) as client:
        world = World(server, client)
        segment = world.segment()
        there = names(world, segment)
        document = document_for(server, there, sync_body(segment))
        token, before = token_for_tester(world, kept(segment, there)), changes(server)
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
    membership = server.client.delete("/api/v2/segments/default/production/any/contexts/ada")
    check_error(membership, 405, "method_not_allowed")
    assert membership.headers["allow"] == "GET"
    of_two = server.client.options("/api/v2/auditlog/counts")
    assert of_two.headers["allow"] == "POST"
    assert server.client.post("/readyz").headers["allow"] == "GET, HEAD"


def token_for_tester(world: World, kept: Sequence[str]) -> str:
    """Make a token that may do everything, but to itself and to the admin, nor delete what is to be kept."""
    everything = {"effect": "allow", "actions": ["*"], "resources": ["*"]}
    made = world.new_token([everything])
    own = [f"service-token/{made['_id']}", "member/*:token/*", f"member/{made['memberId']}"]
    for_good = {"effect": "deny", "actions": ["delete*", "reset*", "update*"], "resources": own}
    place = {"effect": "deny", "actions": ["delete*"], "resources": [*kept]}
    patch = [{"op": "replace", "path": "/inlineRole", "value": [everything, for_good, place]}]
    world.server.client.patch(f"/api/v2/tokens/{made['_id']}", json=patch).raise_for_status()
    return str(made["token"])


def kept(segment: Subject, there: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the resources without which there would soon be nothing to ask for."""
    project = f"proj/{segment['projectKey']}"
    big, small, _ = there["/api/v2/segments segmentKey"]
    segments = [f"{project}:env/*:segment/{key}" for key in (big, small)]
    return ["proj/default", "proj/default:env/*", project, f"{project}:env/*", *segments]


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
    store = world.big_segment_store()
    stores = "/api/v2/integration-capabilities/big-segment-store"
    configurations = [world.integration_configuration() for _ in range(3)]
    return {
        # Before the names that they have elsewhere.
        f"{stores} projectKey": [store["projectKey"]],
        f"{stores} environmentKey": [store["environmentKey"]],
        f"{stores} integrationKey": [store["integrationKey"]],
        **segment_names(world, segment),
        "projectKey": [segment["projectKey"], world.project()["projectKey"], "default"],
        "environmentKey": [segment["environmentKey"], "production", "test"],
        "segmentKey": [segment["segmentKey"]],
        "contextKey": [segment["contextKey"], "nobody"],
        "clientSideId": [segment["environmentId"]],
        "integrationKey": ["rudderstack", "heap-inbound"],
        "kind": ["user"],
        "featureFlagKey": [world.flag(segment)["featureFlagKey"] for _ in range(3)],
        "attributeName": ["email"],
        "integrationId": [store["integrationId"]],
        "integrationConfigurationId": [one["id"] for one in configurations],
        "entryId": [world.audit_entry()["entryId"]],
        "/api/v2/tokens id": [world.token()["id"] for _ in range(3)],
        "/api/v2/members id": [*(world.member()["id"] for _ in range(3)), "me"],
        "/api/v2/roles key": [world.role()["key"] for _ in range(3)],
        "/api/v2/webhooks id": [world.webhook()["id"] for _ in range(3)],
        "/api/v2/account/relay-auto-configs id": [world.relay_proxy()["id"] for _ in range(3)],
    }


def segment_names(world: World, synced: Subject) -> dict[str, list[str]]:
    """Make a big segment and a small one beside a synced one; return what their paths may name."""
    big, small = world.big_segment(synced), world.small_segment(synced)
    path = "/api/v2/segments"
    return {
        f"{path} projectKey": [synced["projectKey"]],
        f"{path} environmentKey": [synced["environmentKey"]],
        f"{path} segmentKey": [one["segmentKey"] for one in (big, small, synced)],
        "userKey": [big["userKey"]],
        "importID": [world.segment_import(big)["importID"]],
        "exportID": [world.segment_export(big)["exportID"]],
    }


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
