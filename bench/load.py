"""A lean HTTP client: some connections, each with one request under way at a time.

It runs in a process of its own, and does as little as it can: the server shares the machine with it.
"""

import multiprocessing
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

Requests = Callable[[int], bytes]
"""Gives the bytes of the n-th request."""


@dataclass(slots=True)
class LoadResult:
    """What a run measured.

    Attributes:
        seconds: from the first request to the last answer.
        latencies: of each request, in seconds, in order of completion.
        finished: when each was answered, in seconds since the first request.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """Return a percentile of the latencies, in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000


def run_load(
    port: int, make_requests: Callable[[], Requests], count: int, connections: int
) -> LoadResult:
    """Send `count` requests from another process; return what it measured.

    Raises:
        RuntimeError: a request was not answered with 200 or 204.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=_client, args=(theirs, port, make_requests, count, connections), daemon=True
    )
    process.start()
    theirs.close()
    try:
        result = ours.recv()
    except EOFError:
        raise RuntimeError("the load generator died") from None
    process.join()
    if isinstance(result, LoadResult):
        return result
    raise RuntimeError(result)


def _client(
    pipe: Connection, port: int, make_requests: Callable[[], Requests], count: int, connections: int
) -> None:
    try:
        pipe.send(_send_all(port, make_requests(), count, connections))
    except Exception as error:  # told to the parent, which raises it
        pipe.send(f"{type(error).__name__}: {error}")


def _send_all(port: int, requests: Requests, count: int, connections: int) -> LoadResult:
    selector = selectors.DefaultSelector()
    result = LoadResult()
    sent = 0
    sent_at: dict[socket.socket, float] = {}
    begin = time.perf_counter()
    for _ in range(min(connections, count)):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        sent_at[connection] = time.perf_counter()
        connection.sendall(requests(sent))
        sent += 1
    while len(result.latencies) < count:
        for key, _events in selector.select():
            connection = key.fileobj  # type: ignore[assignment]
            answer = connection.recv(65536)
            if not answer.startswith(b"HTTP/1.1 204"):  # which has no body
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(f"answered {answer[:300]!r}")
                _receive_rest(connection, answer)
            now = time.perf_counter()
            result.latencies.append(now - sent_at[connection])
            result.finished.append(now - begin)
            if sent < count:
                message = requests(sent)
                sent += 1
                sent_at[connection] = time.perf_counter()
                connection.sendall(message)
    result.seconds = time.perf_counter() - begin
    for connection in sent_at:
        connection.close()
    return result


def _receive_rest(connection: socket.socket, answer: bytes) -> None:
    """Receive what is missing of an answer that is longer than the first part of it."""
    head, _, body = answer.partition(b"\r\n\r\n")
    _, found, length = head.lower().partition(b"content-length: ")
    missing = int(length.partition(b"\r\n")[0]) - len(body) if found else 0
    while missing > 0:
        missing -= len(connection.recv(65536))
