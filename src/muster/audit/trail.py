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
    def changing(self, by: Principal | Actor | None) -> Iterator["ChangeNotes"]:
        """Hold a transaction; what is noted in it becomes durable with what is changed in it.

        Args:
            by: who makes the change; None for the operator.
        """
        actor = by if isinstance(by, Actor) else Actor.of(by)
        with self._transactions.begin():
            yield ChangeNotes(self, self._log, actor)

    def entry(
        self,
        actor: Actor,
        kind: str,
        name: str,
        verb: str,
        accesses: Sequence[Access],
        *,
        before: Mapping[str, Json] | None = None,
        after: Mapping[str, Json] | None = None,
        comment: str = "",
    ) -> AuditEntry:
        """Return the entry of a change that has just been made, for `append`; see `AuditEntry`."""
        return AuditEntry(
            id=AuditEntryId(new_id()),
            at=self._clock.now(),
            actor=actor,
            accesses=tuple(accesses),
            kind=kind,
            name=name,
            verb=verb,
            comment=comment,
            before=before,
            after=after,
        )

    def append(self, entries: Sequence[AuditEntry]) -> None:
        """Write entries of changes that are durable already, in one transaction."""
        with self._transactions.begin():
            self._log.append_entries(entries)


class ChangeNotes:
    """Takes notes of the changes of one transaction."""

    def __init__(self, trail: AuditTrail, log: AuditLog, actor: Actor) -> None:
        self._trail = trail
        self._log = log
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
        entry = self._trail.entry(
            self._actor, kind, name, verb, accesses, before=before, after=after, comment=comment
        )
        self._log.append_entry(entry)
        return entry
