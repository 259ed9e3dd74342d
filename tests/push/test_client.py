"""One request to a Muster."""

import json

import pytest

from muster.core.errors import InvalidRequestError, NotFoundError, UnavailableError
from muster.push.client import Server, Target, find_client_side_id, send
from tests.push.server import Received, always, answer, serving


def server_at(url: str) -> Server:
    """Return a server."""
    return Server.of(url, "api-secret")


def test_a_body_goes_to_the_endpoint_with_the_token() -> None:
    response = answer(200, '{"ok": true}', "X-Request-Id: r1", "Retry-After: 3")
    with serving(always(response)) as server:
        got = send(Target(server_at(server.url + "/"), "hightouch"), b'{"a": 1}')
    assert (got.status, got.content, got.request_id, got.retry_after) == (
        200,
        '{"ok": true}',
        "r1",
        "3",
    )
    assert got.is_success
    (request,) = server.received
    assert request.line == "POST /api/v2/segment-targets/hightouch HTTP/1.1"
    assert request.headers["authorization"] == "api-secret"
    assert request.headers["content-type"] == "application/json"
    assert request.body == b'{"a": 1}'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"code": "forbidden", "message": "You may not."}', "You may not."),
        ("<html>Bad gateway</html>", "<html>Bad gateway</html>"),
        ("x" * 1000, "x" * 300 + "..."),
        ('{"message": 7}', '{"message": 7}'),
        ("[1]", "[1]"),
    ],
)
def test_a_refusal_is_an_answer_too(content: str, message: str) -> None:
    with serving(always(answer(403, content))) as server:
        got = send(Target(server_at(server.url), "hightouch"), b"{}")
    assert not got.is_success
    assert got.message == message


def test_no_answer_is_an_error_that_tells_where_and_why() -> None:
    with serving(always(None)) as server:
        target = Target(server_at(server.url), "hightouch")
        with pytest.raises(UnavailableError, match="the connection broke") as broke:
            send(target, b"{}")
    assert target.endpoint in str(broke.value)
    with pytest.raises(UnavailableError, match="no connection"):
        send(target, b"{}")


def test_a_proxy_is_never_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with serving(always(answer(200))) as server:
        assert send(Target(server_at(server.url), "hightouch"), b"{}").is_success


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("localhost:8080", "not the address of a server"),
        ("ftp://localhost", "not the address of a server"),
        ("http://", "not the address of a server"),
        ("http://two words", "not the address of a server"),
        ("http://two..dots", "not the address of a server"),
        (f"http://{'long' * 16}", "not the address of a server"),
        ("", "not the address of a server"),
        ("http://localhost:65536", "not the address of a server"),
        ("http://local\nhost", "not an address"),
        ("http://localhost/?x=1", "goes on after"),
        ("http://me:hush@localhost", "name or password"),
    ],
)
def test_what_is_no_address_is_told(url: str, reason: str) -> None:
    with pytest.raises(InvalidRequestError, match=reason) as refused:
        server_at(url)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("token", ["", "api secret", "api-secret\n", "api-sécret"])
def test_a_token_that_no_header_holds_is_told_and_not_shown(token: str) -> None:
    with pytest.raises(InvalidRequestError, match="access token") as refused:
        Server.of("http://localhost", token)
    assert "cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "is_loopback"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8080", True),
        ("http://LOCALHOST", True),
        ("http://0.0.0.0", False),
        ("http://10.0.0.1", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("https://muster.example.com", False),
    ],
)
def test_this_machine_is_told_from_others(url: str, is_loopback: bool) -> None:
    assert server_at(url).is_loopback is is_loopback


ENVIRONMENTS = {"items": [{"key": "test", "_id": "t"}, {"key": "production", "_id": "p"}, 3]}


def test_a_server_tells_the_client_side_id() -> None:
    with serving(always(answer(200, json.dumps(ENVIRONMENTS)))) as server:
        assert find_client_side_id(server_at(server.url), "default", "production") == "p"
    (request,) = server.received
    assert request.line.startswith("GET /api/v2/projects/default/environments?")
    assert request.headers["authorization"] == "api-secret"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (answer(404, '{"message": "There is no project."}'), r"404: There is no project\..*only"),
        (answer(200, '{"items": []}'), "no environment 'production'"),
        (answer(200, "<html>"), "no environment 'production'"),
        (answer(200, '{"items": {"a": 1}}'), "no environment 'production'"),
    ],
)
def test_a_server_that_does_not_tell_it(response: bytes, reason: str) -> None:
    with (
        serving(always(response)) as server,
        pytest.raises(NotFoundError, match=reason) as refused,
    ):
        find_client_side_id(server_at(server.url), "default", "production")
    assert "--environment-id" in str(refused.value)


def test_a_redirect_is_not_followed_with_the_token() -> None:
    async def redirect(request: Received, _number: int) -> bytes:
        return answer(307, "", f"Location: {request.line.split()[1]}/elsewhere")

    with serving(redirect) as server:
        got = send(Target(server_at(server.url), "hightouch"), b"{}")
    assert (got.status, got.is_success, len(server.received)) == (307, False, 1)
