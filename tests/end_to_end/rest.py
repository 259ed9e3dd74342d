"""What the tests of the REST API share: its paths, a cohort to be read, and checks of answers."""

import re
from typing import Any

import httpx

from tests.end_to_end.harness import Muster

Json = dict[str, Any]

ENVIRONMENTS = "/api/v2/projects/default/environments"
SEGMENTS = "/api/v2/segments/default/production"


def push(server: Muster, environment: str, cohort: str, *added: str) -> None:
    """Add members to a cohort, as RudderStack does."""
    body = {
        "environmentId": environment,
        "contextKind": "device",
        "cohortId": cohort,
        "cohortName": f"Cohort {cohort}",
        "cohortUrl": f"https://cohorts.example.com/{cohort}",
        "listData": {"add": [{"id": key} for key in added]},
    }
    assert server.push("rudderstack", body).status_code == 204


def get(server: Muster, path: str) -> Json:
    """Return what a path answers with 200, as JSON."""
    answer = server.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    found: Json = answer.json()
    return found


def check_fields(shown: Json, fields: dict[str, type]) -> None:
    """Check that fields are there, not null, and of exactly their types: 1 is no boolean."""
    assert {name: type(shown.get(name)) for name in fields} == fields


def check_link(link: Json, href: str, media_type: str = "application/json") -> None:
    """Check a link of the API."""
    assert link == {"href": href, "type": media_type}


def check_error(answer: httpx.Response, status: int, code: str, *said: str) -> None:
    """Check the standard error: a code, a message and an id."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    content = answer.json()
    assert content.keys() - {"_muster"} == {"code", "message", "id"}
    assert content["code"] == code
    assert content["message"].endswith(".")
    for words in said:
        assert words in content["message"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", content["id"])
