"""What partners hear: answers in JSON where a manifest has them, and Segment's connection test."""

from dataclasses import replace

import httpx
import pytest

from tests.end_to_end.harness import Muster, quote
from tests.end_to_end.partners import MIXPANEL, Cohort, accept, adding, heap, segment, sync

SEGMENT_HEADERS = {"LD-API-Version": "20240415", "User-Agent": "SegmentSyncAudiences/1.1.0"}


class TestAnswersInJson:
    """What the partners are answered whose manifests have a jsonResponseBody."""

    def test_heap_hears_which_segment_it_wrote(self, server: Muster, environment: str) -> None:
        body = heap(Cohort(environment, "json/1"), adding("ann"))
        before = server.segments().keys()
        answer = server.push("heap-inbound", body)
        (key,) = server.segments().keys() - before
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert answer.json() == {
            "projectId": "default",
            "environmentId": "production",
            "segmentId": key,
            "segmentUrl": f"{server.url}/default/production/segments/{key}",
            "status": "success",
        }

    def test_heap_hears_why_it_failed(self, server: Muster, environment: str) -> None:
        body = heap(Cohort(environment, "json-2"), adding("ann", "", "bob"))
        answer = server.push("heap-inbound", body)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
        said = answer.json()
        assert said["status"] == "failure"
        assert said["segmentId"] == "heap-inbound-json-2"
        assert said["error"]["code"] == 400
        assert said["error"]["message"].startswith("/heap/data/add/1/id: found an empty string")
        assert "heap-inbound-json-2" not in server.segments()

    def test_mixpanel_hears_its_action(self, server: Muster, environment: str) -> None:
        body = MIXPANEL(Cohort(environment, "json"), adding("ann"))
        for action in ("members", "add_members", "remove_members"):
            answer = server.push("mixpanel", body | {"action": action})
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
            assert answer.json() == {"action": action, "status": "success"}

    def test_mixpanel_hears_of_a_conflict(self, server: Muster, environment: str) -> None:
        cohort = Cohort(environment, "json-conflict")
        sync(server, "mixpanel", cohort, adding("ann"))
        answer = server.push("mixpanel", MIXPANEL(replace(cohort, kind="user"), adding("bob")))
        assert (answer.status_code, answer.headers["content-type"]) == (409, "application/json")
        said = answer.json()
        assert (said["action"], said["status"]) == ("members", "failure")
        assert said["error"]["code"] == 409
        assert "kind device" in said["error"]["message"]
        assert server.count("mixpanel-json-conflict") == 1

    @pytest.mark.parametrize("integration", ["heap-inbound", "mixpanel"])
    @pytest.mark.parametrize(
        ("content", "media_type", "status"),
        [
            (b"{", "application/json", 400),
            (b"", "application/json", 400),
            (b"{}", "text/plain", 415),
        ],
    )
    def test_a_body_that_can_not_be_read(
        self, server: Muster, integration: str, content: bytes, media_type: str, status: int
    ) -> None:
        headers = {"Content-Type": media_type}
        path = f"/api/v2/segment-targets/{integration}"
        answer = server.client.post(path, content=content, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
        said = answer.json()
        assert said["status"] == "failure"
        assert said["error"]["code"] == status
        assert said["error"]["message"]

    @pytest.mark.parametrize(
        "hostile",
        ['", "status": "forged", "x": "', "\\", "{{statusCode}}", "</script>", "\n\u2028"],
    )
    def test_a_hostile_value_adds_nothing(
        self, server: Muster, environment: str, hostile: str
    ) -> None:
        body = MIXPANEL(Cohort(environment, "json-hostile"), adding("ann"))
        answer = server.push("mixpanel", body | {"action": hostile})
        assert answer.json() == {"action": hostile, "status": "success"}


class TestSegmentsConnectionTest:
    """What Segment's destination asks before it sends anything."""

    def test_the_client_side_id(self, server: Muster, environment: str) -> None:
        with httpx.Client(base_url=server.url, headers=SEGMENT_HEADERS) as anyone:
            for method in ("HEAD", "GET"):
                found = anyone.request(method, f"/sdk/goals/{environment}")
                assert found.status_code == 200
                assert found.headers["content-type"] == "application/json"
                for unknown in ("0" * 24, environment.upper() + "0", "production", quote("a/b")):
                    assert anyone.request(method, f"/sdk/goals/{unknown}").status_code == 404
            assert anyone.head(f"/sdk/goals/{environment}").content == b""

    def test_the_token(self, server: Muster) -> None:
        found = server.client.get("/api/v2/versions", headers=SEGMENT_HEADERS)
        assert found.status_code == 200
        said = found.json()
        assert said["currentVersion"] == said["latestVersion"] == 20240415
        assert 20240415 in said["validVersions"]
        with httpx.Client(base_url=server.url, headers=SEGMENT_HEADERS) as anyone:
            for headers in ({}, {"Authorization": "api-00000000-0000-0000-0000-000000000000"}):
                refused = anyone.get("/api/v2/versions", headers=headers)
                assert refused.status_code == 401
                assert refused.json().keys() == {"code", "message", "id"}
                assert refused.json()["code"] == "unauthorized"

    def test_then_it_sends_with_the_same_headers(self, server: Muster, environment: str) -> None:
        body = segment(Cohort(environment, "tested"), adding("ann"))
        accept(server.push("segment-audiences", body, headers=SEGMENT_HEADERS), "segment-audiences")
        assert server.count("segment-audiences-tested") == 1
