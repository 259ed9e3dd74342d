"""What Heap and Mixpanel are answered: the JSON that they read."""

import json
from typing import Any

import pytest

from muster.payloads.response import ResponseValues
from muster.storage.files.catalog import bundled_integrations, read_catalog

CATALOG = read_catalog([bundled_integrations()]).catalog
HOSTILE = '", "status": "success", "x": "\\ </script> {{statusCode}}'


def answer(key: str, body: Any, status: int = 200, error: str = "") -> Any:
    """Return what an integration's partner is answered, decoded."""
    integration = CATALOG.find(key)
    assert integration is not None
    assert integration.response_template is not None
    values = ResponseValues(
        request_body=body,
        status_code=status,
        error_message=error,
        project_key="default",
        environment_key="production",
        segment_key=f"{key}-vip",
        segment_url=f"https://muster.example.com/default/production/segments/{key}-vip?a=1&b=2",
    )
    return json.loads(integration.response_template.render(values))


def test_mixpanel_hears_its_action_and_that_it_succeeded() -> None:
    assert answer("mixpanel", {"action": "add_members"}) == {
        "action": "add_members",
        "status": "success",
    }


def test_mixpanel_hears_why_it_failed() -> None:
    assert answer("mixpanel", {"action": "add_members"}, 400, "No members.") == {
        "action": "add_members",
        "status": "failure",
        "error": {"message": "No members.", "code": 400},
    }


def test_heap_hears_which_segment_it_wrote() -> None:
    assert answer("heap-inbound", {}) == {
        "projectId": "default",
        "environmentId": "production",
        "segmentId": "heap-inbound-vip",
        "segmentUrl": "https://muster.example.com/default/production/segments/heap-inbound-vip?a=1&b=2",
        "status": "success",
    }


def test_heap_hears_why_it_failed() -> None:
    failed = answer("heap-inbound", {}, 409, 'The segment "vip" exists.')
    assert failed["status"] == "failure"
    assert failed["error"] == {"message": 'The segment "vip" exists.', "code": 409}


@pytest.mark.parametrize("key", ["mixpanel", "heap-inbound"])
def test_a_hostile_value_adds_nothing(key: str) -> None:
    failed = answer(key, {"action": HOSTILE}, 400, HOSTILE)
    assert failed["status"] == "failure"
    assert failed["error"] == {"message": HOSTILE, "code": 400}
    assert "x" not in failed


@pytest.mark.parametrize("body", [None, [], "text", {"action": None}, {"action": {"a": [1]}}])
def test_a_body_without_an_action_is_answered_all_the_same(body: Any) -> None:
    assert answer("mixpanel", body, 400, "Unreadable.")["status"] == "failure"
