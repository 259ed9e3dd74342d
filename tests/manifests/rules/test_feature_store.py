"""Feature stores whose requests are signed for Akamai's EdgeGrid."""

from typing import Any

import pytest

from muster.manifests.rules.rule import Example
from tests.manifests.rules.findings_of import findings_of

VALUES = (
    "hostname network namespaceId groupId _featureStoreKey clientSecret clientToken accessToken"
)
STORE = "/capabilities/featureStore"


def request(method: str, signature: str | None) -> dict[str, Any]:
    headers = [] if signature is None else [{"name": "Authorization", "value": signature}]
    url = "https://{{hostname}}/items"
    return {"endpoint": {"url": url, "method": method, "headers": headers}}


def signed(method: str, path: str = "/items") -> str:
    return f"{{{{edgeGridAuth '{method}' '{path}' {VALUES}}}}}"


def with_store(validation: Any, store: Any) -> Example:
    capability = {
        "formVariables": [],
        "validationRequest": validation and {**validation, "parser": {"success": "/ok"}},
        "featureStoreRequest": store,
    }
    return Example({"capabilities": {"featureStore": capability}})


def test_a_store_that_signs_nothing_is_free() -> None:
    assert not findings_of("feature-store/", with_store(None, request("POST", "Bearer {{token}}")))


@pytest.mark.parametrize(
    ("validation", "pointer"),
    [
        (None, STORE),
        (request("GET", None), f"{STORE}/validationRequest/endpoint"),
        (request("GET", signed("PUT")), f"{STORE}/validationRequest/endpoint/headers/0/value"),
        (request("GET", signed("GET", "/")), f"{STORE}/validationRequest/endpoint/headers/0/value"),
        (request("POST", signed("POST")), f"{STORE}/validationRequest/endpoint/method"),
    ],
)
def test_both_requests_are_signed_as_they_are_sent(validation: Any, pointer: str) -> None:
    [finding] = findings_of("feature-store/", with_store(validation, request("PUT", signed("PUT"))))
    assert finding.pointer == pointer
