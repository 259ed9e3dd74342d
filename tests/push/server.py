"""A small server that answers as a test tells it to, over real connections."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Received:
    """A request, as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


Respond = Callable[[Received, int], Awaitable[bytes | None]]
"""Takes a request and its number from 0; gives the bytes of the answer, or None to hang up instead."""


@dataclass(slots=True)
class Server:
    """A server that runs.

    Attributes:
        connections: how many were made to it.
        closes: whether it hangs up after each answer.
    """

    respond: Respond
    port: int = 0
    scheme: str = "http"
    connections: int = 0
    closes: bool = False
    received: list[Received] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        self.writers.append(writer)
        try:
            while request := await _read(reader):
                number = len(self.received)
                self.received.append(request)
                answer = await self.respond(request, number)
                if answer is not None:
                    writer.write(answer)
                    await writer.drain()
                if answer is None or self.closes:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def answer(status: int, content: str = "", *headers: str) -> bytes:
    """Return the bytes of an answer."""
    lines = [f"HTTP/1.1 {status} Whatever", *headers, f"Content-Length: {len(content.encode())}"]
    return ("\r\n".join(lines) + f"\r\n\r\n{content}").encode()


def always(response: bytes | None, delay: float = 0.0) -> Respond:
    """Answer every request with the same, after so many seconds."""

    async def respond(_request: Received, _number: int) -> bytes | None:
        await asyncio.sleep(delay)
        return response

    return respond


@contextmanager
def serving(respond: Respond, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server in a thread of its own for the length of a block."""
    server = Server(respond, scheme="https" if tls else "http")
    loop = asyncio.new_event_loop()
    started = threading.Event()
    end = asyncio.Event()

    async def run() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
        server.port = listening.sockets[0].getsockname()[1]
        started.set()
        await end.wait()
        listening.close()
        for writer in server.writers:
            writer.transport.abort()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        assert started.wait(10)
        yield server
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(10)
        loop.close()


async def _read(reader: asyncio.StreamReader) -> Received | None:
    head = await reader.readuntil(b"\r\n\r\n")
    line, *headers = head.decode().rstrip("\r\n").split("\r\n")
    named = {name.lower(): value for name, value in (one.split(": ", 1) for one in headers)}
    body = await reader.readexactly(int(named.get("content-length", 0)))
    return Received(line, named, body)
