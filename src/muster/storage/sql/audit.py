"""The audit log."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, Row, and_, func, insert, or_, select

from muster.access.specifiers import parse_resource
from muster.audit.log import AuditFilter
from muster.audit.model import Access, Actor, AuditEntry, AuditPosition
from muster.core.ids import AuditEntryId, MemberId, TokenId
from muster.core.pointers import Json
from muster.storage.sql.columns import from_micros, to_micros
from muster.storage.sql.tables import audit_entries
from muster.storage.sql.transactions import reading, writing
from muster.storage.sql.webhooks import queue_deliveries

_COLUMNS: Final = audit_entries.c
_SEARCHED: Final = (_COLUMNS.kind, _COLUMNS.name, _COLUMNS.verb, _COLUMNS.comment)


class SqlAuditLog:
    """Implements `AuditLog`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append_entry(self, entry: AuditEntry) -> None:
        """Store an entry, and queue it for webhooks, in the transaction that holds."""
        self.append_entries([entry])

    def append_entries(self, entries: Sequence[AuditEntry]) -> None:
        """Store entries as `append_entry` does, all at once."""
        if not entries:
            return
        with writing(self._engine) as connection:
            connection.execute(insert(audit_entries), [_entry_row(entry) for entry in entries])
            queue_deliveries(connection, entries)

    def find_entry(self, entry_id: str) -> AuditEntry | None:
        """Return the entry with this id."""
        query = select(audit_entries).where(_COLUMNS.id == entry_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _to_entry(row)

    def list_entries(
        self, wanted: AuditFilter, *, limit: int, older_than: AuditPosition | None = None
    ) -> Sequence[AuditEntry]:
        """Return up to `limit` entries, newest first."""
        conditions = list(_conditions(wanted))
        if older_than is not None:
            conditions.append(_is_older(older_than))
        query = (
            select(audit_entries)
            .where(*conditions)
            .order_by(_COLUMNS.at.desc(), _COLUMNS.id.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [_to_entry(row) for row in connection.execute(query)]


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.before is not None:
        conditions.append(_COLUMNS.at < to_micros(wanted.before))
    if wanted.after is not None:
        conditions.append(_COLUMNS.at >= to_micros(wanted.after))
    if wanted.member_ids:
        conditions.append(_COLUMNS.member_id.in_(wanted.member_ids))
    if wanted.token_ids:
        conditions.append(_COLUMNS.token_id.in_(wanted.token_ids))
    if wanted.text:
        text = wanted.text.lower()
        found = (func.lower(column).contains(text, autoescape=True) for column in _SEARCHED)
        conditions.append(or_(*found))
    return conditions


def _is_older(than: AuditPosition) -> ColumnElement[bool]:
    at = to_micros(than.at)
    return or_(_COLUMNS.at < at, and_(_COLUMNS.at == at, _COLUMNS.id < than.id))


def _entry_row(entry: AuditEntry) -> dict[str, Any]:
    actor = entry.actor
    accesses = [[access.action, access.resource.with_selectors()] for access in entry.accesses]
    return {
        "id": entry.id,
        "at": to_micros(entry.at),
        "member_id": actor.member_id,
        "token_id": actor.token_id,
        "token_name": actor.token_name,
        "token_kind": actor.token_kind,
        "accesses": json.dumps(accesses),
        "kind": entry.kind,
        "name": entry.name,
        "verb": entry.verb,
        "comment": entry.comment,
        "before": _dump(entry.before),
        "after": _dump(entry.after),
    }


def _to_entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=AuditEntryId(row.id),
        at=from_micros(row.at),
        actor=Actor(
            None if row.member_id is None else MemberId(row.member_id),
            None if row.token_id is None else TokenId(row.token_id),
            row.token_name,
            row.token_kind,
        ),
        accesses=tuple(
            Access(action, parse_resource(resource))
            for action, resource in json.loads(row.accesses)
        ),
        kind=row.kind,
        name=row.name,
        verb=row.verb,
        comment=row.comment,
        before=_load(row.before),
        after=_load(row.after),
    )


def _dump(values: Mapping[str, Json] | None) -> str | None:
    return None if values is None else json.dumps(values)


def _load(text: str | None) -> Mapping[str, Json] | None:
    values: Mapping[str, Json] | None = None if text is None else json.loads(text)
    return values
