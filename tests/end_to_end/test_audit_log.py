"""The audit log over the REST API: the shapes that clients of LaunchDarkly's API v2 insist on."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from launchdarkly_api.api.audit_log_api import AuditLogApi

from muster.storage.sql.audit import SqlAuditLog
from muster.storage.sql.engine import open_engine
from tests.end_to_end.harness import TOKEN, MakeToken, Muster
from tests.end_to_end.official_client import client
from tests.end_to_end.rest import Json, check_error, check_fields, get
from tests.storage.sql.things import an_entry

LOG = "/api/v2/auditlog"
CROWDED_AT: Final = datetime(2027, 1, 31, 12, tzinfo=UTC)
CROWD: Final = 250
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
    seen = [one["_id"] for one in follow(server, f"{LOG}?limit=1")]
    assert seen == [one["_id"] for one in entries]


def follow(server: Muster, path: str) -> list[Json]:
    """Return all that a page and those that its links lead to have."""
    found: list[Json] = []
    while path:
        page = get(server, path)
        found += page["items"]
        path = page["_links"].get("next", {}).get("href", "")
    return found


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


@pytest.fixture(scope="module")
def crowd(server: Muster, entries: list[Json]) -> list[str]:
    """The ids of more entries than a page has: all in one millisecond, but for the first and the last.

    They come newest first; `entries` were written, and counted, before.
    """
    assert entries
    micros = [-1, *(number % 7 for number in range(CROWD)), 1000]
    made = [
        an_entry(name=f"crowd {number % 2}", at=CROWDED_AT + timedelta(microseconds=at))
        for number, at in enumerate(micros)
    ]
    engine = open_engine(f"sqlite:///{server.data_dir / 'muster.db'}")
    try:
        for entry in made:
            SqlAuditLog(engine).append_entry(entry)
    finally:
        engine.dispose()
    return [one.id for one in sorted(made, key=lambda one: one.position, reverse=True)]


class TestManyInOneMillisecond:
    @pytest.mark.parametrize("limit", [1, 7, 20])
    def test_links_lead_to_each_once_in_order(
        self, server: Muster, crowd: list[str], limit: int
    ) -> None:
        found = follow(server, f"{LOG}?q=crowd&limit={limit}")
        assert [one["_id"] for one in found] == crowd

    def test_a_link_keeps_what_was_asked(self, server: Muster, crowd: list[str]) -> None:
        after = int(CROWDED_AT.timestamp() * 1000)
        spec = "proj/shop:env/*:segment/*"
        page = get(server, f"{LOG}?q=crowd+1&limit=3&after={after}&spec={spec}")
        asked = parse_qs(urlsplit(page["_links"]["next"]["href"]).query)
        kept = {"q": ["crowd 1"], "limit": ["3"], "after": [str(after)], "spec": [spec]}
        assert {**asked, **kept} == asked
        found = follow(server, f"{LOG}?q=crowd+1&limit=3&after={after}&spec={spec}")
        assert {one["name"] for one in found} == {"crowd 1"}
        assert len(found) == len(crowd) // 2

    def test_a_client_that_knows_only_before_skips_none_of_a_hundred(
        self, server: Muster, crowd: list[str]
    ) -> None:
        """As users of the official client read on."""
        audit = AuditLogApi(client(server, TOKEN))
        found: list[str] = []
        query: dict[str, Any] = {"after": int(CROWDED_AT.timestamp() * 1000)}
        while page := audit.get_audit_log_entries(q="crowd 1", limit=20, **query).items:
            found += [one.id for one in page]
            query["before"] = page[-1].var_date
        # One is of the millisecond after; of the others, those that a page has room for.
        assert found == [one for one in crowd if one in {*found}]
        assert len(found) == 1 + 20 - 1 + 100

    def test_a_cursor_of_no_link_is_refused(self, server: Muster) -> None:
        for cursor in ("x", "1-2", f"{10**18 - 1}-{'0' * 24}", "", f"-1-{'0' * 24}"):
            check_error(
                server.client.get(LOG, params={"cursor": cursor}), 400, "invalid_request", "cursor"
            )


def test_entries_are_chosen_by_who_made_the_change(server: Muster, entries: list[Json]) -> None:
    audit = AuditLogApi(client(server, TOKEN))
    me = get(server, "/api/v2/members/me")["_id"]
    made = server.client.post("/api/v2/tokens", json={"name": "of mine", "role": "reader"}).json()
    assert made["memberId"] == me
    [entry] = audit.get_audit_log_entries(member=me, q="of mine").items
    assert entry.token is not None
    assert audit.get_audit_log_entries(token=entry.token.id, q="of mine").items == [entry]
    assert audit.get_audit_log_entries(member="0" * 24).items == []
    both = server.client.get(LOG, params={"member": ["0" * 24, me], "q": "of mine"}).json()
    assert [one["_id"] for one in both["items"]] == [entry.id]
