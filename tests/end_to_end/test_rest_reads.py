"""Reading over the REST API: the shapes that clients of LaunchDarkly's API v2 insist on."""

import json
import re
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.end_to_end.harness import MakeToken, Muster
from tests.end_to_end.rest import (
    ENVIRONMENTS,
    SEGMENTS,
    Json,
    check_error,
    check_fields,
    check_link,
    get,
    push,
)

STARTED_MS = int(time.time() * 1000)

REQUIRED_OF_ENVIRONMENT: dict[str, type] = {
    "_links": dict,
    "_id": str,
    "key": str,
    "name": str,
    "apiKey": str,
    "mobileKey": str,
    "color": str,
    "defaultTtl": int,
    "secureMode": bool,
    "defaultTrackEvents": bool,
    "requireComments": bool,
    "confirmChanges": bool,
    "tags": list,
    "critical": bool,
}
REQUIRED_OF_SEGMENT: dict[str, type] = {
    "name": str,
    "key": str,
    "tags": list,
    "creationDate": int,
    "lastModifiedDate": int,
    "_links": dict,
    "rules": list,
    "version": int,
    "deleted": bool,
    "generation": int,
}
SHOWN_OF_SYNCED_SEGMENT: dict[str, type] = {
    "description": str,
    "unbounded": bool,
    "unboundedContextKind": str,
    "_unboundedMetadata": dict,
    "_external": str,
    "_externalLink": str,
}
SHOWN_OF_METADATA: dict[str, type] = {
    "envId": str,
    "segmentId": str,
    "version": int,
    "includedCount": int,
    "excludedCount": int,
    "lastModified": int,
    "deleted": bool,
}


@pytest.fixture(scope="module")
def environment(server: Muster) -> str:
    """The client-side ID of `production`, which holds seven cohorts of 1, 2, ... 7 members."""
    for number in range(1, 8):
        push(server, server.environment_id(), f"c{number}", *(f"user-{n}" for n in range(number)))
    return server.environment_id()


class TestEnvironments:
    """`GET /api/v2/projects/{P}/environments`."""

    def test_the_shape(self, server: Muster) -> None:
        found = get(server, ENVIRONMENTS)
        assert found["totalCount"] == 2
        assert [one["key"] for one in found["items"]] == ["production", "test"]
        for one in found["items"]:
            check_fields(one, REQUIRED_OF_ENVIRONMENT)
            own = f"{ENVIRONMENTS}/{one['key']}"
            check_link(one["_links"]["self"], own)
            check_link(one["_links"]["apiKey"], f"{own}/apiKey")
            check_link(one["_links"]["mobileKey"], f"{own}/mobileKey")
            assert re.fullmatch(r"[0-9a-f]{24}", one["_id"])
            assert re.fullmatch(r"sdk-[0-9a-f-]{36}", one["apiKey"])
            assert re.fullmatch(r"mob-[0-9a-f-]{36}", one["mobileKey"])
            assert re.fullmatch(r"[0-9A-Fa-f]{6}", one["color"])
        keys = [one[name] for one in found["items"] for name in ("_id", "apiKey", "mobileKey")]
        assert len(set(keys)) == 6

    def test_pages(self, server: Muster) -> None:
        first = get(server, f"{ENVIRONMENTS}?limit=1")
        assert [one["key"] for one in first["items"]] == ["production"]
        assert first["totalCount"] == 2
        assert first["_links"].keys() == {"self", "next", "last"}
        check_link(first["_links"]["self"], f"{ENVIRONMENTS}?limit=1")
        check_link(first["_links"]["next"], f"{ENVIRONMENTS}?limit=1&offset=1")
        check_link(first["_links"]["last"], f"{ENVIRONMENTS}?limit=1&offset=1")
        second = get(server, first["_links"]["next"]["href"])
        assert [one["key"] for one in second["items"]] == ["test"]
        assert second["_links"].keys() == {"self", "first", "prev"}
        check_link(second["_links"]["self"], f"{ENVIRONMENTS}?limit=1&offset=1")
        check_link(second["_links"]["first"], f"{ENVIRONMENTS}?limit=1")
        check_link(second["_links"]["prev"], f"{ENVIRONMENTS}?limit=1")


@pytest.mark.usefixtures("environment")
class TestSegments:
    """`GET /api/v2/segments/{P}/{E}`."""

    def test_the_shape(self, server: Muster, environment: str) -> None:
        found = get(server, f"{SEGMENTS}?limit=1000")
        assert found["totalCount"] == len(found["items"]) >= 7
        assert found["_links"].keys() == {"self"}
        for one in found["items"]:
            check_fields(one, REQUIRED_OF_SEGMENT | SHOWN_OF_SYNCED_SEGMENT)
            check_fields(one["_unboundedMetadata"], SHOWN_OF_METADATA)
            assert one["_unboundedMetadata"]["envId"] == environment
        counts = {one["key"]: one["_unboundedMetadata"]["includedCount"] for one in found["items"]}
        for number in range(1, 8):
            assert counts[f"rudderstack-c{number}"] == number

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 20])
    def test_pages_lead_to_each_segment_once(self, server: Muster, limit: int) -> None:
        everything = get(server, f"{SEGMENTS}?limit=1000")
        expected = [one["key"] for one in everything["items"]]
        pages = list(follow(server, f"{SEGMENTS}?limit={limit}", "next"))
        assert [one["key"] for page in pages for one in page["items"]] == expected
        assert {page["totalCount"] for page in pages} == {len(expected)}
        assert "first" not in pages[0]["_links"]
        assert "prev" not in pages[0]["_links"]
        assert "last" not in pages[-1]["_links"]
        if len(pages) > 1:
            last = get(server, pages[0]["_links"]["last"]["href"])
            assert last == pages[-1]
            assert get(server, pages[-1]["_links"]["first"]["href"]) == pages[0]
            back = list(follow(server, pages[-1]["_links"]["self"]["href"], "prev"))
            assert back[::-1] == pages

    def test_twenty_are_a_page_unless_another_limit_is_given(self, server: Muster) -> None:
        environment = server.environment_id("test")
        for number in range(23):
            push(server, environment, f"many-{number}", "ann")
        page = get(server, "/api/v2/segments/default/test")
        assert (len(page["items"]), page["totalCount"]) == (20, 23)
        assert {"next", "last"} <= page["_links"].keys()

    def test_a_page_past_the_end_is_empty(self, server: Muster) -> None:
        page = get(server, f"{SEGMENTS}?limit=5&offset=500")
        assert page["items"] == []
        assert page["_links"].keys() == {"self", "first", "prev"}

    @pytest.mark.parametrize("path", [ENVIRONMENTS, SEGMENTS])
    @pytest.mark.parametrize(
        "query",
        [
            *("limit=0", "limit=-1", "limit=1001", "limit=x", "limit="),
            *("offset=-1", "offset=1.5", f"offset={10**20}"),
        ],
    )
    def test_pages_that_can_not_be(self, server: Muster, path: str, query: str) -> None:
        answer = server.client.get(f"{path}?{query}")
        check_error(answer, 400, "invalid_request", query.partition("=")[0])

    def test_fields_that_are_unknown_are_ignored(self, server: Muster) -> None:
        assert get(server, f"{SEGMENTS}?limit=2&colour=red")["items"]


@pytest.mark.usefixtures("environment")
class TestSegment:
    """`GET /api/v2/segments/{P}/{E}/{S}`."""

    def test_the_shape(self, server: Muster, environment: str) -> None:
        found = get(server, f"{SEGMENTS}/rudderstack-c3")
        check_fields(found, REQUIRED_OF_SEGMENT | SHOWN_OF_SYNCED_SEGMENT)
        check_fields(found["_unboundedMetadata"], SHOWN_OF_METADATA)
        check_link(found["_links"]["parent"], SEGMENTS)
        check_link(found["_links"]["self"], f"{SEGMENTS}/rudderstack-c3")
        site = "/default/production/segments/rudderstack-c3"
        check_link(found["_links"]["site"], site, "text/html")
        assert found["key"] == "rudderstack-c3"
        assert found["name"] == "Cohort c3"
        assert found["rules"] == found["tags"] == []
        assert found["deleted"] is False
        assert found["generation"] == 1
        assert found["unbounded"] is True
        assert found["unboundedContextKind"] == "device"
        assert found.get("included", []) == found.get("excluded", []) == []
        assert found["_external"] == "rudderstack"
        assert found["_externalLink"] == "https://cohorts.example.com/c3"
        metadata = found["_unboundedMetadata"]
        assert metadata["envId"] == environment
        assert re.fullmatch(r"[0-9a-f]{24}", metadata["segmentId"])
        assert (metadata["includedCount"], metadata["excludedCount"]) == (3, 0)
        # Lists do not tell which flags use a segment.
        assert found.pop("_flags") == []
        assert found in get(server, f"{SEGMENTS}?limit=1000")["items"]

    def test_versions_and_times_move_with_the_members(
        self, server: Muster, environment: str
    ) -> None:
        push(server, environment, "moving", "ann")
        first = get(server, f"{SEGMENTS}/rudderstack-moving")
        time.sleep(0.005)
        push(server, environment, "moving", "ann")
        again = get(server, f"{SEGMENTS}/rudderstack-moving")
        synced = [one["_muster"]["members"].pop("lastSynced") for one in (first, again)]
        assert again == first
        assert synced[0] < synced[1]
        push(server, environment, "moving", "bob")
        second = get(server, f"{SEGMENTS}/rudderstack-moving")
        assert STARTED_MS <= first["creationDate"] <= first["lastModifiedDate"]
        assert second["creationDate"] == first["creationDate"]
        assert first["lastModifiedDate"] < second["lastModifiedDate"] <= time.time() * 1000
        assert second["version"] > first["version"]
        metadata = second["_unboundedMetadata"]
        assert metadata["version"] > first["_unboundedMetadata"]["version"]
        assert metadata["segmentId"] == first["_unboundedMetadata"]["segmentId"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/api/v2/projects/nowhere/environments", "no project 'nowhere'"),
        ("/api/v2/projects/DEFAULT/environments", "no project 'DEFAULT'"),
        ("/api/v2/projects/a%2Fb/environments", "no project 'a/b'"),
        ("/api/v2/segments/nowhere/production", "no project 'nowhere'"),
        ("/api/v2/segments/default/nowhere", "no environment 'nowhere'"),
        ("/api/v2/segments/default/nowhere/rudderstack-c1", "no environment 'nowhere'"),
        (f"{SEGMENTS}/nowhere", "no segment 'nowhere'"),
        (f"{SEGMENTS}/RUDDERSTACK-c1", "no segment 'RUDDERSTACK-c1'"),
        (f"{SEGMENTS}/%00", "no segment"),
        (f"{SEGMENTS}/{'s' * 5000}", "no segment"),
        (f"{SEGMENTS}/nowhere/contexts/user-0", "no segment 'nowhere'"),
        ("/api/v2/segments/default/test/rudderstack-c1", "no segment 'rudderstack-c1'"),
        (f"{SEGMENTS}/rudderstack-c1/contexts/a/b", "nothing at this path"),
        (f"{SEGMENTS}/rudderstack-c1/nothing", "nothing at this path"),
    ],
)
def test_what_is_not_there(server: Muster, environment: str, path: str, said: str) -> None:
    answer = server.client.get(path)
    check_error(answer, 404, "not_found", said)
    assert len(answer.content) < 700


READS = [
    ENVIRONMENTS,
    SEGMENTS,
    f"{SEGMENTS}/rudderstack-c1",
    f"{SEGMENTS}/rudderstack-c1/contexts/user-0",
]


@pytest.mark.usefixtures("environment")
class TestWhoMayRead:
    """A token that may view the project; to all others it is not there."""

    def test_readers(self, server: Muster, make_token: MakeToken) -> None:
        views = [
            {"effect": "allow", "actions": ["viewProject"], "resources": ["proj/default"]},
            {"effect": "allow", "actions": ["viewSdkKey"], "resources": ["proj/default:env/*"]},
        ]
        for flags in (("--role", "reader"), ("--policy", json.dumps(views))):
            headers = {"Authorization": make_token(*flags)}
            for path in READS:
                assert server.client.get(path, headers=headers).json() == get(server, path)

    def test_a_token_that_may_not_view_the_project(
        self, server: Muster, make_token: MakeToken
    ) -> None:
        actions = ["createSegment", "updateIncluded"]
        resources = ["proj/*:env/*:segment/*"]
        syncs = [{"effect": "allow", "actions": actions, "resources": resources}]
        headers = {"Authorization": make_token("--policy", json.dumps(syncs))}
        assert server.client.get("/api/v2/versions", headers=headers).status_code == 200
        for path in READS:
            answer = server.client.get(path, headers=headers)
            check_error(answer, 404, "not_found", "no project 'default'", "not yours to view")
            unknown = server.client.get(path.replace("default", "nowhere"), headers=headers)
            said = unknown.json()["message"].replace("nowhere", "default")
            assert said == answer.json()["message"]

    @pytest.mark.parametrize("path", [*READS, "/api/v2/versions", f"{SEGMENTS}/nowhere"])
    def test_strangers(self, server: Muster, path: str) -> None:
        sdk_key = get(server, ENVIRONMENTS)["items"][0]["apiKey"]
        with httpx.Client(base_url=server.url) as anyone:
            for headers in ({}, {"Authorization": "api-x"}, {"Authorization": sdk_key}):
                answer = anyone.get(path, headers=headers)
                check_error(answer, 401, "unauthorized", "token")
                assert sdk_key not in answer.text


def test_the_openapi_document_lists_what_can_be_read(server: Muster) -> None:
    with httpx.Client(base_url=server.url, timeout=60) as anyone:
        document = anyone.get("/api/v2/openapi.json").raise_for_status().json()
    segment = "/api/v2/segments/{projectKey}/{environmentKey}/{segmentKey}"
    assert document["paths"].keys() >= {
        "/api/v2/versions",
        "/api/v2/projects/{projectKey}/environments",
        "/api/v2/segments/{projectKey}/{environmentKey}",
        segment,
        f"{segment}/contexts/{{contextKey}}",
    }
    assert "ApiKey" in document["components"]["securitySchemes"]


def follow(server: Muster, href: str, name: str) -> Iterator[Json]:
    """Yield a page, and those that its links of a name lead to, one after the other."""
    for _ in range(1000):
        page = get(server, href)
        yield page
        if name not in page["_links"]:
            return
        href = page["_links"][name]["href"]
    raise AssertionError("the links lead in a circle")
