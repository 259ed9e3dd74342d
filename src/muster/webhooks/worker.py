"""Delivering what is queued for webhooks.

An entry is tried at most five times: at once, after a second, and then after half a minute, two minutes
and ten minutes. Each webhook is served by a task of its own, a few entries at a time, so that one that is
slow holds up nobody else. What a worker takes on is its own for `LEASE`: of several servers over one
store, one delivers it, and if that one dies, another does (or the same, after its restart). So an entry
is delivered at least once, and in no certain order.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Final, Protocol

import structlog

from muster.audit.log import AuditLog
from muster.audit.model import AuditEntry
from muster.core.clock import Clock
from muster.core.errors import MusterError
from muster.core.ids import DeliveryId, WebhookId, new_id
from muster.webhooks.model import Claim, Delivery, Outcome, Webhook
from muster.webhooks.sender import Answer, Sender
from muster.webhooks.signature import SIGNATURE_HEADER, sign
from muster.webhooks.store import DeliveryLog, DeliveryQueue, WebhookStore

_log = structlog.get_logger(__name__)

RETRY_AFTER: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 30, 120, 600))
"""How long after each attempt that failed the next one is made."""
LEASE: Final = timedelta(seconds=30)
"""How long a worker may take over an attempt before another may make it: more than the time limit of a
request and two writes to the store, and than clocks of servers should differ."""
KEEP_DELIVERIES_FOR: Final = timedelta(days=7)
KEEP_DELIVERIES: Final = 1_000
"""How many rows of the delivery log are kept of each webhook."""
_AT_ONCE: Final = 4
_POLL_SECONDS: Final = 1.0

Render = Callable[[AuditEntry], Mapping[str, Any]]
"""Shows an entry as the REST API does."""


class DeliveryStore(DeliveryQueue, DeliveryLog, WebhookStore, Protocol):
    """All that the worker needs of a store."""


class WebhookWorker:
    """Delivers what is due, from `run` until that is cancelled."""

    def __init__(
        self,
        store: DeliveryStore,
        entries: AuditLog,
        sender: Sender,
        render: Render,
        clock: Clock,
        *,
        user_agent: str,
    ) -> None:
        self._store = store
        self._entries = entries
        self._sender = sender
        self._render = render
        self._clock = clock
        self._user_agent = user_agent
        self._tasks: dict[WebhookId, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Deliver again and again, until it is cancelled; what is under way then is due again at once."""
        try:
            while True:
                try:
                    await self._start_due()
                except MusterError as error:
                    _log.error("webhooks not served; will be tried again", reason=error.message)
                except Exception:
                    _log.exception("webhooks not served; will be tried again")
                await asyncio.sleep(_POLL_SECONDS)
        finally:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def deliver_due(self) -> None:
        """Deliver what is due now, and wait for it.

        Raises:
            UnavailableError: the store can't be read.
        """
        await self._start_due()
        await asyncio.gather(*self._tasks.values())

    async def prune(self) -> None:
        """Delete old rows of the delivery log.

        Raises:
            UnavailableError: the store can't be written.
        """
        before = self._clock.now() - KEEP_DELIVERIES_FOR
        await asyncio.to_thread(self._store.prune_deliveries, before=before, keep=KEEP_DELIVERIES)

    async def _start_due(self) -> None:
        due = await asyncio.to_thread(self._store.list_due_webhooks, self._clock.now())
        for webhook_id in due:
            if webhook_id not in self._tasks:
                task = asyncio.create_task(self._serve(webhook_id))
                self._tasks[webhook_id] = task
                task.add_done_callback(partial(self._forget, webhook_id))

    def _forget(self, webhook_id: WebhookId, _: asyncio.Task[None]) -> None:
        del self._tasks[webhook_id]

    async def _serve(self, webhook_id: WebhookId) -> None:
        """Deliver all that is due for a webhook."""
        with _logged(webhook_id):
            while claims := await self._claim(webhook_id):
                webhook = await asyncio.to_thread(self._store.find_webhook, webhook_id)
                await asyncio.gather(*(self._deliver(webhook, claim) for claim in claims))

    async def _claim(self, webhook_id: WebhookId) -> Sequence[Claim]:
        now = self._clock.now()
        return await asyncio.to_thread(
            self._store.claim, webhook_id, now=now, until=now + LEASE, limit=_AT_ONCE
        )

    async def _deliver(self, webhook: Webhook | None, claim: Claim) -> None:
        try:
            with _logged(claim.webhook_id):
                entry = await asyncio.to_thread(self._entries.find_entry, claim.entry_id)
                if webhook is None or entry is None or not webhook.wants(entry):
                    await asyncio.to_thread(self._store.drop, claim)
                else:
                    await self._attempt(webhook, entry, claim)
        except asyncio.CancelledError:
            await asyncio.to_thread(self._store.release, claim, self._clock.now())
            raise

    async def _attempt(self, webhook: Webhook, entry: AuditEntry, claim: Claim) -> None:
        began_at = self._clock.now()
        answer = await self._send(webhook, entry)
        ended_at = self._clock.now()
        delivery = Delivery(
            id=DeliveryId(new_id()),
            webhook_id=webhook.id,
            entry_id=entry.id,
            attempt=claim.attempts + 1,
            at=began_at,
            duration=max(ended_at - began_at, timedelta()),
            status=answer.status,
            error=answer.error,
            outcome=_outcome(answer, claim),
        )
        retries = delivery.outcome is Outcome.FAILED
        retry_at = ended_at + RETRY_AFTER[claim.attempts] if retries else None
        await asyncio.to_thread(self._store.settle, delivery, retry_at)
        if delivery.outcome is Outcome.GIVEN_UP:
            _log.warning("webhook delivery given up", webhook=webhook.id, entry=entry.id)

    async def _send(self, webhook: Webhook, entry: AuditEntry) -> Answer:
        try:
            # In ASCII: a text that was sent with half of a surrogate pair can't be written in UTF-8.
            body = json.dumps(self._render(entry), separators=(",", ":")).encode("ascii")
            headers = {"Content-Type": "application/json", "User-Agent": self._user_agent}
            if webhook.secret is not None:
                headers[SIGNATURE_HEADER] = sign(webhook.secret, body)
            return await self._sender.send(webhook.url, headers, body)
        except Exception:
            # An attempt like any other, or an entry that can't be sent would be tried for ever.
            _log.exception("webhook delivery failed", webhook=webhook.id, entry=entry.id)
            return Answer(None, "Muster could not send it: its log says why.")


@contextmanager
def _logged(webhook_id: WebhookId) -> Iterator[None]:
    """Log what goes wrong: what was taken on is due again when its lease ends."""
    try:
        yield
    except MusterError as error:
        _log.error(
            "webhook not served; will be tried again", webhook=webhook_id, reason=error.message
        )
    except Exception:
        _log.exception("webhook not served; will be tried again", webhook=webhook_id)


def _outcome(answer: Answer, claim: Claim) -> Outcome:
    if answer.error is None:
        return Outcome.DELIVERED
    return Outcome.FAILED if claim.attempts < len(RETRY_AFTER) else Outcome.GIVEN_UP
