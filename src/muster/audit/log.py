"""What readers and writers of the audit log need of a store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from muster.audit.model import AuditEntry
from muster.core.ids import MemberId, TokenId


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted: those for which all that is given holds.

    Attributes:
        before: only entries from before this moment.
        after: only entries from this moment on.
        text: only entries whose kind, name, verb or comment holds this, in whatever case.
    """

    before: datetime | None = None
    after: datetime | None = None
    member_id: MemberId | None = None
    token_id: TokenId | None = None
    text: str = ""


class AuditLog(Protocol):
    """Keeps audit entries. Its methods may block: call them from a worker thread."""

    def append_entry(self, entry: AuditEntry) -> None:
        """Store an entry, in the transaction that holds."""
        ...

    def find_entry(self, entry_id: str) -> AuditEntry | None:
        """Return the entry with this id."""
        ...

    def list_entries(
        self, wanted: AuditFilter, *, limit: int, older_than: AuditEntry | None = None
    ) -> Sequence[AuditEntry]:
        """Return up to `limit` entries, newest first.

        Args:
            older_than: the last entry of the part that was read before; None for the newest.
        """
        ...
