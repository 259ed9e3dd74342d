"""Recording requests beside the answers; see `muster.sync.recording` for what is kept."""

import queue
import secrets
import threading
from typing import Final

import structlog

from muster.core.errors import MusterError
from muster.core.pointers import Json
from muster.payloads.errors import InvalidPayloadError
from muster.payloads.json import decode_body
from muster.payloads.redaction import Redactor
from muster.sync.exchange import Exchange
from muster.sync.recording import Recording, RecordingStore

_log = structlog.get_logger(__name__)

_WAITING: Final = 256
"""How many exchanges may wait to be written; beyond, the newest are passed over."""


class RequestRecorder:
    """Implements `ExchangeObserver`: keeps the bodies of requests whose integration is known.

    It writes in a thread of its own, after the answer. When the disk can't keep up, requests are passed
    over rather than slowed.
    """

    def __init__(self, store: RecordingStore, *, plain: bool) -> None:
        """Make a recorder; `start` starts it.

        Args:
            plain: keep members' ids as they are.
        """
        self._store = store
        self._plain = plain
        self._secret = secrets.token_bytes(32)
        self._waiting: queue.Queue[Exchange | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="request-recorder", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """Write what waits, then stop the thread."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def observe(self, exchange: Exchange) -> None:
        """Take an exchange; it is written soon."""
        if exchange.attempt is None:
            return
        try:
            self._waiting.put_nowait(exchange)
        except queue.Full:
            _log.warning("request not recorded: too many wait", request_id=exchange.attempt.id)

    def _run(self) -> None:
        while (exchange := self._waiting.get()) is not None:
            try:
                self._store.add(self._record(exchange))
            except MusterError as error:
                _log.warning("request not recorded", reason=error.message)
            except Exception:
                _log.exception("request not recorded")

    def _record(self, exchange: Exchange) -> Recording:
        attempt = exchange.attempt
        assert attempt is not None  # noqa: S101 - `observe` takes no other
        declared = attempt.integration.manifest.synced_segment
        body, missing = self._body(exchange)
        error = exchange.error
        return Recording(
            id=attempt.id,
            received_at=attempt.received_at,
            integration_key=attempt.integration.key,
            request_parser=dict(declared.request_parser) if declared else None,
            status=exchange.status,
            error={"code": error.code, "message": error.message, "pointer": error.pointer}
            if error
            else None,
            counts={
                "received": attempt.received,
                "added": attempt.added,
                "removed": attempt.removed,
                "unchanged": attempt.unchanged,
            },
            hashed=not self._plain,
            body=body,
            missing=missing,
        )

    def _body(self, exchange: Exchange) -> tuple[Json, str]:
        """Return the body to keep, or None and why there is none."""
        attempt = exchange.attempt
        parser = attempt.integration.parser if attempt else None
        if exchange.body is None or parser is None:
            return None, "The body was not read."
        try:
            body = decode_body(exchange.body)
        except InvalidPayloadError as error:
            return None, error.message
        return (body if self._plain else Redactor(parser.spec, self._secret).redact(body)), ""
