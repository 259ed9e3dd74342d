"""What routes of segments refuse, each with the standard error that says where."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.end_to_end.authorization_world import Subject, World, segment_path
from tests.end_to_end.harness import Muster
from tests.end_to_end.rest import check_error

FORM = "multipart/form-data; boundary=B"


@pytest.fixture(scope="module")
def segment(server: Muster) -> Iterator[Subject]:
    """A big segment."""
    with httpx.Client(base_url=server.url) as client:
        yield World(server, client).big_segment()


@pytest.mark.parametrize("body", [[], 5, "included", None])
def test_members_that_are_no_object(server: Muster, segment: Subject, body: Any) -> None:
    answer = server.client.post(f"{segment_path(segment)}/contexts", content=json.dumps(body))
    check_error(answer, 415, "unsupported_media_type")
    answer = server.client.post(f"{segment_path(segment)}/contexts", json=body or [])
    check_error(answer, 400, "invalid_request", "The body is no object", '{"included"')


@pytest.mark.parametrize(
    ("media_type", "content", "says"),
    [
        (FORM, b"no form", "The form can't be read: Invalid multipart data."),
        ("multipart/form-data", b"", "The form can't be read: Missing boundary in multipart."),
        (FORM, b"--B\r\nContent-Disposition: form-data\r\n\r\nada\r\n--B--\r\n", '"name"'),
        (FORM, b"", "The form has no file"),
    ],
)
def test_forms_that_are_none(
    server: Muster, segment: Subject, media_type: str, content: bytes, says: str
) -> None:
    answer = server.client.post(
        f"{segment_path(segment)}/imports", content=content, headers={"Content-Type": media_type}
    )
    check_error(answer, 400, "invalid_request", says)
    assert ".." not in answer.json()["message"]


@pytest.mark.parametrize("comment", [{}, [], 0, False])
def test_comments_that_are_no_text(server: Muster, segment: Subject, comment: Any) -> None:
    path = "/api/v2/segments/{projectKey}/{segmentKey}/expiring-targets/{environmentKey}"
    body = {"instructions": [], "comment": comment}
    answer = server.client.patch(path.format_map(segment), json=body)
    check_error(answer, 400, "invalid_request", "/comment")


def test_an_instruction_about_a_user_is_told_of_the_users_key(
    server: Muster, segment: Subject
) -> None:
    path = "/api/v2/segments/{projectKey}/{segmentKey}/expiring-user-targets/{environmentKey}"
    wanted = {
        "kind": "addExpireUserTargetDate",
        "targetType": "excluded",
        "userKey": "nobody",
        "value": 4_102_444_800_000,
    }
    answer = server.client.patch(path.format_map(segment), json={"instructions": [wanted]})
    (error,) = answer.raise_for_status().json()["errors"]
    assert error["message"].startswith("/instructions/0/userKey: ")
