"""One sync request and its answer, told to whoever wants to look on."""

from datetime import timedelta
from typing import NamedTuple, Protocol

from muster.core.errors import MusterError
from muster.sync.service import SyncAttempt


class Exchange(NamedTuple):
    """A sync request and what it was answered.

    Attributes:
        integration_key: as the path gave it, in whatever case.
        attempt: what is known of the request; None when it is unknown who asked, or for what.
        body: what was sent, decompressed; None where it was not read.
        status: the HTTP status of the answer.
        content: the body of the answer; empty for none.
        error: why the request was refused, or None.
        duration: from the request's head to its answer.
    """

    integration_key: str
    attempt: SyncAttempt | None
    body: bytes | None
    status: int
    content: bytes
    error: MusterError | None
    duration: timedelta


class ExchangeObserver(Protocol):
    """Looks on: it is told of each exchange after the answer was sent, in the event loop, so be quick."""

    def observe(self, exchange: Exchange) -> None:
        """Take notice of an exchange."""
        ...
