"""ASGI middleware that carries out simulated faults, and HTTP that lets no request past it.

Only the sandbox puts it around its app. A server that keeps somebody's data has no such code path.
"""

import asyncio
import os
import re
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import timedelta
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from muster.api.errors import error_body
from muster.api.http_protocol import MusterProtocol
from muster.core.clock import Clock, to_millis
from muster.core.errors import InvalidRequestError, MusterError
from muster.sync.exchange import Exchange, ExchangeObserver
from muster.sync.simulation import SIMULATE_HEADER, Cause, Fault, Simulation, Simulator

SILENCE_SECONDS: Final = 60.0
"""How long a request that is never answered keeps its connection."""
_SYNC_PATH: Final = re.compile(r"/api/v2/segment-targets?/([^/]+)")
_RESET: Final = "muster.reset"
_NO_LINGER: Final = struct.pack("ii", 1, 0)

current_simulation: ContextVar[Simulation | None] = ContextVar("current_simulation", default=None)
"""What befell the request under way: an observer of its exchange can ask."""


class SimulatedError(MusterError):
    """A refusal that is only simulated; nothing is wrong with the request."""


class _SimulatedConflictError(SimulatedError):
    code = "conflict"


class _TooManyRequestsError(SimulatedError):
    code = "rate-limited"


class _SimulatedInternalError(SimulatedError):
    code = "internal-server-error"


class _SimulatedOutageError(SimulatedError):
    code = "service-unavailable"


class _NoAnswerError(SimulatedError):
    code = "timeout"


class _BrokenConnectionError(SimulatedError):
    code = "connection-reset"


_REFUSALS: Final[Mapping[Fault, SimulatedError]] = {
    Fault.CONFLICT: _SimulatedConflictError(
        "Another change was under way. Send the request again."
    ),
    Fault.TOO_MANY_REQUESTS: _TooManyRequestsError("Too many requests. Wait, then send it again."),
    Fault.INTERNAL_ERROR: _SimulatedInternalError("Something went wrong. Send it again later."),
    Fault.UNAVAILABLE: _SimulatedOutageError("The service is busy. Send it again later."),
    Fault.TIMEOUT: _NoAnswerError("The request was not applied and never answered."),
    Fault.RESET: _BrokenConnectionError("The connection was broken; nothing was applied."),
}
"""What each fault says; the last two are never sent, only told to observers."""


class FaultyApp:
    """An app whose sync requests meet faults. What it refuses is not applied."""

    def __init__(
        self,
        app: ASGIApp,
        simulator: Simulator,
        clock: Clock,
        observers: Sequence[ExchangeObserver] = (),
    ) -> None:
        """Wrap an app.

        Args:
            observers: who is told of the requests that the app does not get to see.
        """
        self._app = app
        self._simulator = simulator
        self._clock = clock
        self._observers = observers
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Let nobody wait any longer: the server is about to stop."""
        self._ending.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless a fault befalls it."""
        key = integration_key_of(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        try:
            simulation = self._simulator.decide(_wish(scope))
        except InvalidRequestError as unreadable:
            current_simulation.set(None)  # a pipelined request inherits that of the one before
            await _send(send, 400, error_body(unreadable), {})
            self._tell(key, 400, unreadable, started)
            return
        current_simulation.set(simulation)
        await self._wait(simulation.delay.total_seconds())
        fault = simulation.fault
        if fault is None:
            await self._app(scope, receive, _with_headers(send, _quota_headers(simulation)))
            return
        refusal = _REFUSALS[fault]
        if fault.status is not None:
            await _send(send, fault.status, error_body(refusal), self._headers(simulation))
        else:
            if fault is Fault.TIMEOUT:
                await self._stay_silent(receive)
            else:  # who is still sending would notice the end of the connection otherwise
                await _read_body(receive)
            await _break(scope, receive)
        self._tell(key, fault.status or 0, refusal, started)

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            try:
                await asyncio.wait_for(self._ending.wait(), seconds)
            except TimeoutError:
                return

    async def _stay_silent(self, receive: Receive) -> None:
        """Return when the client has gone, when the server ends, or when it has lasted long enough."""
        gone = asyncio.ensure_future(_read_to_end(receive))
        ending = asyncio.ensure_future(self._ending.wait())
        _, waiting = await asyncio.wait(
            {gone, ending}, timeout=SILENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        for task in waiting:
            task.cancel()

    def _headers(self, simulation: Simulation) -> dict[str, str]:
        headers = _quota_headers(simulation)
        if simulation.retry_at is not None:
            if simulation.cause is not Cause.RATE_LIMIT:
                headers["X-Ratelimit-Global-Remaining"] = "0"
            headers["X-Ratelimit-Reset"] = str(to_millis(simulation.retry_at))
            headers["Retry-After"] = str(simulation.retry_after_seconds(self._clock.now()))
        return headers

    def _tell(self, key: str, status: int, error: MusterError, started: float) -> None:
        duration = timedelta(seconds=time.perf_counter() - started)
        content = error_body(error) if status else b""
        exchange = Exchange(key, None, None, status, content, error, duration)
        for observer in self._observers:
            observer.observe(exchange)


class LongWayProtocol(MusterProtocol):
    """HTTP that sends sync requests, too, the long way through ASGI, and lets an app break connections.

    Use it as the first base of the class that `protocol_for` returns.
    """

    def _is_plain(self) -> bool:
        return False

    def _begin_long_way(self) -> None:
        super()._begin_long_way()
        self.scope["extensions"] = {_RESET: {"reset": self._reset}}

    def _reset(self) -> None:
        """Break the connection: the client's next read fails, rather than finding the end."""
        if self.transport.is_closing():
            return  # the client has gone first
        connection = self.transport.get_extra_info("socket")
        # uvloop's socket takes no options; this is another name for the same one.
        with socket.socket(fileno=os.dup(connection.fileno())) as same:
            same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()


def long_way(protocol: type[MusterProtocol]) -> type[MusterProtocol]:
    """Return a protocol of the same server that sends every request through ASGI."""
    return type("BoundLongWayProtocol", (LongWayProtocol, protocol), {})


def integration_key_of(scope: Scope) -> str | None:
    """Return the integration key of a sync request; None for any other request."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    path = _SYNC_PATH.fullmatch(scope["path"])
    return path[1] if path else None


def _wish(scope: Scope) -> str | None:
    wanted = SIMULATE_HEADER.lower().encode()
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value.decode("latin-1"))
    return None


def _quota_headers(simulation: Simulation) -> dict[str, str]:
    quota = simulation.quota
    if quota is None:
        return {}
    return {
        "X-Ratelimit-Route-Limit": str(quota.limit),
        "X-Ratelimit-Route-Remaining": str(quota.remaining),
        "X-Ratelimit-Reset": str(to_millis(quota.resets_at)),
    }


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *_encode(headers)]
        await send(message)

    return send_with_headers if headers else send


def _encode(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


async def _send(send: Send, status: int, content: bytes, headers: Mapping[str, str]) -> None:
    sent = {
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        **headers,
    }
    await send({"type": "http.response.start", "status": status, "headers": _encode(sent)})
    await send({"type": "http.response.body", "body": content})


async def _break(scope: Scope, receive: Receive) -> None:
    reset: Callable[[], None] = scope["extensions"][_RESET]["reset"]
    reset()
    await _read_to_end(receive)


async def _read_body(receive: Receive) -> None:
    while (await receive()).get("more_body", False):
        pass


async def _read_to_end(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
