"""The lean connection reads what servers send."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from muster.push.client import Answer, Server, Target
from muster.push.connection import BrokenAnswerError, ConnectionPool, NotConnectedError
from tests.certificate import make_certificate
from tests.push import server as testing
from tests.push.server import NO_CONTENT, Received, always, answer, serving


@contextmanager
def pool_to(server: testing.Server) -> Iterator[ConnectionPool]:
    """Return a pool that sends to a server."""
    pool = ConnectionPool(Target(Server.of(server.url, "api-secret"), "hightouch"))
    yield pool
    pool.close()


async def exchange(response: bytes | None, *, closes: bool = False) -> Answer:
    """Return what is read of a response."""
    with serving(always(response)) as server, pool_to(server) as pool:
        server.closes = closes
        async with asyncio.timeout(10):
            return await pool.post(b"{}")


async def test_a_request_is_whole() -> None:
    with serving(always(NO_CONTENT)) as server, pool_to(server) as pool:
        assert (await pool.post(b'{"a": 1}')).status == 204
    (request,) = server.received
    assert request.line == "POST /api/v2/segment-targets/hightouch HTTP/1.1"
    assert request.headers["host"] == f"127.0.0.1:{server.port}"
    assert request.headers["authorization"] == "api-secret"
    assert request.headers["content-type"] == "application/json"
    assert request.body == b'{"a": 1}'


async def test_a_connection_is_used_again_and_others_are_made_when_it_is_busy() -> None:
    with serving(always(answer(200, "ok"), delay=0.05)) as server, pool_to(server) as pool:
        for _ in range(3):
            await pool.post(b"{}")
        assert server.connections == 1
        await asyncio.gather(*(pool.post(b"{}") for _ in range(4)))
        assert server.connections == 4


async def test_a_connection_that_the_server_closed_is_replaced() -> None:
    with serving(always(NO_CONTENT)) as server, pool_to(server) as pool:
        server.closes = True
        for _ in range(3):
            assert (await pool.post(b"{}")).status == 204
            await asyncio.sleep(0.05)  # for the news that it is closed
        assert server.connections == 3


@pytest.mark.parametrize(
    "response",
    [
        answer(429, '{"message": "Später."}', "Retry-After: 3", "X-Request-Id: r1"),
        answer(100).split(b"Content")[0]
        + b"\r\n"
        + answer(429, '{"message": "Später."}', "retry-after: 3", "x-request-id: r1"),
        b"HTTP/1.1 429 Slow down\r\nRetry-After: 3\r\nX-Request-Id: r1\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
        b"d\r\n" + b'{"message": "' + b"\r\na\r\n" + 'Später."}'.encode() + b"\r\n0\r\n\r\n",
    ],
    ids=["with its length", "after 100 Continue", "in chunks"],
)
async def test_an_answer_is_read_however_it_is_sent(response: bytes) -> None:
    got = await exchange(response)
    assert got == Answer(429, '{"message": "Später."}', "r1", "3")
    assert got.message == "Später."


async def test_an_answer_may_end_with_the_connection() -> None:
    got = await exchange(b"HTTP/1.1 502 Bad\r\nConnection: close\r\n\r\nnobody home", closes=True)
    assert (got.status, got.content) == (502, "nobody home")


async def test_a_long_answer_is_kept_in_part() -> None:
    got = await exchange(answer(200, "x" * 200_000))
    assert got.content == "x" * 65_536


@pytest.mark.parametrize(
    "response",
    [
        None,
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
    ids=["nothing", "no HTTP", "half the content", "half the head", "another protocol"],
)
async def test_what_is_no_whole_answer_is_an_error(response: bytes | None) -> None:
    with pytest.raises(BrokenAnswerError):
        await exchange(response, closes=True)


async def test_nobody_listens() -> None:
    with serving(always(NO_CONTENT)) as server:
        pass
    with pool_to(server) as pool, pytest.raises(NotConnectedError):
        await pool.post(b"{}")


async def test_after_giving_up_nothing_is_read_as_another_answer() -> None:
    async def respond(_request: Received, number: int) -> bytes:
        await asyncio.sleep(0.3 if number == 0 else 0)
        return answer(200, str(number))

    with serving(respond) as server, pool_to(server) as pool:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await pool.post(b"{}")
        assert (await pool.post(b"{}")).content == "1"
        assert server.connections == 2


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody signed, and its key."""
    return make_certificate(tmp_path)


async def test_tls_wants_a_certificate_that_is_trusted(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    with serving(always(NO_CONTENT), tls) as server:
        with pool_to(server) as pool, pytest.raises(NotConnectedError, match="certificate"):
            await pool.post(b"{}")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        with pool_to(server) as pool:
            assert (await pool.post(b"{}")).status == 204
