"""Reading the audit log, as far as a principal may see it."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from muster.access.policy import Effect, Policy
from muster.access.principal import Principal
from muster.access.resources import ACCOUNT, Resource
from muster.audit.log import AuditFilter, AuditLog
from muster.audit.model import AuditEntry, AuditPosition
from muster.core.errors import InvalidRequestError, NotFoundError

VIEW_PROJECT: Final = "viewProject"
VIEW_AUDIT_LOG: Final = "viewAuditLog"
MAX_LIMIT: Final = 1000
_READ_AT_ONCE: Final = 200


class AuditService:
    """Reads audit entries. Its methods may block: call them from a worker thread.

    An entry about a project, or what is in one, is seen by whoever may view the project; any other by
    whoever may `viewAuditLog` on the account. The operator, for whom the principal is None, sees all.
    """

    def __init__(self, log: AuditLog) -> None:
        self._log = log

    def list_entries(
        self,
        principal: Principal | None,
        wanted: AuditFilter,
        *,
        limit: int,
        about: Policy | None = None,
        older_than: AuditPosition | None = None,
    ) -> Sequence[AuditEntry]:
        """Return up to `limit` of the entries that the principal may see, newest first.

        Args:
            about: what entries are to be about: one of their accesses is such that this policy allows
                it; None for whatever.
            older_than: where the part that was read before ended; None for the newest.

        Raises:
            InvalidRequestError: the limit is not from 1 to 1,000.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise InvalidRequestError(f"limit is {limit}; it must be from 1 to {MAX_LIMIT:,}.")
        return list(islice(self._seen(principal, wanted, about, older_than), limit))

    def count_entries(
        self,
        principal: Principal | None,
        wanted: AuditFilter,
        moments: Sequence[datetime],
        *,
        about: Policy | None = None,
    ) -> Sequence[int]:
        """Return how many such entries there are from each moment to the next.

        Args:
            moments: in order; the last is only an end.
        """
        counts = [0] * (len(moments) - 1)
        for entry in self._seen(principal, wanted, about):
            place = bisect_right(moments, entry.at) - 1
            if 0 <= place < len(counts):
                counts[place] += 1
        return counts

    def get_entry(self, principal: Principal | None, entry_id: str) -> AuditEntry:
        """Return an entry.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
        """
        entry = self._log.find_entry(entry_id)
        if entry is None or not _may_see(principal, entry.resource):
            raise NotFoundError(
                f"There is no audit entry with the id {entry_id[:64]!r}, or it is not yours to see."
            )
        return entry

    def _seen(
        self,
        principal: Principal | None,
        wanted: AuditFilter,
        about: Policy | None,
        older_than: AuditPosition | None = None,
    ) -> Iterator[AuditEntry]:
        while True:
            part = self._log.list_entries(wanted, limit=_READ_AT_ONCE, older_than=older_than)
            for entry in part:
                if _may_see(principal, entry.resource) and is_about(entry, about):
                    yield entry
            if len(part) < _READ_AT_ONCE:
                return
            older_than = part[-1].position


def is_about(entry: AuditEntry, about: Policy | None) -> bool:
    """Tell whether an entry is about what a policy names: whether it allows one of its accesses."""
    return about is None or any(about.decide(*access) is Effect.ALLOW for access in entry.accesses)


def _may_see(principal: Principal | None, resource: Resource) -> bool:
    if principal is None:
        return True
    outermost = resource.parts[0]
    if outermost.type == "proj":
        return principal.allows(VIEW_PROJECT, Resource((outermost,)))
    return principal.allows(VIEW_AUDIT_LOG, ACCOUNT)
