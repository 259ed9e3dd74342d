"""Noting changes as they are made."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from muster.access.principal import Principal
from muster.audit.log import AuditLog
from muster.audit.model import Access, Actor, AuditEntry
from muster.core.clock import Clock
from muster.core.ids import AuditEntryId, new_id
from muster.core.pointers import Json
from muster.core.transactions import Transactions


class AuditTrail:
    """Makes each change and its entry one transaction."""

    def __init__(self, log: AuditLog, transactions: Transactions, clock: Clock) -> None:
        self._log = log
        self._transactions = transactions
        self._clock = clock

    @contextmanager
    def changing(self, principal: Principal | None) -> Iterator["ChangeNotes"]:
        """Hold a transaction; what is noted in it becomes durable with what is changed in it.

        Args:
            principal: who makes the change; None for the operator.
        """
        with self._transactions.begin():
            yield ChangeNotes(self._log, self._clock, Actor.of(principal))


class ChangeNotes:
    """Takes notes of the changes of one transaction."""

    def __init__(self, log: AuditLog, clock: Clock, actor: Actor) -> None:
        self._log = log
        self._clock = clock
        self._actor = actor

    def note(
        self,
        kind: str,
        name: str,
        verb: str,
        accesses: Sequence[Access],
        *,
        before: Mapping[str, Json] | None = None,
        after: Mapping[str, Json] | None = None,
        comment: str = "",
    ) -> AuditEntry:
        """Write an entry; see `AuditEntry` for what its parts mean."""
        entry = AuditEntry(
            id=AuditEntryId(new_id()),
            at=self._clock.now(),
            actor=self._actor,
            accesses=tuple(accesses),
            kind=kind,
            name=name,
            verb=verb,
            comment=comment,
            before=before,
            after=after,
        )
        self._log.append_entry(entry)
        return entry
