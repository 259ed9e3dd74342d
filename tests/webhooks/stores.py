"""The service of webhooks, its stores and a worker over them."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from muster.audit.model import AuditEntry
from muster.audit.trail import AuditTrail
from muster.core.paging import PageRequest
from muster.storage.sql.audit import SqlAuditLog
from muster.storage.sql.transactions import SqlTransactions
from muster.storage.sql.webhooks import SqlWebhookStore
from muster.webhooks.model import Delivery, Webhook
from muster.webhooks.sender import HttpSender, Sender
from muster.webhooks.service import WebhookService
from muster.webhooks.worker import Render, WebhookWorker
from tests.clock import FakeClock
from tests.storage.sql.things import an_entry


@dataclass
class Hooks:
    """Webhooks, and changes that they are told of."""

    engine: Engine
    clock: FakeClock
    service: WebhookService = field(init=False)
    store: SqlWebhookStore = field(init=False)
    audit_log: SqlAuditLog = field(init=False)
    changes: int = 0

    def __post_init__(self) -> None:
        self.store = SqlWebhookStore(self.engine)
        self.audit_log = SqlAuditLog(self.engine)
        self.service = self.make_service(private_addresses=True)

    def make_service(self, *, private_addresses: bool) -> WebhookService:
        """Return a service with this setting."""
        trail = AuditTrail(self.audit_log, SqlTransactions(self.engine), self.clock)
        return WebhookService(
            self.store, self.store, trail, self.clock, private_addresses=private_addresses
        )

    def make_worker(
        self, sender: Sender | None = None, render: Render | None = None
    ) -> WebhookWorker:
        """Return a worker, as one server has it."""
        return WebhookWorker(
            self.store,
            self.audit_log,
            sender or HttpSender(private_addresses=True),
            render or _render,
            self.clock,
            user_agent="Muster/test",
        )

    def change(self, **fields: Any) -> AuditEntry:
        """Write an entry to the audit log, as a change does."""
        self.changes += 1
        entry = an_entry(at=self.clock.now(), name=f"change {self.changes}", **fields)
        self.audit_log.append_entry(entry)
        return entry

    def deliveries(self, webhook: Webhook) -> list[Delivery]:
        """Return the delivery log of a webhook, the oldest first."""
        page = self.store.list_deliveries(webhook.id, PageRequest(1000))
        return list(reversed(page.items))


def _render(entry: AuditEntry) -> dict[str, str]:
    return {"_id": entry.id, "name": entry.name}
