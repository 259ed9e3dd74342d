"""Webhooks, what is queued for them, and the attempts to deliver it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from muster.access.policy import Policy
from muster.access.resources import Resource, webhook_resource
from muster.audit.model import AuditEntry
from muster.audit.service import is_about
from muster.core.ids import AuditEntryId, DeliveryId, WebhookId
from muster.core.pointers import Json
from muster.core.secrets import Secret


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of changes.

    Attributes:
        name: what people know it by; may be empty.
        secret: what deliveries are signed with; None for no signature.
        is_on: whether anything is sent to it.
        statements: which entries it gets: those of which this policy allows an access, as in a search of
            the audit log; None for all.
    """

    id: WebhookId
    url: str
    name: str
    secret: Secret | None
    is_on: bool
    statements: Policy | None
    tags: tuple[str, ...]
    created_at: datetime
    modified_at: datetime | None = None

    @property
    def resource(self) -> Resource:
        """The webhook, as policies speak of it."""
        return webhook_resource(self.id, frozenset(self.tags))

    @property
    def title(self) -> str:
        """Its name, or its URL where it has none."""
        return self.name or self.url

    def wants(self, entry: AuditEntry) -> bool:
        """Tell whether an entry is to be sent to it."""
        return self.is_on and is_about(entry, self.statements)

    def snapshot(self) -> dict[str, Json]:
        """Return what the audit log keeps of the webhook; of the secret, whether there is one."""
        return {
            "id": self.id,
            "name": self.name,
            "url": self.url,
            "on": self.is_on,
            "signed": self.secret is not None,
            "statements": [] if self.statements is None else self.statements.to_json(),
            "tags": list(self.tags),
        }


@dataclass(frozen=True, slots=True)
class Claim:
    """An entry that is queued for a webhook, and that a worker has taken on for a while.

    Attributes:
        attempts: how often it has been tried.
    """

    webhook_id: WebhookId
    entry_id: AuditEntryId
    attempts: int


class Outcome(StrEnum):
    """What became of an attempt: delivered, failed and to be tried again, or failed for the last time."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver an entry: a row of the delivery log.

    Attributes:
        attempt: 1 for the first.
        at: when it began.
        status: the HTTP status of the answer; None where there was none.
        error: why it failed; None where it did not.
    """

    id: DeliveryId
    webhook_id: WebhookId
    entry_id: AuditEntryId
    attempt: int
    at: datetime
    duration: timedelta
    status: int | None
    error: str | None
    outcome: Outcome
