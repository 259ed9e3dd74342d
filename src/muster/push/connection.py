"""A lean connection of HTTP/1.1, for loads: one request under way at a time, nothing but POST.

A client for all purposes spends more on a request than a Muster does, so it would measure itself. This
one writes a head that was made once, and has the parser that uvicorn uses read the answer. It asks no
proxy and follows no redirect.
"""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final, cast

import httptools
import httpx

from muster.push.client import Answer, Target

_IDLE_SECONDS: Final = 2.0
"""How long a connection is kept for another request: shorter than servers keep theirs."""
_KEPT_CONTENT: Final = 65_536


class NotConnectedError(ConnectionError):
    """No connection could be made; the message is the system's."""


class BrokenAnswerError(ConnectionError):
    """The connection ended before an answer did, or what came is no HTTP."""


class ConnectionPool:
    """Connections to one endpoint, each used for one request after another."""

    def __init__(self, target: Target) -> None:
        url = httpx.URL(target.endpoint)
        self._host = url.host
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        headers = "".join(f"{name}: {value}\r\n" for name, value in target.headers.items())
        self._head = (
            f"POST {url.raw_path.decode()} HTTP/1.1\r\nHost: {url.netloc.decode()}\r\n{headers}"
        ).encode()
        self._idle: list[_Connection] = []

    async def post(self, body: bytes) -> Answer:
        """Send a request; return its answer.

        Cancelling it closes the connection.

        Raises:
            NotConnectedError: there is no connection to be had.
            BrokenAnswerError: it broke before the answer was whole.
        """
        connection = self._take_idle() or await self._open()
        head = b"%bContent-Length: %d\r\n\r\n" % (self._head, len(body))
        try:
            answer = await connection.exchange(head + body)
        except BaseException:
            connection.close()
            raise
        if connection.is_open:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        return answer

    def close(self) -> None:
        """Close the connections that nothing is under way on."""
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def _take_idle(self) -> "_Connection | None":
        """Return the connection that was used last, if it is likely to be open still."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and now - connection.idle_since < _IDLE_SECONDS:
                return connection
            connection.close()
        return None

    async def _open(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                _Connection, self._host, self._port, ssl=self._tls
            )
        except OSError as error:
            raise NotConnectedError(str(error)) from error
        return connection


@dataclass(slots=True)
class _Response:
    """A response as it comes in."""

    headers: dict[str, str]
    content: bytearray
    is_headed: bool = False

    @property
    def ends_with_connection(self) -> bool:
        """Whether nothing but the connection's end tells where it ends."""
        framed = self.headers.keys() & {"content-length", "transfer-encoding"}
        return self.is_headed and not framed


class _Connection(asyncio.Protocol):
    """One connection; also what its parser calls back."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._begin()

    @property
    def is_open(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes) -> Answer:
        """Send a request and wait for its answer.

        Raises:
            BrokenAnswerError: the connection ended before, or what came is no HTTP.
        """
        if self._transport is None:
            raise BrokenAnswerError("it had ended")
        self._begin()
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """End it at once."""
        if self._transport is not None:
            self._transport.abort()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._response = _Response({}, bytearray())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio calls this)."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Read on (asyncio calls this)."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(f"the answer is no HTTP/1.1: {error}")
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """End with the connection (asyncio calls this)."""
        self._transport = None
        if exc is None and self._response.ends_with_connection:
            self._finish()
        else:
            self._fail(str(exc) if exc else "the server closed it without an answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header (the parser calls this)."""
        self._response.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Note that all headers are there (the parser calls this)."""
        self._response.is_headed = True

    def on_body(self, body: bytes) -> None:
        """Keep the beginning of the content (the parser calls this)."""
        room = _KEPT_CONTENT - len(self._response.content)
        self._response.content += body[:room] if room > 0 else b""

    def on_message_complete(self) -> None:
        """Give the answer to who waits for it (the parser calls this)."""
        if self._parser.get_status_code() < 200:  # "100 Continue" and its like come before it
            self._response = _Response({}, bytearray())
        else:
            self._finish()

    def _finish(self) -> None:
        response = self._response
        if not self._parser.should_keep_alive() and self._transport is not None:
            self._transport.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(
                Answer(
                    self._parser.get_status_code(),
                    response.content.decode("utf-8", "replace"),
                    response.headers.get("x-request-id"),
                    response.headers.get("retry-after"),
                )
            )

    def _fail(self, why: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(BrokenAnswerError(why))
