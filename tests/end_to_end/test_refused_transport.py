"""Refused for how they are sent: methods, encodings, sizes, and bodies that do not arrive."""

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx
import pytest

from tests.end_to_end.harness import TOKEN, Muster, running
from tests.end_to_end.refusals import (
    JSON,
    check_refusal,
    hightouch,
    nothing_applied,
    post,
    standing,
)
from tests.end_to_end.rest import check_error

LIMIT = 4096
"""The strict server's limit of a body, in bytes."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """A server with standing cohorts; its logs are read at the end."""
    with standing(tmp_path_factory.mktemp("muster")) as started:
        yield started


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """A server that takes bodies of at most `LIMIT` bytes that arrive within a second."""
    limits = {"MUSTER_MAX_BODY_BYTES": str(LIMIT), "MUSTER_BODY_TIMEOUT_SECONDS": "1"}
    with running(tmp_path_factory.mktemp("strict") / "data", variables=limits) as started:
        yield started


class TestTypesAndEncodings:
    """415: not JSON, or in an encoding that is not read; and 400 for gzip that is broken."""

    @pytest.mark.parametrize(
        ("content_type", "said"),
        [
            (None, "Content-Type is nothing"),
            ("text/plain", "Content-Type is text/plain"),
            ("text/json", "Content-Type is text/json"),
            ("application/x-www-form-urlencoded", "form-urlencoded"),
            ("multipart/form-data; boundary=x", "multipart/form-data"),
            ("application/jsonp", "application/jsonp"),
            ("application/json; charset=utf-16", "charset is utf-16"),
        ],
    )
    def test_types_that_are_not_read(
        self, server: Muster, environment: str, content_type: str | None, said: str
    ) -> None:
        content = json.dumps(hightouch(environment, "refused")).encode()
        with nothing_applied(server):
            answer = post(server, content, {"Content-Type": content_type} if content_type else {})
        check_refusal(answer, 415, said, "JSON" if "charset" in said else "application/json")

    @pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "x"])
    def test_encodings_that_are_not_read(
        self, server: Muster, environment: str, encoding: str
    ) -> None:
        content = json.dumps(hightouch(environment, "refused")).encode()
        with nothing_applied(server):
            answer = post(server, content, JSON | {"Content-Encoding": encoding})
        check_refusal(answer, 415, f"Content-Encoding is {encoding}", "send gzip")

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json; charset=utf-8",
            'Application/JSON;Charset="UTF-8"',
            "application/vnd.api+json",
        ],
    )
    def test_ways_to_say_json(self, server: Muster, environment: str, content_type: str) -> None:
        content = json.dumps(hightouch(environment, "typed")).encode()
        assert post(server, content, {"Content-Type": content_type}).status_code == 204

    def test_broken_gzip(self, server: Muster, environment: str) -> None:
        plain = json.dumps(hightouch(environment, "refused")).encode()
        whole = gzip.compress(plain)
        wrong_sum = whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:]
        for content in (plain, b"", whole[:-1], whole[:20], wrong_sum, whole + b"tail", whole[1:]):
            with nothing_applied(server):
                answer = post(server, content, JSON | {"Content-Encoding": "gzip"})
            check_refusal(answer, 400, "gzip", "Send it again")


def padded(environment: str, size: int, cohort: str = "refused") -> bytes:
    """Return a good body of an exact size in bytes."""
    return json.dumps(hightouch(environment, cohort)).encode().ljust(size)


def in_parts(content: bytes, size: int = 1000) -> Iterator[bytes]:
    """Yield bytes in parts: a client sends them chunked, and tells no length before."""
    yield from (content[start : start + size] for start in range(0, len(content), size))


class TestSizes:
    """413: over the limit, however it arrives."""

    SENDERS: tuple[Callable[[bytes], tuple[Any, dict[str, str]]], ...] = (
        lambda content: (content, JSON),
        lambda content: (in_parts(content), JSON),
        lambda content: (gzip.compress(content), JSON | {"Content-Encoding": "gzip"}),
        lambda content: (in_parts(gzip.compress(content), 50), JSON | {"Content-Encoding": "gzip"}),
    )

    @pytest.mark.parametrize("sender", SENDERS, ids=["length", "chunked", "gzip", "gzip chunked"])
    @pytest.mark.parametrize("size", [LIMIT + 1, 3 * LIMIT, 8_000_000])
    def test_over_the_limit(
        self, strict: Muster, sender: Callable[[bytes], tuple[Any, dict[str, str]]], size: int
    ) -> None:
        environment = strict.environment_id()
        with nothing_applied(strict):
            answer = post(strict, *sender(padded(environment, size)))
        check_refusal(answer, 413, "limit of 4,096 bytes", "fewer members")

    @pytest.mark.parametrize("sender", SENDERS, ids=["length", "chunked", "gzip", "gzip chunked"])
    def test_at_the_limit(
        self, strict: Muster, sender: Callable[[bytes], tuple[Any, dict[str, str]]]
    ) -> None:
        content, headers = sender(padded(strict.environment_id(), LIMIT, "sized"))
        assert post(strict, content, headers).status_code == 204
        assert strict.count("hightouch-sized") == 3

    def test_gzip_bombs(self, server: Muster, strict: Muster) -> None:
        bomb = gzip.compress(bytes(64 * 1024 * 1024), 9)
        assert len(bomb) < 100_000
        for target in (server, strict):
            with nothing_applied(target):
                started = time.monotonic()
                answer = post(target, bomb, JSON | {"Content-Encoding": "gzip"})
                assert time.monotonic() - started < 5
            check_refusal(answer, 413, "decompressed")

    def test_a_length_over_the_limit_is_answered_before_the_body(self, strict: Muster) -> None:
        started = time.monotonic()
        answer = converse(strict, b"Content-Length: 999999999999999\r\n\r\n", [])
        assert time.monotonic() - started < 0.9
        check_refusal(answer, 413, "limit of 4,096 bytes")


def converse(server: Muster, headers: bytes, parts: Sequence[bytes]) -> httpx.Response:
    """Send a request's head, then parts of its body, half a second apart; read to the server's end."""
    url = httpx.URL(server.url)
    assert url.port is not None
    with socket.create_connection((url.host, url.port), timeout=10) as connection:
        connection.sendall(
            b"POST /api/v2/segment-targets/hightouch HTTP/1.1\r\nHost: muster\r\n"
            b"Authorization: "
            + TOKEN.encode()
            + b"\r\nContent-Type: application/json\r\n"
            + headers
        )
        for part in parts:
            connection.sendall(part)
            time.sleep(0.4)
        text = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, content = text.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    pairs = [(line.partition(": ")[0], line.partition(": ")[2]) for line in lines]
    return httpx.Response(int(status.split()[1]), headers=pairs, content=content)


class TestBodiesThatDoNotArrive:
    """408: the body stops, or trickles; the connection is closed then."""

    @pytest.mark.parametrize(
        ("headers", "parts"),
        [
            (b"Content-Length: 100\r\n\r\n", []),
            (b"Content-Length: 100\r\n\r\n", [b'{"environmentId": "']),
            (b"Content-Length: 100\r\n\r\n", [b"{", b'"', b"e"]),
            (b"Transfer-Encoding: chunked\r\n\r\n", [b"5\r\n{    \r\n"]),
            (b"Content-Encoding: gzip\r\nContent-Length: 100\r\n\r\n", [b"\x1f\x8b"]),
        ],
        ids=["nothing", "a beginning", "a trickle", "a chunk", "gzip"],
    )
    def test_are_not_waited_for(
        self, strict: Muster, headers: bytes, parts: Sequence[bytes]
    ) -> None:
        started = time.monotonic()
        with nothing_applied(strict):
            answer = converse(strict, headers, parts)
        assert 0.9 < time.monotonic() - started < 5
        check_refusal(answer, 408, "within 1 seconds", "fewer members")
        assert answer.headers["connection"] == "close"

    def test_a_client_that_goes_away_leaves_nothing(self, strict: Muster) -> None:
        body = padded(strict.environment_id(), 1000)
        url = httpx.URL(strict.url)
        assert url.port is not None
        with nothing_applied(strict):
            with socket.create_connection((url.host, url.port)) as connection:
                connection.sendall(
                    b"POST /api/v2/segment-targets/hightouch HTTP/1.1\r\nHost: muster\r\n"
                    b"Authorization: " + TOKEN.encode() + b"\r\nContent-Type: application/json\r\n"
                    b"Content-Length: 1001\r\n\r\n" + body
                )
            time.sleep(0.2)


class TestOtherRequests:
    """404 and 405: elsewhere than at the endpoint, an error has an id as well."""

    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
    @pytest.mark.parametrize("path", ["segment-targets/hightouch", "segment-target/unheard-of"])
    def test_wrong_methods(self, server: Muster, environment: str, method: str, path: str) -> None:
        with nothing_applied(server):
            answer = server.client.request(method, f"/api/v2/{path}", json=hightouch(environment))
        check_refusal(answer, 405, "takes POST")
        assert answer.headers["allow"] == "POST"

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    @pytest.mark.parametrize("path", ["/api/v2/versions", "/sdk/goals/x", "/healthz"])
    def test_wrong_methods_elsewhere(self, server: Muster, method: str, path: str) -> None:
        answer = server.client.request(method, path)
        check_error(answer, 405, "method_not_allowed")
        assert "GET" in answer.headers["allow"]

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize(
        "path",
        [
            "/api/v2/segment-targets",
            "/api/v2/segment-targets/",
            "/api/v2/segment-targets/hightouch/more",
            "/api/v2/segment-targets/a%2Fb",
            "/api/v2/nothing",
            "/api/v3/versions",
            "/nothing",
        ],
    )
    def test_unknown_paths(self, server: Muster, method: str, path: str) -> None:
        answer = server.client.request(method, path, json={} if method == "POST" else None)
        check_error(answer, 404, "not_found")
