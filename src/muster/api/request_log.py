"""One log line and one count for each HTTP request.

A line names the route, never the path: a path may hold a member's key. It holds no query either.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from muster.api.metrics import HttpMetrics

_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_LINE: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z

LineWriter = Callable[[dict[str, Any]], None]
"""Writes one line of the log, of these fields."""


class JsonLines:
    """Writes lines as structlog's JSON renderer does, all those of one turn of the event loop at once.

    A request's line is most of what a busy server logs: this costs a tenth of what one at a time does.
    """

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._waiting: list[bytes] = []

    def __call__(self, fields: dict[str, Any]) -> None:
        """Take a line; it is written before the event loop waits again."""
        fields["level"] = "info"
        fields["timestamp"] = datetime.now(UTC)
        self._waiting.append(orjson.dumps(fields, option=_LINE))
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        lines, self._waiting = self._waiting, []
        self._output.write(b"".join(lines))
        self._output.flush()


def structlog_lines(fields: dict[str, Any]) -> None:
    """Write a line as structlog is configured to: for people, or not at all."""
    structlog.get_logger("muster.http").info(**fields)


class RequestLog:
    """Tells of each answered request."""

    def __init__(self, metrics: HttpMetrics, write_line: LineWriter = structlog_lines) -> None:
        self._metrics = metrics
        self._write_line = write_line

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Tell of one request; a status of 0 says that the client went away unanswered."""
        if status in {0, 405}:  # any word can be a method that is not answered
            method = "OTHER"
        self._metrics.observe(method, route, status, seconds)
        if route not in _QUIET:
            self._write_line(
                {
                    "method": method,
                    "route": route,
                    "status": status or "client gone",
                    "ms": round(seconds * 1000, 3),
                    "event": "request",
                }
            )


class LoggedApp:
    """ASGI middleware, the outermost of all: an app whose requests are logged."""

    def __init__(self, app: ASGIApp, log: RequestLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tell of it when it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched") or "unmatched"
            self._log.note(scope["method"], route, status, time.perf_counter() - started)
