"""Webhooks: made, listed, changed, deleted."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final, TypedDict

from muster.access.actions import ACTIONS
from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.audit.model import Access
from muster.audit.trail import AuditTrail
from muster.core.clock import Clock
from muster.core.errors import ConflictError, InvalidRequestError, NotFoundError
from muster.core.ids import WebhookId, new_id
from muster.core.naming import check_name, clean_tags
from muster.core.paging import Page, PageRequest
from muster.core.secrets import Secret, new_webhook_secret
from muster.webhooks.model import Delivery, Webhook
from muster.webhooks.store import DeliveryLog, WebhookStore
from muster.webhooks.urls import check_url

MAX_WEBHOOKS: Final = 100
MAX_SECRET_LENGTH: Final = 256
MAX_STATEMENTS: Final = 100

_CREATE: Final = "createWebhook"
_DELETE: Final = "deleteWebhook"
_UPDATE_SECRET: Final = "updateSecret"
_SEEN_BY: Final = tuple(sorted(ACTIONS["webhook"]))


class WebhookChanges(TypedDict, total=False):
    """What of a webhook can be changed: see `Webhook`."""

    url: str
    name: str
    secret: Secret | None
    is_on: bool
    statements: Policy | None
    tags: tuple[str, ...]


class WebhookService:
    """Makes, lists, changes and deletes webhooks. Its methods may block: call them from a worker thread.

    Where a principal is given, what it may not do is refused, and a webhook that it may neither view nor
    change is treated as one that does not exist. None is the installation's operator.
    """

    def __init__(
        self,
        webhooks: WebhookStore,
        deliveries: DeliveryLog,
        trail: AuditTrail,
        clock: Clock,
        *,
        private_addresses: bool,
    ) -> None:
        """Take what it needs.

        Args:
            private_addresses: whether a URL may have an address that is not public.
        """
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._trail = trail
        self._clock = clock
        self._private_addresses = private_addresses

    def create_webhook(
        self,
        url: str,
        *,
        name: str = "",
        signed: bool = True,
        secret: Secret | None = None,
        is_on: bool = True,
        statements: Policy | None = None,
        tags: Collection[str] = (),
        principal: Principal | None = None,
    ) -> Webhook:
        """Make a webhook, which gets the entries that are written from now on, not that of its making.

        Args:
            signed: whether deliveries are signed; if not, a secret is passed over.
            secret: what they are signed with; None for a new one.

        Raises:
            InvalidRequestError: a value is not valid.
            ForbiddenError: the principal may not make it.
            ConflictError: there are as many as there can be.
        """
        webhook = Webhook(
            id=WebhookId(new_id()),
            url=url,
            name=name.strip(),
            secret=(secret or new_webhook_secret()) if signed else None,
            is_on=is_on,
            statements=statements,
            tags=clean_tags(tags),
            created_at=self._clock.now(),
        )
        self._check(webhook)
        if principal is not None:
            principal.require(_CREATE, webhook.resource)
        with self._trail.changing(principal) as notes:
            if len(self._webhooks.list_webhooks()) >= MAX_WEBHOOKS:
                raise ConflictError(
                    f"There are {MAX_WEBHOOKS} webhooks, which are the most. Delete one first."
                )
            # Before the webhook is there: it does not get this entry, whose signature its receiver
            # could not check yet.
            accesses = [Access(_CREATE, webhook.resource)]
            notes.note("webhook", webhook.title, "created", accesses, after=webhook.snapshot())
            self._webhooks.create_webhook(webhook)
        return webhook

    def list_webhooks(self, *, principal: Principal | None = None) -> Sequence[Webhook]:
        """Return the webhooks that the principal may view or change, the oldest first."""
        return [one for one in self._webhooks.list_webhooks() if _may_see(principal, one)]

    def get_webhook(self, webhook_id: str, *, principal: Principal | None = None) -> Webhook:
        """Return a webhook.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
        """
        webhook = self._webhooks.find_webhook(webhook_id)
        if webhook is None or not _may_see(principal, webhook):
            raise NotFoundError(
                f"There is no webhook with the id {webhook_id[:64]!r}, or it is not yours to see."
            )
        return webhook

    def may_see_secret(self, webhook: Webhook, *, principal: Principal | None = None) -> bool:
        """Tell whether the principal may see a webhook's secret: whoever may change it may."""
        return principal is None or principal.allows(_UPDATE_SECRET, webhook.resource)

    def list_deliveries(
        self, webhook_id: str, page: PageRequest, *, principal: Principal | None = None
    ) -> Page[Delivery]:
        """Return the attempts to deliver something to a webhook, the newest first.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
        """
        webhook = self.get_webhook(webhook_id, principal=principal)
        return self._deliveries.list_deliveries(webhook.id, page)

    def update_webhook(
        self,
        webhook_id: str,
        changes: WebhookChanges,
        *,
        comment: str = "",
        principal: Principal | None = None,
    ) -> Webhook:
        """Change a webhook.

        Args:
            changes: what is to be another; what is given and is so already is no change.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
            ForbiddenError: the principal may not change this of it.
            InvalidRequestError: a value is not valid.
        """
        before = self.get_webhook(webhook_id, principal=principal)
        after = replace(before, **changes)
        after = replace(after, name=after.name.strip(), tags=clean_tags(after.tags))
        actions = _actions(before, after)
        if not actions:
            return before
        self._check(after)
        if principal is not None:
            for action in actions:
                principal.require(action, before.resource)
        after = replace(after, modified_at=self._clock.now())
        with self._trail.changing(principal) as notes:
            if not self._webhooks.update_webhook(after):
                raise NotFoundError(f"The webhook {before.id} has just been deleted.")
            notes.note(
                "webhook",
                after.title,
                "updated",
                [Access(action, before.resource) for action in actions],
                before=before.snapshot(),
                after=after.snapshot(),
                comment=comment,
            )
        return after

    def delete_webhook(self, webhook_id: str, *, principal: Principal | None = None) -> None:
        """Delete a webhook, with what is queued for it and its delivery log.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
            ForbiddenError: the principal may see it, and not delete it.
        """
        webhook = self.get_webhook(webhook_id, principal=principal)
        if principal is not None:
            principal.require(_DELETE, webhook.resource)
        with self._trail.changing(principal) as notes:
            if self._webhooks.delete_webhook(webhook.id):
                accesses = [Access(_DELETE, webhook.resource)]
                notes.note("webhook", webhook.title, "deleted", accesses, before=webhook.snapshot())

    def _check(self, webhook: Webhook) -> None:
        """Check what a webhook is, whoever made it so."""
        check_url(webhook.url, private_addresses=self._private_addresses)
        if webhook.name:
            check_name(webhook.name, "webhook")
        if webhook.secret is not None:
            _check_secret(webhook.secret.reveal())
        if webhook.statements is not None and len(webhook.statements.statements) > MAX_STATEMENTS:
            raise InvalidRequestError(
                f"A webhook has at most {MAX_STATEMENTS} statements.", pointer="/statements"
            )


def _may_see(principal: Principal | None, webhook: Webhook) -> bool:
    return principal is None or any(
        principal.allows(action, webhook.resource) for action in _SEEN_BY
    )


def _actions(before: Webhook, after: Webhook) -> list[str]:
    """Return the actions that make one webhook of the other."""
    changed = (
        ("updateUrl", before.url != after.url),
        ("updateName", before.name != after.name),
        (_UPDATE_SECRET, before.secret != after.secret),
        ("updateOn", before.is_on is not after.is_on),
        ("updateStatements", before.statements != after.statements),
        ("updateTags", before.tags != after.tags),
    )
    return [action for action, is_changed in changed if is_changed]


def _check_secret(secret: str) -> None:
    if not 1 <= len(secret) <= MAX_SECRET_LENGTH or not secret.isprintable():
        raise InvalidRequestError(
            f"A webhook's secret has 1 to {MAX_SECRET_LENGTH} printable characters.",
            pointer="/secret",
        )
