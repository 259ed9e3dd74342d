"""Sending over HTTP: to an address that was checked, with the name that it was looked up by."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from muster.webhooks import sender as sending
from muster.webhooks.addresses import Address
from muster.webhooks.sender import Answer, HttpSender, Resolve
from tests.webhooks.certificate import write_certificate
from tests.webhooks.receiver import Receiver, receiving

HEADERS = {"Content-Type": "application/json", "User-Agent": "Muster/test"}


@contextmanager
def sender(
    *, private_addresses: bool = True, resolve: Resolve | None = None
) -> Iterator[HttpSender]:
    with closing(HttpSender(private_addresses=private_addresses, resolve=resolve)) as opened:
        yield opened


def leading_to(*answers: Sequence[str]) -> Resolve:
    """Return a name server that gives one answer after another, the last one again and again."""
    left = list(answers)

    async def resolve(host: str, port: int) -> Sequence[Address]:
        return [ip_address(text) for text in (left.pop(0) if len(left) > 1 else left[0])]

    return resolve


async def test_the_body_arrives_as_it_is(receiver: Receiver) -> None:
    with sender() as one:
        assert await one.send(receiver.url, HEADERS, b'{"a": 1}') == Answer(200)
    [received] = receiver.received
    assert (received.method, received.path, received.body) == ("POST", "/hook", b'{"a": 1}')
    assert received.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert received.headers["user-agent"] == "Muster/test"
    assert received.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [201, 204, 299])
async def test_any_status_of_the_200s_is_a_success(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    with sender() as one:
        assert await one.send(receiver.url, HEADERS, b"{}") == Answer(status)


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
async def test_any_other_is_a_failure(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    with sender() as one:
        answer = await one.send(receiver.url, HEADERS, b"{}")
    assert answer == Answer(status, f"The answer was {status}, not one from 200 to 299.")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.answers, receiver.location = [status], receiver.url
    with sender() as one:
        answer = await one.send(receiver.url, HEADERS, b"{}")
    assert answer.status == status
    assert "Redirects are not followed." in str(answer.error)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "[::1]"])
async def test_private_addresses_take_the_setting(receiver: Receiver, host: str) -> None:
    with sender(private_addresses=False) as one:
        answer = await one.send(f"http://{host}:{receiver.port}/hook", HEADERS, b"{}")
    assert answer.status is None
    assert "MUSTER_WEBHOOK_PRIVATE_ADDRESSES" in str(answer.error)
    assert receiver.received == []


async def test_a_name_that_leads_to_a_private_address_is_refused(receiver: Receiver) -> None:
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"):
        with sender(private_addresses=False, resolve=leading_to([address])) as one:
            answer = await one.send(f"http://example.com:{receiver.port}/", HEADERS, b"{}")
        assert "example.com has no address of the public internet" in str(answer.error)
    assert receiver.received == []


async def test_an_answer_of_the_name_server_that_changes_makes_no_difference(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when it is checked, private when it is connected to."""
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def spying(host: str | bytes | None, *args: object, **options: object) -> object:
        looked_up.append(str(host))
        return real(host, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", spying)
    # An address of the documentation, which nobody has; it passes for public here.
    monkeypatch.setattr(sending, "is_public", lambda one: str(one) == "192.0.2.1")
    monkeypatch.setattr(sending, "TIME_LIMIT_SECONDS", 0.5)
    rebinding = leading_to(["192.0.2.1"], ["127.0.0.1"])
    with sender(private_addresses=False, resolve=rebinding) as one:
        answer = await one.send(f"http://example.com:{receiver.port}/", HEADERS, b"{}")
    assert answer.status is None
    assert receiver.received == []
    assert "example.com" not in looked_up


async def test_host_is_the_name_and_not_the_address(receiver: Receiver) -> None:
    with sender(resolve=leading_to(["127.0.0.1"])) as one:
        url = f"http://Hooks.Example.com:{receiver.port}/hook"
        assert await one.send(url, HEADERS, b"{}") == Answer(200)
    assert receiver.received[0].headers["host"] == f"hooks.example.com:{receiver.port}"


async def test_an_ipv6_address_is_connected_to_as_well() -> None:
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    try:
        starting = await asyncio.start_server(answer, "::1", 0)
    except OSError:
        pytest.skip("THIS MACHINE HAS NO IPV6: deliveries over it are not tested")
    async with starting as server:
        port = server.sockets[0].getsockname()[1]
        with sender() as one:
            assert await one.send(f"http://[::1]:{port}/", HEADERS, b"{}") == Answer(204)
    assert f"Host: [::1]:{port}\r\n".encode() in heads[0]


async def test_the_next_address_is_tried_where_one_refuses(receiver: Receiver) -> None:
    with sender(resolve=leading_to(["127.0.0.2", "::1", "127.0.0.1"])) as one:
        answer = await one.send(f"http://example.com:{receiver.port}/", HEADERS, b"{}")
    assert answer == Answer(200)
    assert len(receiver.received) == 1


async def test_of_several_addresses_only_public_ones_are_tried(receiver: Receiver) -> None:
    tried: list[str] = []

    class Spying(HttpSender):
        async def _post(self, _: object, address: Address, *__: object) -> Answer:
            tried.append(str(address))
            return Answer(200)

    with closing(
        Spying(private_addresses=False, resolve=leading_to(["127.0.0.1", "8.8.8.8", "10.0.0.1"]))
    ) as one:
        await one.send("http://example.com/", HEADERS, b"{}")
    assert tried == ["8.8.8.8"]


class TestOverTls:
    @pytest.fixture
    def certificate(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A certificate for hooks.example.com, which is trusted."""
        file = write_certificate(tmp_path, "hooks.example.com")
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        return file

    @pytest.fixture
    def tls_receiver(self, certificate: Path) -> Iterator[Receiver]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with receiving(context) as started:
            yield started

    async def test_the_certificate_is_held_against_the_name(self, tls_receiver: Receiver) -> None:
        with sender(resolve=leading_to(["127.0.0.1"])) as one:
            good = f"https://hooks.example.com:{tls_receiver.port}/hook"
            assert await one.send(good, HEADERS, b"{}") == Answer(200)
            other = f"https://other.example.com:{tls_receiver.port}/hook"
            answer = await one.send(other, HEADERS, b"{}")
        assert answer.status is None
        assert "CERTIFICATE_VERIFY_FAILED" in str(answer.error)
        assert len(tls_receiver.received) == 1


async def test_what_fails_is_said_in_a_sentence(receiver: Receiver) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        closed = listening.getsockname()[1]
    with sender() as one:
        refused = await one.send(f"http://127.0.0.1:{closed}/secret-path", HEADERS, b"{}")
        unknown = await one.send("http://nowhere.invalid/secret-path", HEADERS, b"{}")
        long = await one.send(f"http://{'a' * 64}.example/secret-path", HEADERS, b"{}")
    assert refused == Answer(None, "The connection failed: Connection refused.")
    assert unknown == Answer(None, "The name nowhere.invalid can't be looked up.")
    assert "can't be looked up" in str(long.error)
    for answer in (refused, unknown, long):
        assert "secret-path" not in str(answer.error)


async def test_who_does_not_answer_is_not_waited_for(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIME_LIMIT_SECONDS", 0.3)
    receiver.hangs.set()
    with sender() as one:
        answer = await one.send(receiver.url, HEADERS, b"{}")
    assert answer == Answer(None, "No answer came within 0.3 seconds.")


async def test_a_trickle_is_not_waited_for_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time; the whole does not."""
    monkeypatch.setattr(sending, "TIME_LIMIT_SECONDS", 0.5)
    ended = threading.Event()

    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not ended.is_set():
                writer.write(b"a")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        began = time.monotonic()
        with sender() as one:
            answer = await one.send(f"http://127.0.0.1:{port}/", HEADERS, b"{}")
    finally:
        ended.set()
        server.close()
        await asyncio.sleep(0.1)
    assert answer == Answer(None, "No answer came within 0.5 seconds.")
    assert time.monotonic() - began < 10


async def test_proxies_of_the_environment_are_passed_over(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with sender() as one:
        assert await one.send(receiver.url, HEADERS, b"{}") == Answer(200)
