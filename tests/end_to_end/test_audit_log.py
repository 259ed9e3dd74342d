"""The audit log over the REST API: the shapes that clients of LaunchDarkly's API v2 insist on."""

import time

import pytest

from tests.end_to_end.harness import MakeToken, Muster
from tests.end_to_end.rest import Json, check_error, check_fields, get

LOG = "/api/v2/auditlog"
REQUIRED: dict[str, type] = {
    "_links": dict,
    "_id": str,
    "_accountId": str,
    "date": int,
    "accesses": list,
    "kind": str,
    "name": str,
    "description": str,
    "shortDescription": str,
}


@pytest.fixture(scope="module")
def entries(make_token: MakeToken, server: Muster) -> list[Json]:
    """What the log holds when two tokens have been made."""
    make_token("--role", "reader")
    make_token("--role", "writer")
    found: list[Json] = get(server, LOG)["items"]
    return found


def test_entries_have_what_clients_require(entries: list[Json]) -> None:
    for entry in entries:
        check_fields(entry, REQUIRED)
        assert entry["kind"] == "token"
        assert entry["titleVerb"] == "created the token"
        assert [one["action"] for one in entry["accesses"]] == ["createAccessToken"]
    assert entries[0]["date"] >= entries[1]["date"]


def test_one_entry_has_what_was_before_and_after(server: Muster, entries: list[Json]) -> None:
    entry = get(server, f"{LOG}/{entries[0]['_id']}")
    assert entry["previousVersion"] is None
    assert entry["currentVersion"]["role"] == "writer"
    check_error(server.client.get(f"{LOG}/nothing"), 404, "not_found")


def test_a_page_leads_to_the_next_and_to_an_end(server: Muster, entries: list[Json]) -> None:
    seen: list[str] = []
    page = get(server, f"{LOG}?limit=1")
    while page["items"]:
        seen += [one["_id"] for one in page["items"]]
        page = get(server, page["_links"]["next"]["href"])
    assert seen == [one["_id"] for one in entries]


def test_entries_are_searched_by_statements_text_and_specifier(
    server: Muster, entries: list[Json]
) -> None:
    tokens = [{"effect": "allow", "actions": ["create*"], "resources": ["service-token/*"]}]
    projects = [{"effect": "allow", "actions": ["*"], "resources": ["proj/*"]}]
    assert len(server.client.post(LOG, json=tokens).json()["items"]) == len(entries)
    assert server.client.post(LOG, json=projects).json()["items"] == []
    assert len(server.client.post(LOG).json()["items"]) == len(entries)
    assert get(server, f"{LOG}?spec=proj/*")["items"] == []
    assert get(server, f"{LOG}?q=nothing-like-it")["items"] == []
    check_error(server.client.get(f"{LOG}?spec=segment/x"), 400, "invalid_request")
    check_error(server.client.post(LOG, json=[{"effect": "?"}]), 400, "invalid_request")
    check_error(server.client.get(f"{LOG}?limit=21"), 400, "invalid_request")


@pytest.mark.parametrize("path", [LOG, f"{LOG}/counts?after=0"])
@pytest.mark.parametrize("body", [{}, "", False, 0, [{}]], ids=repr)
def test_what_are_no_statements_is_refused(server: Muster, path: str, body: object) -> None:
    check_error(server.client.post(path, json=body), 400, "invalid_request")


def test_entries_are_counted_in_buckets(server: Muster, entries: list[Json]) -> None:
    now = int(time.time() * 1000) + 1000
    counted = server.client.post(
        f"{LOG}/counts", params={"after": now - 3_600_000, "before": now, "buckets": 6}
    ).json()
    assert counted["bucketIntervalMs"] == 600_000
    assert len(counted["buckets"]) == 6
    assert counted["totalCount"] == len(entries) == sum(one["count"] for one in counted["buckets"])
    check_error(
        server.client.post(f"{LOG}/counts", params={"after": now, "before": now}),
        400,
        "invalid_request",
    )


def test_a_token_sees_what_its_policy_lets_it(
    server: Muster, entries: list[Json], make_token: MakeToken
) -> None:
    assert entries
    narrow = make_token("--integration", "hightouch")
    answer = server.client.get(LOG, headers={"Authorization": narrow})
    assert (answer.status_code, answer.json()["items"]) == (200, [])
    check_error(server.client.get(LOG, headers={"Authorization": ""}), 401, "unauthorized")
