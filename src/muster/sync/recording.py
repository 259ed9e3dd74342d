"""Recordings: the last bodies that partners sent, kept so that they can be looked at and replayed.

Off unless it is asked for. Members' ids are hashed unless that is asked for, too; see
`muster.payloads.redaction`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from muster.core.errors import InvalidRequestError
from muster.core.ids import IntegrationKey, RequestId
from muster.core.pointers import Json

MAX_RECORDING_BYTES: Final = 64 * 1024 * 1024
"""The largest file that is read as a recording."""
_FORMAT: Final = 1
_MARK: Final = "musterRecording"


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
