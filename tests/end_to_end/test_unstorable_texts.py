"""What no store can hold, NUL and half of a character, is refused or passed over wherever a text is sent."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.end_to_end.authorization_world import GIVES_NOTHING, Subject, World
from tests.end_to_end.harness import Muster, quote
from tests.end_to_end.rest import check_error

Json = Any

PLACE = "/api/v2/projects/default/environments/production"
STORES = "/api/v2/integration-capabilities/big-segment-store/default/production/redis"
CONFIGURATIONS = "/api/v2/integration-configurations/keys/rudderstack"
URL = "https://hooks.example.com/muster"
NUL, HALF = "a\0b", "a\ud800b"


@pytest.fixture(scope="module")
def things(server: Muster) -> Iterator[Subject]:
    """What is changed below, by name."""
    with httpx.Client(base_url=server.url) as client:
        world = World(server, client)
        yield {
            "role": f"/api/v2/roles/{world.role()['key']}",
            "token": f"/api/v2/tokens/{world.token()['id']}",
            "webhook": f"/api/v2/webhooks/{world.webhook()['id']}",
            "relay": f"/api/v2/account/relay-auto-configs/{world.relay_proxy()['id']}",
            "member": f"/api/v2/members/{world.member()['id']}",
        }


def statement(resource: str) -> Json:
    return {"effect": "allow", "actions": ["*"], "resources": [resource]}


@pytest.mark.parametrize("text", [NUL, HALF], ids=["NUL", "half a character"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v2/roles", {"key": "r", "name": "n", "policy": [], "description": "@"}),
        ("POST", "/api/v2/tokens", {"name": "n", "role": "reader", "description": "@"}),
        ("POST", "/api/v2/tokens", {"name": "n", "customRoleIds": ["@"]}),
        ("POST", "/api/v2/members", [{"email": "a@example.com", "customRoles": ["@"]}]),
        (
            "PATCH",
            "/api/v2/members",
            {
                "instructions": [
                    {"kind": "replaceMembersRoles", "value": "reader", "memberIDs": ["0" * 24]}
                ],
                "comment": "@",
            },
        ),
        ("POST", "/api/v2/webhooks", {"url": URL, "sign": True, "on": True, "name": "@"}),
        ("POST", "/api/v2/webhooks", {"url": f"{URL}/@", "sign": True, "on": True}),
        ("POST", "/api/v2/webhooks", {"url": URL, "sign": True, "on": True, "secret": "@"}),
        ("POST", "/api/v2/webhooks", {"url": URL, "sign": True, "on": True, "tags": ["@"]}),
        (
            "POST",
            "/api/v2/webhooks",
            {"url": URL, "sign": True, "on": True, "statements": [statement("proj/@")]},
        ),
        ("POST", "/api/v2/account/relay-auto-configs", {"name": "@", "policy": GIVES_NOTHING}),
        ("POST", STORES, {"config": {"host": "@"}}),
        ("POST", STORES, {"config": {"host": "h"}, "name": "@"}),
        ("POST", STORES, {"config": {"host": "h", "@": "x"}}),
        ("POST", CONFIGURATIONS, {"name": "@", "configValues": {}}),
        ("POST", CONFIGURATIONS, {"name": "n", "configValues": {"@": "x"}}),
        ("PUT", "/api/v2/projects/default/context-kinds/k", {"name": "@"}),
        ("PUT", "/api/v2/projects/default/context-kinds/k", {"name": "n", "description": "@"}),
        ("POST", f"{PLACE}/contexts/search", {"filter": 'key equals "@"'}),
        ("POST", f"{PLACE}/contexts/search", {"continuationToken": "@"}),
        ("POST", f"{PLACE}/contexts/search", {"sort": "@"}),
        ("POST", f"{PLACE}/flags/evaluate", {"kind": "@", "key": "ada"}),
        ("POST", f"{PLACE}/flags/evaluate", {"kind": "multi", "@": {"key": "ada"}}),
        ("POST", "/api/v2/auditlog", [statement("proj/@")]),
        ("PATCH", "role", {"patch": [], "comment": "@"}),
        ("PATCH", "role", {"description": "@"}),
        ("PATCH", "token", [{"op": "replace", "path": "/description", "value": "@"}]),
        ("PATCH", "member", [{"op": "replace", "path": "/firstName", "value": "@"}]),
        ("PATCH", "webhook", {"secret": "@"}),
        ("PATCH", "webhook", [{"op": "@", "path": "/name", "value": "x"}]),
        ("PATCH", "webhook", [{"op": "replace", "path": "/@", "value": "x"}]),
        ("PATCH", "relay", {"@": "x"}),
    ],
)
def test_such_a_text_in_a_body_is_refused(
    method: str, path: str, body: Json, text: str, things: Subject, server: Muster
) -> None:
    sent = json.dumps(_put_in(body, text))  # escaped, as httpx would not send it
    answer = server.client.request(
        method,
        things.get(path, path),
        content=sent,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in (400, 422), answer.text
    code = "invalid_request" if answer.status_code == 400 else "unprocessable_entity"
    check_error(answer, answer.status_code, code)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v2/roles/@", 404),
        ("/api/v2/webhooks/@", 404),
        ("/api/v2/account/relay-auto-configs/@", 404),
        ("/api/v2/integration-configurations/@", 404),
        ("/api/v2/integration-configurations/keys/@", 404),
        (f"{STORES}/@", 404),
        (f"{PLACE}/context-attributes/@?filter=kind equals user", 200),
        (f"{PLACE}/contexts/user/@", 200),
        (f"{PLACE}/contexts/user/ada?filter=applicationId equals @", 200),
        ("/api/v2/tags?pre=@", 200),
        ("/api/v2/tags?kind=@", 400),
        ("/api/v2/members?filter=query:@", 200),
        ("/api/v2/members?sort=@", 400),
        ("/api/v2/members?expand=@", 200),
    ],
)
def test_a_nul_in_an_address_finds_nothing(path: str, status: int, server: Muster) -> None:
    answer = server.client.get(path.replace("@", quote(NUL)))
    assert answer.status_code == status, answer.text


def _put_in(part: Json, text: str) -> Json:
    """Return a body with the text in the place of each `@` but those of e-mail addresses."""
    if isinstance(part, str):
        return part if part.endswith("@example.com") else part.replace("@", text)
    if isinstance(part, list):
        return [_put_in(one, text) for one in part]
    if isinstance(part, dict):
        return {_put_in(name, text): _put_in(one, text) for name, one in part.items()}
    return part
