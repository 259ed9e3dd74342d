"""The sync log: one row for each request of a known integration, also for a refused one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from muster.core.ids import IntegrationKey, RequestId, SegmentKey, TokenId
from muster.core.paging import Page, PageRequest


class SyncRecord(NamedTuple):
    """What became of one sync request. It holds no member's key and no secret.

    Attributes:
        environment_id: as the body gave it, whether or not there is such an environment; None when
            the body could not be read so far.
        segment_keys: the segments that the body names, as far as it could be read; at most 100.
        status: the HTTP status of the answer.
        received: member entries in the body, repetitions included.
        added: members that were not in their segment before.
        removed: members that were in their segment before.
        unchanged: members that already were as the request wants them.
        error_code: the code of the error, or None for a request that succeeded.
        error_pointer: where in the body the error is, or None.
        error_message: the error's text, or None.
    """

    id: RequestId
    received_at: datetime
    integration_key: IntegrationKey
    environment_id: str | None
    segment_keys: tuple[SegmentKey, ...]
    token_id: TokenId | None
    status: int
    received: int
    added: int
    removed: int
    unchanged: int
    duration: timedelta
    error_code: str | None = None
    error_pointer: str | None = None
    error_message: str | None = None


class SyncLogStore(Protocol):
    """Keeps the sync log. Its methods may block: call them from a worker thread."""

    def append_records(self, records: Sequence[SyncRecord]) -> None:
        """Store these records in one transaction; one whose id is there already is passed over."""
        ...

    def find_record(self, request_id: str) -> SyncRecord | None:
        """Return the record of one request."""
        ...

    def list_records(
        self,
        page: PageRequest,
        *,
        integration_key: str | None = None,
        environment_id: str | None = None,
        segment_key: str | None = None,
        failed_only: bool = False,
    ) -> Page[SyncRecord]:
        """Return records, newest first."""
        ...

    def prune_records(self, before: datetime) -> int:
        """Delete the records received before a moment; return how many there were."""
        ...
