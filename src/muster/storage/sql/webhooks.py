"""Webhooks, what is queued for them, and the delivery log."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Row,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from muster.access.policy import Policy
from muster.audit.model import AuditEntry
from muster.core.ids import AuditEntryId, DeliveryId, WebhookId
from muster.core.paging import Page, PageRequest
from muster.core.secrets import Secret
from muster.storage.sql.columns import (
    PlainText,
    from_json_list,
    from_micros,
    from_micros_or_none,
    to_json_list,
    to_micros,
    to_micros_or_none,
)
from muster.storage.sql.tables import webhook_deliveries, webhook_queue, webhooks
from muster.storage.sql.transactions import reading, writing
from muster.webhooks.model import Claim, Delivery, Outcome, Webhook

_QUEUE: Final = webhook_queue.c
_LOG: Final = webhook_deliveries.c
_MICROSECOND: Final = timedelta(microseconds=1)


class SqlWebhookStore:
    """Implements `WebhookStore`, `DeliveryQueue` and `DeliveryLog`. Every method may raise
    `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_webhook(self, webhook: Webhook) -> None:
        """Store a new webhook."""
        with writing(self._engine) as connection:
            connection.execute(insert(webhooks), _webhook_row(webhook))

    def find_webhook(self, webhook_id: str) -> Webhook | None:
        """Return the webhook with this id."""
        query = select(webhooks).where(webhooks.c.id == webhook_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _to_webhook(row)

    def list_webhooks(self) -> Sequence[Webhook]:
        """Return all webhooks, the oldest first."""
        query = select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id)
        with reading(self._engine) as connection:
            return [_to_webhook(row) for row in connection.execute(query)]

    def update_webhook(self, webhook: Webhook) -> bool:
        """Store what has changed of a webhook; tell whether it is still there."""
        row = _webhook_row(webhook)
        values = {name: row[name] for name in row.keys() - {"id", "created_at"}}
        with writing(self._engine) as connection:
            updated = connection.execute(
                update(webhooks).where(webhooks.c.id == webhook.id).values(**values)
            )
            return updated.rowcount > 0

    def delete_webhook(self, webhook_id: WebhookId) -> bool:
        """Delete a webhook, its queue and its delivery log; tell whether there was one."""
        with writing(self._engine) as connection:
            deleted = connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id))
            connection.execute(delete(webhook_queue).where(_QUEUE.webhook_id == webhook_id))
            connection.execute(delete(webhook_deliveries).where(_LOG.webhook_id == webhook_id))
            return deleted.rowcount > 0

    def list_due_webhooks(self, now: datetime) -> Sequence[WebhookId]:
        """Return the webhooks for which something is due."""
        query = select(_QUEUE.webhook_id).where(_QUEUE.due_at <= to_micros(now)).distinct()
        with reading(self._engine) as connection:
            return [WebhookId(one) for one in connection.execute(query).scalars()]

    def claim(
        self, webhook_id: WebhookId, *, now: datetime, until: datetime, limit: int
    ) -> Sequence[Claim]:
        """Take on up to `limit` of what is due for a webhook, the oldest first."""
        due = (
            select(webhook_queue)
            .where(_QUEUE.webhook_id == webhook_id, _QUEUE.due_at <= to_micros(now))
            .order_by(_QUEUE.entry_at, _QUEUE.entry_id)
            .limit(limit)
            # What another server is just taking on; SQLite has one writer, and needs no word for it.
            .with_for_update(skip_locked=True)
        )
        with writing(self._engine) as connection:
            claims = [_to_claim(row) for row in connection.execute(due)]
            for claim in claims:
                _make_due(connection, claim.webhook_id, claim.entry_id, claim.attempts, until)
        return claims

    def release(self, claim: Claim, now: datetime) -> None:
        """Make what was claimed due again, unless it was settled."""
        unsettled = and_(
            _is_place(claim.webhook_id, claim.entry_id), _QUEUE.attempts == claim.attempts
        )
        with writing(self._engine) as connection:
            connection.execute(update(webhook_queue).where(unsettled).values(due_at=to_micros(now)))

    def drop(self, claim: Claim) -> None:
        """Take something off the queue that is not to be delivered."""
        with writing(self._engine) as connection:
            _dequeue(connection, claim.webhook_id, claim.entry_id)

    def settle(self, delivery: Delivery, retry_at: datetime | None) -> None:
        """Log an attempt, and take what it delivered off the queue, or make it due later."""
        place = (delivery.webhook_id, delivery.entry_id)
        with writing(self._engine) as connection:
            connection.execute(insert(webhook_deliveries), _delivery_row(delivery))
            if retry_at is None:
                _dequeue(connection, *place)
            else:
                _make_due(connection, *place, delivery.attempt, retry_at)

    def list_deliveries(self, webhook_id: WebhookId, page: PageRequest) -> Page[Delivery]:
        """Return attempts of a webhook, the newest first."""
        of_webhook = _LOG.webhook_id == webhook_id
        count = select(func.count()).select_from(webhook_deliveries).where(of_webhook)
        query = (
            select(webhook_deliveries)
            .where(of_webhook)
            .order_by(_LOG.at.desc(), _LOG.id.desc())
            .limit(page.limit)
            .offset(page.offset)
        )
        with reading(self._engine) as connection:
            total = connection.execute(count).scalar_one()
            rows = connection.execute(query).all()
        return Page([_to_delivery(row) for row in rows], total, page)

    def prune_deliveries(self, *, before: datetime, keep: int) -> int:
        """Delete rows from before a moment, and all but the newest `keep` of each webhook."""
        old = delete(webhook_deliveries).where(_LOG.at < to_micros(before))
        full = select(_LOG.webhook_id).group_by(_LOG.webhook_id).having(func.count() > keep)
        with writing(self._engine) as connection:
            pruned = connection.execute(old).rowcount
            for webhook_id in connection.execute(full).scalars().all():
                pruned += _keep_newest(connection, webhook_id, keep)
        return pruned


_QUEUE_ENTRY: Final = insert(webhook_queue).from_select(
    ["webhook_id", "entry_id", "entry_at", "due_at", "attempts"],
    select(
        webhooks.c.id,
        bindparam("id_of_entry", type_=PlainText),
        bindparam("at_of_entry", type_=BigInteger),
        bindparam("at_of_entry", type_=BigInteger),
        literal(0, Integer),
    ).where(webhooks.c.is_on),
)


def queue_deliveries(connection: Connection, entries: Sequence[AuditEntry]) -> None:
    """Queue entries for each webhook that is on, in the transaction that writes the entries."""
    connection.execute(
        _QUEUE_ENTRY,
        [{"id_of_entry": entry.id, "at_of_entry": to_micros(entry.at)} for entry in entries],
    )


def _dequeue(connection: Connection, webhook_id: str, entry_id: str) -> None:
    connection.execute(delete(webhook_queue).where(_is_place(webhook_id, entry_id)))


def _make_due(
    connection: Connection, webhook_id: str, entry_id: str, attempts: int, at: datetime
) -> None:
    connection.execute(
        update(webhook_queue)
        .where(_is_place(webhook_id, entry_id))
        .values(due_at=to_micros(at), attempts=attempts)
    )


def _is_place(webhook_id: str, entry_id: str) -> ColumnElement[bool]:
    return and_(_QUEUE.webhook_id == webhook_id, _QUEUE.entry_id == entry_id)


def _keep_newest(connection: Connection, webhook_id: str, keep: int) -> int:
    """Delete all rows of a webhook but the newest; return how many."""
    of_webhook = _LOG.webhook_id == webhook_id
    newest_of_rest = (
        select(_LOG.at, _LOG.id)
        .where(of_webhook)
        .order_by(_LOG.at.desc(), _LOG.id.desc())
        .offset(keep)
        .limit(1)
    )
    row = connection.execute(newest_of_rest).one_or_none()
    if row is None:
        return 0
    is_older = or_(_LOG.at < row.at, and_(_LOG.at == row.at, _LOG.id <= row.id))
    return connection.execute(delete(webhook_deliveries).where(of_webhook, is_older)).rowcount


def _webhook_row(webhook: Webhook) -> dict[str, Any]:
    statements = webhook.statements
    return {
        "id": webhook.id,
        "url": webhook.url,
        "name": webhook.name,
        "secret": None if webhook.secret is None else webhook.secret.reveal(),
        "is_on": webhook.is_on,
        "statements": None if statements is None else json.dumps(statements.to_json()),
        "tags": to_json_list(webhook.tags),
        "created_at": to_micros(webhook.created_at),
        "modified_at": to_micros_or_none(webhook.modified_at),
    }


def _to_webhook(row: Row[Any]) -> Webhook:
    return Webhook(
        id=WebhookId(row.id),
        url=row.url,
        name=row.name,
        secret=None if row.secret is None else Secret(row.secret),
        is_on=row.is_on,
        statements=None if row.statements is None else Policy.parse(json.loads(row.statements)),
        tags=from_json_list(row.tags),
        created_at=from_micros(row.created_at),
        modified_at=from_micros_or_none(row.modified_at),
    )


def _to_claim(row: Row[Any]) -> Claim:
    return Claim(WebhookId(row.webhook_id), AuditEntryId(row.entry_id), row.attempts)


def _delivery_row(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "webhook_id": delivery.webhook_id,
        "entry_id": delivery.entry_id,
        "attempt": delivery.attempt,
        "at": to_micros(delivery.at),
        "duration_micros": delivery.duration // _MICROSECOND,
        "status": delivery.status,
        "error": delivery.error,
        "outcome": delivery.outcome.value,
    }


def _to_delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=DeliveryId(row.id),
        webhook_id=WebhookId(row.webhook_id),
        entry_id=AuditEntryId(row.entry_id),
        attempt=row.attempt,
        at=from_micros(row.at),
        duration=row.duration_micros * _MICROSECOND,
        status=row.status,
        error=row.error,
        outcome=Outcome(row.outcome),
    )
