"""Asking a server: what it may answer, and what is made of it."""

import re
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from muster.core.clock import to_millis
from muster.core.errors import (
    ConflictError,
    ForbiddenError,
    InapplicableChangeError,
    InternalError,
    InvalidRequestError,
    MusterError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
)
from muster.push.client import Server
from muster.remote.answers import UnexpectedAnswerError
from muster.remote.connection import Connection, Query
from muster.remote.shapes import ItemsShape
from tests.certificate import make_certificate
from tests.clock import START, FakeClock
from tests.push.server import Received, Respond, always, answer, serving
from tests.push.server import Server as FakeServer

TOKEN = "api-secret-of-the-test"
JSON = "Content-Type: application/json"
Keys = ItemsShape[str]
OK = answer(200, '{"items": ["a"]}', JSON)


@contextmanager
def connected(url: str, **options: Any) -> Iterator[Connection]:
    """Give a connection to a server."""
    with closing(Connection(Server.of(url, TOKEN), **options)) as connection:
        yield connection


@contextmanager
def answering(respond: Respond, **options: Any) -> Iterator[tuple[FakeServer, Connection]]:
    """Run a server, and give a connection to it."""
    with serving(respond) as server, connected(server.url, **options) as connection:
        yield server, connection


@contextmanager
def failing(kind: type[MusterError], says: str) -> Iterator[pytest.ExceptionInfo[MusterError]]:
    """Expect an error of one line, without the token."""
    with pytest.raises(kind, match=says) as raised:
        yield raised
    assert TOKEN not in raised.value.message
    assert "\n" not in raised.value.message


def refused(status: int, code: str, message: str = "No.") -> bytes:
    """Return the bytes of a standard error."""
    return answer(status, f'{{"code": "{code}", "message": "{message}", "id": "i-1"}}', JSON)


def test_what_is_asked_arrives_as_it_was_meant() -> None:
    with serving(always(OK)) as server, connected(f"{server.url}/muster/") as connection:
        query: Query = {"after": "a&b", "limit": 2, "before": None}
        assert connection.get(Keys, "segments", "a/b", "ü", query=query).items == ["a"]
        connection.patch(Keys, "roles", "k", values={"name": "n"})
        connection.search(Keys, "auditlog", body=None)
    get, patch, search = server.received
    assert get.line == "GET /muster/api/v2/segments/a%2Fb/%C3%BC?after=a%26b&limit=2 HTTP/1.1"
    assert get.headers["authorization"] == TOKEN
    assert "content-type" not in get.headers
    assert patch.line == "PATCH /muster/api/v2/roles/k HTTP/1.1"
    assert patch.body == b'[{"op":"replace","path":"/name","value":"n"}]'
    assert patch.headers["content-type"] == "application/json"
    assert search.body == b""


@pytest.mark.parametrize("part", ["", ".", ".."])
def test_a_name_that_would_lead_elsewhere_names_nothing(part: str) -> None:
    with answering(always(OK)) as (server, connection):
        with failing(NotFoundError, "nothing that is named"):
            connection.delete("projects", part)
        assert connection.find(Keys, "projects", part) is None
        assert not server.received


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "invalid_request", InvalidRequestError),
        (401, "unauthorized", UnauthenticatedError),
        (403, "forbidden", ForbiddenError),
        (404, "not_found", NotFoundError),
        (409, "conflict", ConflictError),
        (422, "unprocessable_entity", InapplicableChangeError),
        (500, "internal_error", InternalError),
        (503, "unavailable", UnavailableError),
        (405, "method_not_allowed", UnexpectedAnswerError),
    ],
)
def test_a_refusal_is_the_error_that_the_server_had(
    status: int, code: str, kind: type[MusterError]
) -> None:
    more = "No."
    if status == 401:
        more = r"No\. .*MUSTER_TOKEN"
    elif status >= 500:
        more = r"No\. \(id i-1\)$"
    response = always(refused(status, code))
    with answering(response) as (_, connection), failing(kind, more):
        connection.get(Keys, "roles")


HTML = "<html>\n<h1>It works</h1></html>"


@pytest.mark.parametrize(
    ("response", "kind", "says"),
    [
        (answer(200, HTML, "Content-Type: text/html"), UnexpectedAnswerError, "with text/html"),
        (answer(404, HTML, "Content-Type: text/html"), UnexpectedAnswerError, "of a Muster?"),
        (answer(403, "", "Content-Type: text/html"), UnexpectedAnswerError, "answered 403"),
        (answer(200, ""), UnexpectedAnswerError, "no content type"),
        (answer(404, '{"status": 404}', JSON), UnexpectedAnswerError, "answered 404"),
        (answer(400, "[1]", JSON), UnexpectedAnswerError, "answered 400"),
        (answer(200, '{"items": 7}', JSON), UnexpectedAnswerError, "items: Input should be"),
        (answer(200, "{", JSON), UnexpectedAnswerError, "Invalid JSON"),
        (answer(200, '{"items": [1]}', JSON), UnexpectedAnswerError, "items/0: "),
        (answer(502, HTML, "Content-Type: text/html"), UnavailableError, "before Muster"),
        (answer(504, ""), UnavailableError, "Try again later"),
        (
            answer(301, "", "Location: https://elsewhere.example/"),
            UnexpectedAnswerError,
            "https://elsewhere.example/",
        ),
    ],
)
def test_what_is_no_answer_of_a_muster_is_told(
    response: bytes, kind: type[MusterError], says: str
) -> None:
    with answering(always(response)) as (server, connection):
        with failing(kind, re.escape(says)) as raised:
            connection.get(Keys, "roles", query={"after": "member"})
        assert f"{server.url}/api/v2/roles" in raised.value.message
        assert "member" not in raised.value.message
        assert len(server.received) == 1, "a redirection would take the token elsewhere"


def in_turn(*responses: bytes) -> Callable[[Received, int], Awaitable[bytes]]:
    """Answer requests with one after the other."""

    async def respond(_: Received, number: int) -> bytes:
        return responses[min(number, len(responses) - 1)]

    return respond


RESET = f"X-Ratelimit-Reset: {to_millis(START) + 2500}"


@pytest.mark.parametrize(
    ("header", "seconds"), [(RESET, 2.5), ("Retry-After: 7", 7), ("X-Ratelimit-Reset: 1", 0)]
)
def test_a_read_waits_until_the_server_allows_it(header: str, seconds: float) -> None:
    waits: list[float] = []
    respond = in_turn(answer(429, "", header), answer(429, "", header), OK)
    with answering(respond, wait=waits.append, clock=FakeClock()) as (_, connection):
        assert connection.get(Keys, "roles").items == ["a"]
    assert waits == [seconds, seconds]


@pytest.mark.parametrize("header", ["X-Other: 1", "Retry-After: 31", "Retry-After: soon"])
def test_it_does_not_wait_for_long_or_for_nothing_known(header: str) -> None:
    waits: list[float] = []
    respond = always(answer(429, "", header))
    with answering(respond, wait=waits.append, clock=FakeClock()) as (server, connection):
        with failing(UnavailableError, r"try again (later|in 31 seconds)\."):
            connection.get(Keys, "roles")
        assert (waits, len(server.received)) == ([], 1)


def test_it_does_not_wait_for_ever() -> None:
    waits: list[float] = []
    respond = always(answer(429, "", RESET))
    with answering(respond, wait=waits.append, clock=FakeClock()) as (server, connection):
        with failing(UnavailableError, "try again in 2 seconds"):
            connection.search(Keys, "auditlog", body=None)
        assert (waits, len(server.received)) == ([2.5] * 5, 6)


def test_a_change_is_not_repeated() -> None:
    waits: list[float] = []
    respond = always(answer(429, "", RESET))
    with answering(respond, wait=waits.append, clock=FakeClock()) as (server, connection):
        for change in (
            lambda: connection.post(Keys, "roles", body={}),
            lambda: connection.patch(Keys, "roles", "k", values={}),
            lambda: connection.delete("roles", "k"),
        ):
            with failing(UnavailableError, "try again in 2 seconds"):
                change()
        assert (waits, len(server.received)) == ([], 3)


def test_no_connection_and_one_that_breaks() -> None:
    with answering(always(None)) as (server, connection):
        url = server.url
        with failing(UnavailableError, "the connection broke"):
            connection.get(Keys, "roles")
    with connected(url) as connection, failing(UnavailableError, "no connection"):
        connection.get(Keys, "roles")


def test_an_answer_that_takes_too_long() -> None:
    slow = always(OK, delay=2)
    with (
        answering(slow, timeout_seconds=0.2) as (_, connection),
        failing(UnavailableError, "it took too long"),
    ):
        connection.get(Keys, "roles")


def test_a_certificate_has_to_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = make_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*files)
    with serving(always(OK), tls) as server:
        with (
            connected(server.url) as connection,
            failing(UnavailableError, r"certificate.*SSL_CERT_FILE"),
        ):
            connection.get(Keys, "roles")
        monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
        with connected(server.url) as connection:
            assert connection.get(Keys, "roles").items == ["a"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("muster.example", "not the address of a server"),
        ("https://muster.example/api/v2/", "Leave /api/v2 out"),
        ("https://me:secret@muster.example", "user's name or password"),
    ],
)
def test_what_is_no_address_of_a_server(url: str, says: str) -> None:
    with pytest.raises(InvalidRequestError, match=says):
        Connection(Server.of(url, TOKEN))
