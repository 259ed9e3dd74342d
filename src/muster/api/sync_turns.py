"""Sync requests that come in one turn of the event loop go through each step together.

A step that is taken again and again finds its code in the processor's cache: request by request through
all steps, the same work takes a third more. Requests that were committed together are answered
together for another reason: the answers leave close behind each other, so that who waits for them wakes
once, and to wake for each costs client and server more than to answer.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar, Protocol

from muster.api.request_log import RequestLog
from muster.api.segment_targets import SegmentTargetsEndpoint, SyncAnswer, SyncRequest


class Connection(Protocol):
    """A client's connection, as far as an answer goes."""

    def send_answer(self, request: "ShortCycle", answer: SyncAnswer) -> None:
        """Send an answer, unless the client has gone."""
        ...

    def answer_alone(self, request: "ShortCycle", body: bytes) -> None:
        """Have a request answered that has to wait for more than the disk."""
        ...


class _NeverWaited:
    """Stands where uvicorn looks for the event that an ASGI app waits for."""

    def set(self) -> None:
        """Do nothing: nobody waits."""


@dataclass(slots=True, kw_only=True)
class ShortCycle(SyncRequest):
    """A sync request under way the short way, and what uvicorn asks of one that it serves.

    Attributes:
        route: the path of its route.
    """

    message_event: ClassVar = _NeverWaited()

    connection: Connection
    route: str
    disconnected: bool = False
    keep_alive: bool = True
    response_complete: bool = False


class SyncTurns:
    """Takes the sync requests of all connections, turn by turn, and answers them."""

    def __init__(self, endpoint: SegmentTargetsEndpoint, log: RequestLog) -> None:
        self._endpoint = endpoint
        self._log = log
        self._asked: list[tuple[ShortCycle, bytes]] = []
        self._ready: list[tuple[ShortCycle, SyncAnswer]] = []

    def take(self, request: ShortCycle, body: bytes) -> None:
        """Take a request that has come whole."""
        self._asked.append((request, body))
        if len(self._asked) == 1:
            asyncio.get_running_loop().call_soon(self._begin)

    def answer(self, answers: Sequence[tuple[ShortCycle, SyncAnswer]]) -> None:
        """Take answers that are to be sent."""
        if not self._ready:
            asyncio.get_running_loop().call_soon(self._send)
        self._ready += answers

    def _begin(self) -> None:
        asked, self._asked = self._asked, []
        for request, body in self._endpoint.submit(asked, self.answer):
            request.connection.answer_alone(request, body)

    def _send(self) -> None:
        """Send the answers, and then note what became of the requests."""
        ready, self._ready = self._ready, []
        for request, answer in ready:
            request.connection.send_answer(request, answer)
        sent = perf_counter()
        for request, answer in ready:
            self._endpoint.conclude(request, answer, sent - request.started)
        for request, answer in ready:
            self._log.note("POST", request.route, answer.status, sent - request.started)
