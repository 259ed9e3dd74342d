"""HTTP below ASGI: uvicorn's protocol, with a short way for sync requests.

Partners send most of their requests whole: POST, JSON, uncompressed, the body right behind its head. Such
a request needs none of what ASGI makes of it, which costs as much as applying it does. It goes straight
to the endpoint; every other request, and all the rest of HTTP, is uvicorn's.
"""

import re
from http import HTTPStatus
from typing import ClassVar, Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from muster.api.known_heads import KnownHead, KnownHeads
from muster.api.request_log import RequestLog
from muster.api.segment_targets import PATHS, SegmentTargetsEndpoint, SyncAnswer
from muster.api.sync_turns import ShortCycle, SyncTurns

_SYNC_PATH: Final = re.compile(rb"/api/v2/(segment-targets?)/([A-Za-z0-9._-]+)")
_UNUSUAL: Final = frozenset({b"transfer-encoding", b"content-encoding", b"expect"})
"""With one of these headers a request goes the long way."""
_UPGRADE: Final = frozenset({b"upgrade", b"connection", b"http2-settings"})
_STATUS_LINES: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


class MusterProtocol(HttpToolsProtocol):
    """One connection. `protocol_for` makes the class that a server uses.

    Beside the short way, two things are other than uvicorn's:

    - An offer to upgrade (h2c, as curl makes with --http2) is passed over, as RFC 9110 allows; uvicorn
      would answer without the body.
    - A connection keeps one timer for as long as it is idle, not one for each answer.
    """

    endpoint: ClassVar[SegmentTargetsEndpoint]
    turns: ClassVar[SyncTurns]
    heads: ClassVar[KnownHeads]

    _short: re.Match[bytes] | None = None
    """The path of a request whose body has not come whole yet, and that may go the short way."""
    _parts: list[bytes]
    _whole: bytes = b""
    """What came at once, where it began with a request and none was under way."""
    _is_between: bool = True
    """Whether the parser stands between two requests."""
    _active_at: float = 0.0

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client."""
        self._active_at = self.loop.time()
        self._whole = data if self._is_between and self._is_idle() else b""
        if self._whole and (found := self.heads.find(data)) is not None:
            self._take(*found)
            return
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._pass_over_upgrade(data[upgrade.args[0] :])
            return
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        if self._short is not None:
            self._go_long_way()

    def on_message_begin(self) -> None:
        """Begin to gather a request; its ASGI scope is made when it turns out to need one."""
        self._is_between = False
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        """Choose the way that a request goes."""
        if self.parser.should_upgrade():
            return  # `data_received` hears of it next
        path = _SYNC_PATH.fullmatch(self.url)
        if path is not None and self._is_plain():
            self._short = path
            self._parts = []
        else:
            self._begin_long_way()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self._short is None:
            super().on_body(body)
        else:
            self._parts.append(body)

    def on_message_complete(self) -> None:
        """Answer a request that has come whole, or tell its app that it has."""
        self._is_between = True
        if self.parser.should_upgrade():
            return
        if self._short is not None and sum(map(len, self._parts)) > self.endpoint.max_body_bytes:
            self._go_long_way()
        path, self._short = self._short, None
        if path is None:
            super().on_message_complete()
            return
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        head = KnownHead(path[2].decode(), PATHS[path[1].decode()], tuple(self.headers))
        if self._whole:
            self.heads.learn(self._whole, body, head)
        self._take(head, body)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that has been idle for long enough; else look again later."""
        self.timeout_keep_alive_task = None
        if not self._is_idle():
            return  # its answer sets the timer again
        idle = self.loop.time() - self._active_at
        if idle >= self.timeout_keep_alive:
            super().timeout_keep_alive_handler()
        else:
            self._set_timer(self.timeout_keep_alive - idle)

    def _is_idle(self) -> bool:
        """Tell whether no request is under way on this connection."""
        return self.cycle is None or self.cycle.response_complete

    def _take(self, head: KnownHead, body: bytes) -> None:
        """Have a request answered the short way."""
        request = ShortCycle(
            integration_key=head.integration_key,
            headers=head.headers,
            scheme=self.scheme or "http",
            connection=self,
            route=head.route,
        )
        self.cycle = request  # type: ignore[assignment]
        self.turns.take(request, body)

    def _is_plain(self) -> bool:
        """Tell whether a request to the endpoint may go the short way, by its head."""
        if self.parser.get_method() != b"POST" or self.parser.get_http_version() != "1.1":
            return False
        if not self._is_idle():
            return False  # pipelined: its turn comes after the one before it
        is_json = False
        for name, value in self.headers:
            if name in _UNUSUAL or (name == b"connection" and value.lower() != b"keep-alive"):
                return False
            if name == b"content-type":
                is_json = value == b"application/json"
        return is_json

    def _begin_long_way(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()

    def _go_long_way(self) -> None:
        """Hand a request over to ASGI, as far as it has come: its body may take its time."""
        self._short = None
        parts, self._parts = self._parts, []
        self._begin_long_way()
        for part in parts:
            super().on_body(part)

    def _pass_over_upgrade(self, rest: bytes) -> None:
        """Read a request again without its offer to upgrade; the parser has stopped at its body."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            self.send_400_response("Muster is no proxy.")
            return
        lines = [method, b" ", self.url, b" HTTP/1.1\r\n"]
        for name, value in self.headers:
            if name == b"connection" and b"close" in value.lower():
                lines.append(b"connection: close\r\n")
            elif name not in _UPGRADE:
                lines += [name, b": ", value, b"\r\n"]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"".join([*lines, b"\r\n", rest]))

    def answer_alone(self, request: ShortCycle, body: bytes) -> None:
        """Have a request answered that has to wait for more than the disk."""
        task = self.loop.create_task(self._answer(request, body))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def send_answer(self, request: ShortCycle, answer: SyncAnswer) -> None:
        """Send an answer, unless the client has gone."""
        if request.disconnected or self.transport.is_closing():
            return
        lines = [_STATUS_LINES[answer.status]]
        headers = answer.headers()
        if not request.keep_alive:
            headers.append((b"connection", b"close"))
        for name, value in (*self.server_state.default_headers, *headers):
            lines += [name, b": ", value, b"\r\n"]
        lines += [b"\r\n", answer.content]
        self.transport.write(b"".join(lines))
        request.response_complete = True
        self._finish(keep_alive=(b"connection", b"close") not in headers)

    async def _answer(self, request: ShortCycle, body: bytes) -> None:
        self.turns.answer([(request, await self.endpoint.answer(request, body))])

    def _finish(self, *, keep_alive: bool) -> None:
        if not keep_alive:
            self.transport.close()
        if self.pipeline:
            self.on_response_complete()
            return
        self.server_state.total_requests += 1
        self._active_at = self.loop.time()
        if self.timeout_keep_alive_task is None and keep_alive:
            self._set_timer(self.timeout_keep_alive)

    def _set_timer(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )


def protocol_for(endpoint: SegmentTargetsEndpoint, log: RequestLog) -> type[MusterProtocol]:
    """Return the protocol of a server whose sync requests this endpoint answers."""
    members = {"endpoint": endpoint, "turns": SyncTurns(endpoint, log), "heads": KnownHeads()}
    return type("BoundMusterProtocol", (MusterProtocol,), members)
