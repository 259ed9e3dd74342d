"""Recordings: the last bodies that partners sent, kept so that they can be looked at and replayed.

Off unless it is asked for. Members' ids are hashed unless that is asked for, too; see
`muster.payloads.redaction`.
"""

import queue
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import structlog

from muster.core.errors import InvalidRequestError, MusterError
from muster.core.ids import IntegrationKey, RequestId
from muster.core.pointers import Json
from muster.payloads.errors import InvalidPayloadError
from muster.payloads.json import decode_body
from muster.payloads.redaction import Redactor
from muster.sync.exchange import Exchange

_log = structlog.get_logger(__name__)

MAX_RECORDING_BYTES: Final = 64 * 1024 * 1024
"""The largest file that is read as a recording."""
_FORMAT: Final = 1
_MARK: Final = "musterRecording"
_WAITING: Final = 256
"""How many exchanges may wait to be written; beyond, the newest are passed over."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A sync request as it was kept.

    Attributes:
        request_parser: the manifest's requestParser as it was then.
        status: the HTTP status of the answer.
        error: `code`, `message` and `pointer` of why it was refused, or None.
        counts: members `received`, `added`, `removed` and `unchanged`.
        hashed: whether hashes stand for members' ids in the body.
        body: the decoded body; None where there is none to keep.
        missing: why there is no body; empty where there is one.
    """

    id: RequestId
    received_at: datetime
    integration_key: IntegrationKey
    request_parser: Json
    status: int
    error: Mapping[str, str | None] | None
    counts: Mapping[str, int]
    hashed: bool
    body: Json
    missing: str = ""

    def to_document(self) -> dict[str, Any]:
        """Return the recording as JSON keeps it."""
        return {
            _MARK: _FORMAT,
            "id": self.id,
            "receivedAt": self.received_at.isoformat(),
            "integrationKey": self.integration_key,
            "status": self.status,
            "error": self.error,
            "counts": dict(self.counts),
            "memberIds": "hashed" if self.hashed else "plain",
            "requestParser": self.request_parser,
            "missing": self.missing,
            "body": self.body,
        }

    @classmethod
    def of_document(cls, document: Json) -> "Recording":
        """Read what `to_document` gave.

        Raises:
            InvalidRequestError: it is no recording, or of a format that this version does not know.
        """
        if not is_recording(document):
            raise InvalidRequestError("This is not a recording of Muster's.")
        if document[_MARK] != _FORMAT:
            raise InvalidRequestError(
                f"The recording has format {document[_MARK]!r}; this version reads {_FORMAT}."
            )
        try:
            return cls(
                id=RequestId(document["id"]),
                received_at=datetime.fromisoformat(document["receivedAt"]),
                integration_key=IntegrationKey(document["integrationKey"]),
                request_parser=document["requestParser"],
                status=int(document["status"]),
                error=document["error"],
                counts=dict(document["counts"]),
                hashed=document["memberIds"] == "hashed",
                body=document["body"],
                missing=str(document["missing"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidRequestError(f"The recording is damaged: {error!r}.") from error


def is_recording(document: Json) -> bool:
    """Tell whether a JSON document is a recording, of whatever format."""
    return isinstance(document, dict) and _MARK in document


class RecordingStore(Protocol):
    """Keeps the last recordings. Its methods block."""

    def add(self, recording: Recording) -> None:
        """Keep a recording; the oldest go where there are too many."""
        ...

    def find(self, request_id: str) -> Recording | None:
        """Return the recording of one request."""
        ...

    def list_ids(self) -> Sequence[RequestId]:
        """Return which requests are kept, the oldest first."""
        ...


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
