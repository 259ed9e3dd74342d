"""What the tests of refused requests share: a server with standing cohorts, bodies, and checks."""

import json
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx

from tests.end_to_end.harness import INTEGRATIONS, TOKEN, Muster, running

CODES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    409: "conflict",
    413: "payload_too_large",
    415: "unsupported_media_type",
}
MEMBER = "secret-member"
"""How every member's key here begins: no message and no log may hold it."""
JSON = {"Content-Type": "application/json"}

Body = dict[str, Any]


class Missing:
    """Stands in a table for a value that is left out."""


@contextmanager
def standing(folder: Path) -> Iterator[Muster]:
    """Run a server with three added integrations, and with standing cohorts; then read its logs.

    Of the members that bodies here add, these lack some; of those that bodies remove, they hold
    some: so whatever of a refused body were applied would show.
    """
    for name in ("a", "a-b", "no-segments"):
        shutil.copytree(INTEGRATIONS / "hightouch", folder / "added" / name)
    manifest = folder / "added" / "no-segments" / "manifest.json"
    bare = json.loads(manifest.read_text())
    del bare["capabilities"]
    manifest.write_text(json.dumps(bare))
    with running(folder / "data", "--catalog", str(folder / "added")) as started:
        environment = started.environment_id()
        one = [{"integration_distinct_id": f"{MEMBER}-1"}]
        leaving = {"add": rudderstack(environment)["listData"]["remove"]}
        pushed = [
            started.push("hightouch", hightouch(environment, members=one)),
            started.push("hightouch", hightouch(environment, "kept", members=one)),
            started.push("rudderstack", rudderstack(environment) | {"listData": leaving}),
            started.push("amplitude", batch(environment, size=1)),
            started.push("segment-audiences", batch(environment, size=1)),
        ]
        assert {answer.status_code for answer in pushed} == {204}
        yield started
        check_logs(started)


def hightouch(environment: str, cohort: str = "standing", **more: Any) -> Body:
    """Return a body of one cohort, its members added."""
    members = [{"integration_distinct_id": f"{MEMBER}-{n}"} for n in range(3)]
    about = {"environmentId": environment, "cohortId": cohort, "cohortName": "Standing"}
    return {**about, "action": "add", "members": members, **more}


def rudderstack(environment: str) -> Body:
    """Return a body of two arrays."""
    return {
        "environmentId": environment,
        "contextKind": "user",
        "cohortId": "standing",
        "cohortUrl": "https://cohorts.example.com/standing",
        "listData": {
            "add": [{"id": f"{MEMBER}-{n}"} for n in range(3)],
            "remove": [{"id": f"{MEMBER}-{n}"} for n in range(3, 6)],
        },
    }


def batch(environment: str, *cohorts: str, size: int = 10, **more: Any) -> Body:
    """Return a body of Amplitude's and of Segment's shape, with as many members in each cohort."""
    members = [
        {"userId": f"{MEMBER}-{n}", "cohortId": cohort, "cohortName": "Standing", "value": True}
        for cohort in cohorts or ["standing"]
        for n in range(size)
    ]
    return {"environmentId": environment, "batch": members, **more}


@contextmanager
def nothing_applied(server: Muster) -> Iterator[None]:
    """Check that a block leaves every segment of every environment as it was, counts and all."""
    before = [server.segments(key) for key in ("production", "test")]
    yield
    assert [server.segments(key) for key in ("production", "test")] == before


def check_refusal(answer: httpx.Response, status: int, *said: str) -> str:
    """Check a refusal's status, shape and words, and that it gives nothing away; return its message."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    content = answer.json()
    assert content.keys() == {"code", "message"}
    assert content["code"] == CODES[status]
    message: str = content["message"]
    for words in said:
        assert words in message
    assert MEMBER not in message
    assert "api-0" not in message
    assert message.endswith((".", "'"))
    return message


def check_misplaced(answer: httpx.Response, pointer: str, found: str) -> None:
    """Check that a message says where, what was found, what was expected, and how to mend it."""
    message = check_refusal(answer, 400)
    sentences = rf"{re.escape(f'{pointer}: found {found}')}.*, expected .+\. \S.+\."
    assert re.fullmatch(sentences, message), message


def check_logs(server: Muster) -> int:
    """Check that no log tells a member's key, a token or a fault; return how many requests are listed."""
    time.sleep(1.0)
    logged = server.cli("requests", "list", "--limit", "1000", "--json").stdout
    served = server.log.read_text()
    for text in (served, logged):
        assert MEMBER not in text
        assert TOKEN not in text
        assert not re.search(r"api-[0-9a-f]{8}-", text)
    assert MEMBER not in server.output.read_text()
    assert '"level":"error"' not in served
    assert "Traceback" not in served
    return int(json.loads(logged)["totalCount"])


def put(body: Body, pointer: str, value: Any) -> Body:
    """Return a body with another value at a pointer, or with none."""
    changed = deepcopy(body)
    place: Any = changed
    *above, last = (int(part) if part.isdecimal() else part for part in pointer.split("/")[1:])
    for part in above:
        place = place[part]
    if value is Missing:
        del place[last]
    else:
        place[last] = value
    return changed


def post(
    server: Muster, content: Any, headers: dict[str, str], integration: str = "hightouch"
) -> httpx.Response:
    """Send bytes (or an iterator of bytes, chunked) to the endpoint."""
    return server.client.post(
        f"/api/v2/segment-targets/{integration}", content=content, headers=headers
    )
