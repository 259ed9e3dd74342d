"""The audit log of a server elsewhere."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from muster.access.policy import Policy
from muster.audit.log import AuditFilter
from muster.audit.model import AuditEntry
from muster.core.clock import to_millis
from muster.remote.connection import Connection, Query
from muster.remote.representations import AuditEntryShape, ItemsShape

_AT_ONCE: Final = 20
_ALMOST_A_MILLISECOND: Final = timedelta(microseconds=999)


class RemoteAudit:
    """Does what `AuditService` does; the API tells times in milliseconds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_entries(
        self, _: None, wanted: AuditFilter, *, limit: int, about: Policy | None = None
    ) -> Sequence[AuditEntry]:
        """Return entries, newest first: `limit` of them, and what else is of the last one's millisecond."""
        entries: list[AuditEntry] = []
        before = None if wanted.before is None else to_millis(wanted.before + _ALMOST_A_MILLISECOND)
        while len(entries) < limit:
            asked = min(_AT_ONCE, limit - len(entries))
            query: Query = {
                "before": before,
                "after": _millis(wanted.after),
                "q": wanted.text or None,
                "memberId": wanted.member_id,
                "tokenId": wanted.token_id,
                "limit": asked,
                "expand": "versions",
            }
            found = self._connection.search(
                ItemsShape[AuditEntryShape],
                "auditlog",
                body=None if about is None else about.to_json(),
                query=query,
            )
            entries.extend(one.to_model() for one in found.items)
            if len(found.items) < asked:
                break
            before = to_millis(entries[-1].at)
        return entries

    def get_entry(self, _: None, entry_id: str) -> AuditEntry:
        """Return an entry."""
        return self._connection.get(AuditEntryShape, "auditlog", entry_id).to_model()


def _millis(moment: datetime | None) -> int | None:
    return None if moment is None else to_millis(moment)
