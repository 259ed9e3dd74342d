"""What answers have on request, or to a key, is in the published document: nothing else, and of its type."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.closed_schemas import closed
from tests.end_to_end.authorization_world import World
from tests.end_to_end.harness import Muster

Json = Any


@pytest.fixture(scope="module")
def document(server: Muster) -> Json:
    """The published document, whose answers take no field that it does not describe."""
    return closed(server.client.get("/api/v2/openapi.json").raise_for_status().json())


@pytest.fixture(scope="module")
def made(server: Muster) -> Iterator[dict[str, str]]:
    """One of each thing, by the name of its parameter."""
    with httpx.Client(base_url=server.url) as client:
        world = World(server, client)
        role = world.role()["key"]
        member = world.member()["id"]
        give = [{"op": "replace", "path": "/customRoles", "value": [role]}]
        server.client.patch(f"/api/v2/members/{member}", json=give).raise_for_status()
        yield {**world.environment(), "role": role, "token": world.token()["id"], "member": member}


@pytest.mark.parametrize(
    ("path", "asked", "shown"),
    [
        ("/api/v2/projects", "?expand=access,environments", ("items", 0, "_access")),
        ("/api/v2/projects/{projectKey}", "?expand=access,environments", ("environments", "items")),
        (
            "/api/v2/projects/{projectKey}/environments",
            "?expand=access",
            ("items", 0, "_access", "allowed", 0),
        ),
        (
            "/api/v2/projects/{projectKey}/environments/{environmentKey}",
            "?expand=access",
            ("_access",),
        ),
        ("/api/v2/roles", "?expand=access", ("items", 0, "_access")),
        ("/api/v2/roles/{role}", "?expand=access", ("_access", "allowed", 0)),
        ("/api/v2/tokens", "?expand=access", ("items", 0, "_access")),
        ("/api/v2/tokens/{token}", "?expand=access", ("_access",)),
        ("/api/v2/members", "?expand=access,customRoles", ("items", 0, "customRolesInfo")),
        (
            "/api/v2/members/{member}",
            "?expand=access,customRoles,roleAttributes",
            ("customRolesInfo", 0, "key"),
        ),
        ("/api/v2/auditlog", "?expand=versions", ("items", 0, "currentVersion")),
    ],
)
def test_what_is_shown_on_request(
    path: str,
    asked: str,
    shown: tuple[str | int, ...],
    server: Muster,
    document: Json,
    made: dict[str, str],
) -> None:
    answer = server.client.get(path.format_map(made) + asked).raise_for_status().json()
    check(document, path, answer)
    for step in shown:
        answer = answer[step]
    assert answer is not None


@pytest.mark.parametrize("key", ["apiKey", "mobileKey"])
def test_what_a_key_is_told(key: str, server: Muster, document: Json, made: dict[str, str]) -> None:
    place = f"/api/v2/projects/{made['projectKey']}/environments/{made['environmentKey']}"
    credential = server.client.get(place).raise_for_status().json()[key]
    answer = httpx.get(
        f"{server.url}/api/v2/caller-identity", headers={"Authorization": credential}
    )
    assert answer.raise_for_status().json()["environmentId"] == made["environmentId"]
    check(document, "/api/v2/caller-identity", answer.json())


def check(document: Json, path: str, answer: Json) -> None:
    """Check an answer with 200 against the schema of the operation that GET of a path is."""
    documented = {shape(one): methods for one, methods in document["paths"].items()}
    content = documented[shape(path)]["get"]["responses"]["200"]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    Draft202012Validator(schema).validate(answer)


def shape(path: str) -> tuple[str, ...]:
    """Return a path with its parameters nameless."""
    return tuple("{}" if part.startswith("{") else part for part in path.split("/"))
