"""What webhooks need of a store.

The queue has a row for each webhook and entry that is still to be delivered. The store that writes an
entry to the audit log adds the rows, for each webhook that is on, in the same transaction. So nothing can
be passed over, as a cursor over the log could: entries have times and random ids, and transactions are
committed in another order than that in which they began. A webhook that is made gets the entries that are
written from then on, and the rows of a webhook know how often they were tried.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from muster.core.ids import WebhookId
from muster.core.paging import Page, PageRequest
from muster.webhooks.model import Claim, Delivery, Webhook


class WebhookStore(Protocol):
    """Keeps webhooks. Its methods may block: call them from a worker thread."""

    def create_webhook(self, webhook: Webhook) -> None:
        """Store a new webhook."""
        ...

    def find_webhook(self, webhook_id: str) -> Webhook | None:
        """Return the webhook with this id."""
        ...

    def list_webhooks(self) -> Sequence[Webhook]:
        """Return all webhooks, the oldest first."""
        ...

    def update_webhook(self, webhook: Webhook) -> bool:
        """Store what has changed of a webhook; tell whether it is still there."""
        ...

    def delete_webhook(self, webhook_id: WebhookId) -> bool:
        """Delete a webhook, its queue and its delivery log; tell whether there was one."""
        ...


class DeliveryQueue(Protocol):
    """Keeps what is to be delivered. Its methods may block: call them from a worker thread."""

    def list_due_webhooks(self, now: datetime) -> Sequence[WebhookId]:
        """Return the webhooks for which something is due."""
        ...

    def claim(
        self, webhook_id: WebhookId, *, now: datetime, until: datetime, limit: int
    ) -> Sequence[Claim]:
        """Take on up to `limit` of what is due for a webhook, the oldest first.

        Nobody else gets it before `until`; then it is due again, unless it was settled or dropped.
        """
        ...

    def release(self, claim: Claim, now: datetime) -> None:
        """Make what was claimed due again, unless it was settled."""
        ...

    def drop(self, claim: Claim) -> None:
        """Take something off the queue that is not to be delivered."""
        ...

    def settle(self, delivery: Delivery, retry_at: datetime | None) -> None:
        """Log an attempt, and take what it delivered off the queue, or make it due later.

        Args:
            retry_at: when to try again; None for never.
        """
        ...


class DeliveryLog(Protocol):
    """Keeps what became of attempts. Its methods may block: call them from a worker thread."""

    def list_deliveries(self, webhook_id: WebhookId, page: PageRequest) -> Page[Delivery]:
        """Return attempts of a webhook, the newest first."""
        ...

    def prune_deliveries(self, *, before: datetime, keep: int) -> int:
        """Delete rows from before a moment, and all but the newest `keep` of each webhook.

        Returns:
            How many were deleted.
        """
        ...
