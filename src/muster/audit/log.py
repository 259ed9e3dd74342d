"""What readers and writers of the audit log need of a store."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from muster.audit.model import AuditEntry, AuditPosition
from muster.core.ids import MemberId, TokenId


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted: those for which all that is given holds.

    Attributes:
        before: only entries from before this moment.
        after: only entries from this moment on.
        member_ids: only what one of these members did, by a token of theirs; empty for whoever.
        token_ids: only what one of these tokens did; empty for whichever.
        text: only entries whose kind, name, verb or comment holds this, in whatever case.
    """

    before: datetime | None = None
    after: datetime | None = None
    member_ids: Collection[MemberId] = ()
    token_ids: Collection[TokenId] = ()
    text: str = ""


class AuditLog(Protocol):
    """Keeps audit entries. Its methods may block: call them from a worker thread."""

    def append_entry(self, entry: AuditEntry) -> None:
        """Store an entry, in the transaction that holds."""
        ...

    def append_entries(self, entries: Sequence[AuditEntry]) -> None:
        """Store entries as `append_entry` does, all at once."""
        ...

    def find_entry(self, entry_id: str) -> AuditEntry | None:
        """Return the entry with this id."""
        ...

    def list_entries(
        self, wanted: AuditFilter, *, limit: int, older_than: AuditPosition | None = None
    ) -> Sequence[AuditEntry]:
        """Return up to `limit` entries, newest first.

        Args:
            older_than: where the part that was read before ended; None for the newest.
        """
        ...
