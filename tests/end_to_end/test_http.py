"""HTTP as clients really speak it: whichever way a request takes through the server, its answer is one."""

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.end_to_end.harness import TOKEN, Muster, log_lines

ROUTE = "/api/v2/segment-targets/{integration_key}"


def body_of(environment: str, cohort: str, *members: str) -> bytes:
    """Return a body of hightouch's that adds members."""
    document = {
        "environmentId": environment,
        "cohortId": cohort,
        "cohortName": cohort,
        "action": "add",
        "members": [{"integration_distinct_id": member} for member in members],
    }
    return json.dumps(document).encode()


def head_of(length: int, *lines: str, path: str = "/api/v2/segment-targets/hightouch") -> bytes:
    """Return the head of a sync request, with further lines."""
    usual = (
        f"POST {path} HTTP/1.1",
        "Host: muster.example.com",
        f"Authorization: {TOKEN}",
        "Content-Type: application/json",
        f"Content-Length: {length}",
    )
    return "\r\n".join((*usual, *lines, "", "")).encode()


class Connection:
    """A bare connection: what is sent is sent as it stands."""

    def __init__(self, plug: socket.socket, answers: BinaryIO) -> None:
        self._plug = plug
        self._answers = answers

    def send(self, *parts: bytes) -> None:
        """Send these bytes at once."""
        self._plug.sendall(b"".join(parts))

    def read_answer(self) -> tuple[int, dict[str, str], Any]:
        """Read one answer: its status, its headers, and its JSON body or None."""
        status = int(self._answers.readline().split()[1])
        headers = {}
        while line := self._answers.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        content = self._answers.read(int(headers.get("content-length", 0)))
        return status, headers, json.loads(content) if content else None

    def is_closed(self) -> bool:
        """Tell whether the server has closed the connection; waits for that."""
        return self._answers.read(1) == b""


@contextmanager
def connected(server: Muster) -> Iterator[Connection]:
    """Open a connection to a server."""
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plug:
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with plug.makefile("rb") as answers:
            yield Connection(plug, answers)


def test_requests_follow_each_other_on_one_connection(server: Muster, environment: str) -> None:
    with connected(server) as connection:
        for number in range(3):
            body = body_of(environment, "in-a-row", f"m{number}")
            connection.send(head_of(len(body), "Connection: Keep-Alive"), body)
            status, headers, _ = connection.read_answer()
            assert status == 204
            assert re.fullmatch("[0-9a-f]{24}", headers["x-request-id"])
            assert "date" in headers
    assert server.count("hightouch-in-a-row") == 3


def test_a_head_that_was_sent_before_is_read_as_it_was_the_first_time(
    server: Muster, environment: str
) -> None:
    def body(member: str) -> bytes:
        return body_of(environment, "same-head", member)

    head, length = head_of(len(body("m1"))), len(body("m1"))
    with connected(server) as connection, connected(server) as other:
        connection.send(head, body("m1"))
        assert connection.read_answer()[0] == 204
        # Over this connection and another; its body behind it, in pieces, and none of it JSON.
        for one in (connection, other):
            one.send(head, body("m2"))
            assert one.read_answer()[0] == 204
            one.send(head, body("m3")[:20])
            one.send(body("m3")[20:])
            assert one.read_answer()[0] == 204
            one.send(head, b"{" * length)
            assert one.read_answer()[0] == 400
        # With further requests behind it, and in the middle of another's body.
        connection.send(head, body("m4"), head, body("m5"), head, body("m6"))
        assert [connection.read_answer()[0] for _ in range(3)] == [204, 204, 204]
        connection.send(head_of(len(head) + length))
        time.sleep(0.05)  # so that the server reads what follows alone
        connection.send(head, body("m7"))
        assert connection.read_answer()[0] == 400
        # Begun as the value of another request's header.
        connection.send(b"GET /healthz HTTP/1.1\r\nX-Begun: ")
        time.sleep(0.05)
        connection.send(head, body("m7"))
        assert connection.read_answer()[0] == 200
        # A token that is not good is refused each time.
        for _ in range(2):
            other.send(head.replace(TOKEN.encode(), b"api-somebody-else"), body("m8"))
            assert other.read_answer()[0] == 401
    assert server.count("hightouch-same-head") == 6


def test_a_body_may_come_after_its_head_and_in_pieces(server: Muster, environment: str) -> None:
    body = body_of(environment, "in-pieces", "ann", "bob")
    with connected(server) as connection:
        connection.send(head_of(len(body)))
        connection.send(body[:10])
        connection.send(body[10:])
        assert connection.read_answer()[0] == 204
        # The connection is as good as new.
        connection.send(head_of(len(body)), body)
        assert connection.read_answer()[0] == 204
    assert server.count("hightouch-in-pieces") == 2


def test_pipelined_requests_are_answered_in_their_order(server: Muster, environment: str) -> None:
    good = body_of(environment, "pipelined", "ann")
    bad = b"{"
    with connected(server) as connection:
        connection.send(
            *(head_of(len(good)), good, head_of(len(bad)), bad),
            b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            *(head_of(len(good)), good),
        )
        assert [connection.read_answer()[0] for _ in range(4)] == [204, 400, 200, 204]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kinds=st.lists(
        st.sampled_from(["good", "chunked", "unreadable", "nobody", "read"]), max_size=6
    ),
    cuts=st.lists(st.integers(1, 2_000), max_size=8),
)
def test_answers_do_not_depend_on_how_the_bytes_come(
    server: Muster, environment: str, kinds: list[str], cuts: list[int]
) -> None:
    body = body_of(environment, "cut", "ann")
    unreadable = b"[" * len(body)
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    chunked = head_of(0, "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
    nobody = head_of(len(body)).replace(TOKEN.encode(), b"api-nobody-0000-0000-000000000000000")
    requests = {
        "good": (head_of(len(body)) + body, 204),
        "chunked": (chunked + chunks, 204),
        "unreadable": (head_of(len(unreadable)) + unreadable, 400),
        "nobody": (nobody + body, 401),
        "read": (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    }
    stream = b"".join(requests[kind][0] for kind in kinds)
    edges = [0, *sorted(cut for cut in set(cuts) if cut < len(stream)), len(stream)]
    with connected(server) as connection:
        for start, end in pairwise(edges):
            connection.send(stream[start:end])
        answers = [connection.read_answer()[0] for _ in kinds]
    assert answers == [requests[kind][1] for kind in kinds]


def test_a_quick_request_waits_for_a_slow_one_before_it(server: Muster, environment: str) -> None:
    """What is known to be refused would be answered long before a segment is made."""
    unreadable = b"[" * 150
    with connected(server) as connection:
        for number in range(20):
            connection.send(head_of(len(unreadable)), unreadable)
            assert connection.read_answer()[0] == 400
            slow = body_of(environment, f"slow-{number}", "ann")
            connection.send(head_of(len(slow)), slow)
            time.sleep(0.001)
            connection.send(head_of(len(unreadable)), unreadable)
            assert [connection.read_answer()[0] for _ in range(2)] == [204, 400]


def test_close_is_kept_to(server: Muster, environment: str) -> None:
    body = body_of(environment, "closing", "ann")
    with connected(server) as connection:
        connection.send(head_of(len(body), "Connection: close"), body)
        assert connection.read_answer()[0] == 204
        assert connection.is_closed()


def test_an_idle_connection_is_closed_after_some_seconds(server: Muster, environment: str) -> None:
    body = body_of(environment, "idle", "ann")
    with connected(server) as connection:
        connection.send(head_of(len(body)), body)
        assert connection.read_answer()[0] == 204
        assert connection.is_closed()


@pytest.mark.parametrize("offered", ["h2c", "websocket", "TLS/1.0, HTTP/1.1"])
def test_an_offer_to_upgrade_is_passed_over(server: Muster, environment: str, offered: str) -> None:
    """Java's HttpClient makes one with every request; RFC 9110 (7.8) lets a server ignore it."""
    offer = ("Connection: Upgrade, HTTP2-Settings", f"Upgrade: {offered}", "HTTP2-Settings: AAEAAA")
    cohort = f"offered-{offered[:3]}"
    body = body_of(environment, cohort, "ann", "bob")
    with connected(server) as connection:
        connection.send(head_of(len(body), *offer), body)
        assert connection.read_answer()[0] == 204
        connection.send(head_of(len(body), *offer))
        connection.send(body)
        assert connection.read_answer()[0] == 204
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\n")
        connection.send(b"Upgrade: h2c\r\n\r\n")
        assert connection.read_answer()[0] == 200
        assert connection.is_closed()
    assert server.count(f"hightouch-{cohort}") == 2


def test_muster_is_no_proxy(server: Muster) -> None:
    with connected(server) as connection:
        connection.send(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n")
        assert b"400" in connection._answers.readline()


def test_every_way_leaves_a_line_in_the_log_and_a_count_in_the_metrics(
    server: Muster, environment: str
) -> None:
    body = body_of(environment, "told-of", "ann")
    with connected(server) as connection:
        for parts in ((head_of(len(body)), body), (head_of(len(body), "Expect: x"), body)):
            connection.send(*parts)
            assert connection.read_answer()[0] == 204
    told = [json.loads(line) for line in log_lines(server) if ROUTE in line]
    assert len(told) >= 2
    for line in told[-2:]:
        assert line.keys() == {"event", "level", "method", "ms", "route", "status", "timestamp"}
        assert (line["event"], line["method"], line["status"]) == ("request", "POST", 204)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["timestamp"])
    counted = server.client.get("/metrics").text
    assert f'muster_http_requests_total{{method="POST",route="{ROUTE}",status="204"}}' in counted
