"""One log line and one count for each HTTP request.

A line names the route, never the path: a path may hold a member's key. It holds no query either.
"""

import time
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from muster.api.metrics import HttpMetrics

_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class RequestLog:
    """ASGI middleware, the outermost of all."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self._app = app
        self._metrics = metrics
        self._log = structlog.get_logger("muster.http")

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
            seconds = time.perf_counter() - started
            method = scope["method"] if status not in {0, 405} else "OTHER"
            route = getattr(scope.get("route"), "path", "unmatched") or "unmatched"
            self._metrics.observe(method, route, status, seconds)
            if route not in _QUIET:
                self._log.info(
                    "request",
                    method=method,
                    route=route,
                    status=status or "client gone",
                    ms=round(seconds * 1000, 3),
                )
