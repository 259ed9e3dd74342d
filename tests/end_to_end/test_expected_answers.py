"""What `try` says that a server would answer is what a server does answer."""

import json
from typing import Any

import pytest

from muster.cli.integration.expected_answer import Destination, expect_answer, read_body
from muster.storage.files.catalog import bundled_integrations, read_catalog
from tests.end_to_end.harness import Muster
from tests.end_to_end.partners import MIXPANEL, Cohort, adding, heap, hightouch

CATALOG = read_catalog([bundled_integrations()]).catalog


def bodies(environment: str) -> dict[str, tuple[str, Any]]:
    """Return bodies of every outcome by name, each with the integration that it is of."""
    cohort = Cohort(environment, "expected 1")
    nowhere = Cohort("", "expected 2")
    return {
        "taken": ("hightouch", hightouch(cohort, adding("ann"))),
        "refused": ("hightouch", hightouch(cohort, adding(""))),
        "taken, in the manifest's words": ("heap-inbound", heap(cohort, adding("ann"))),
        "refused, in the manifest's words": ("heap-inbound", heap(cohort, adding(""))),
        "without an environment": ("heap-inbound", heap(nowhere, adding("ann"))),
        "told of the body": ("mixpanel", MIXPANEL(cohort, adding("ann"))),
        "told of a hostile body": ("mixpanel", MIXPANEL(cohort, adding("")) | {"action": '"}'}),
        "without a place for it": ("mixpanel", {"parameters": 5}),
    }


@pytest.mark.parametrize("name", bodies(""))
def test_a_body_is_answered_as_expected(server: Muster, environment: str, name: str) -> None:
    key, body = bodies(environment)[name]
    is_answered_as_expected(server, key, json.dumps(body).encode())


@pytest.mark.parametrize("key", ["hightouch", "heap-inbound", "mixpanel"])
@pytest.mark.parametrize("content", [b"", b"{", b"\xef\xbb\xbf{}", b'"\xff"', b"[]"])
def test_so_is_what_is_no_body(server: Muster, key: str, content: bytes) -> None:
    is_answered_as_expected(server, key, content)


def is_answered_as_expected(server: Muster, key: str, content: bytes) -> None:
    """Send a body, and hold the answer to what is expected."""
    integration = CATALOG.find(key)
    assert integration is not None
    assert integration.parser is not None
    destination = Destination(server.url, "default", "production")
    expected = expect_answer(integration, read_body(integration.parser, content), destination)
    answer = server.client.post(
        f"/api/v2/segment-targets/{key}",
        content=content,
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.content) == (expected.status, expected.content)
