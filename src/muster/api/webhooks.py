"""Webhooks, and what became of deliveries to them."""

from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.patches import AnyPatch
from muster.api.documents.policies import Statements
from muster.api.documents.sent import TAG, TAGS
from muster.api.documents.webhooks import Webhook as WebhookDocument
from muster.api.documents.webhooks import WebhookDeliveries, Webhooks
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.parameters import Limit, Offset
from muster.api.patches import apply_patch, read_patch
from muster.api.representations import collection, link, path
from muster.core.clock import to_millis
from muster.core.paging import PageRequest
from muster.core.pointers import Json
from muster.core.secrets import Secret
from muster.webhooks.model import Delivery, Webhook
from muster.webhooks.service import WebhookChanges, WebhookService

_WEBHOOKS: Final = "/api/v2/webhooks"
_ONE: Final = _WEBHOOKS + "/{id:key}"
_NAMES: Final = {
    "name": "name",
    "url": "url",
    "secret": "secret",
    "on": "is_on",
    "statements": "statements",
    "tags": "tags",
}
"""What can be changed of a webhook: as the API calls it, and as Muster does."""
_Id = Annotated[str, Path(description="The webhook's id.", examples=["66b0c1a2d3e4f5a6b7c8da40"])]


class WebhookPost(BaseModel):
    """A webhook to be made."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [
                {
                    "url": "https://hooks.example.com/muster",
                    "sign": True,
                    "on": True,
                    "name": "Changes of production",
                    "statements": [
                        {
                            "effect": "allow",
                            "actions": ["*"],
                            "resources": ["proj/*:env/production:segment/*"],
                        }
                    ],
                }
            ]
        },
    )

    url: str
    """Where entries are sent to: of the scheme https or http, with no user name or password in it."""
    sign: bool
    """Whether deliveries are signed."""
    on: bool
    """Whether any are sent."""
    name: str | None = None
    """What people call it: 1 to 256 printable characters, or empty."""
    secret: str | None = None
    """What deliveries are signed with: 1 to 256 printable characters; without one, a new one is made."""
    statements: Statements | None = None
    """Which entries it gets: those of which they allow an access; all where there are none. At most 100."""
    tags: Annotated[list[Annotated[str, TAG]], TAGS] | None = None
    """At most 100."""


class _WebhookFields(Fields):
    url: str
    on: bool
    name: str | None = None
    secret: str | None = None
    statements: list[Any] | None = None
    tags: Annotated[tuple[str, ...], Field(strict=False)] = ()


def create_router(principal: PrincipalDependency, webhooks: WebhookService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Webhooks"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    def show(webhook: Webhook, caller: Principal) -> dict[str, Any]:
        return _show(webhook, with_secret=webhooks.may_see_secret(webhook, principal=caller))

    @router.get(_WEBHOOKS, summary="List webhooks", **answers(Webhooks))
    def get_all_webhooks(caller: Caller) -> dict[str, Any]:
        """Return the webhooks that the token may view or change, the oldest first."""
        found = webhooks.list_webhooks(principal=caller)
        return {
            "_links": {"self": link(_WEBHOOKS)},
            "items": [show(one, caller) for one in found],
        }

    @router.post(_WEBHOOKS, summary="Create a webhook", **answers(WebhookDocument, 400, 403, 409))
    def post_webhook(wanted: WebhookPost, caller: Caller) -> dict[str, Any]:
        """Make a webhook, which gets the entries that are written from now on.

        There can be 100; one more answers 409.
        """
        created = webhooks.create_webhook(
            wanted.url,
            name=wanted.name or "",
            signed=wanted.sign,
            secret=_read_secret(wanted.secret),
            is_on=wanted.on,
            statements=_read_statements(wanted.statements),
            tags=wanted.tags or (),
            principal=caller,
        )
        return _show(created, with_secret=True)

    @router.get(_ONE, summary="Get a webhook", **answers(WebhookDocument, 400, 404))
    def get_webhook(id: _Id, caller: Caller) -> dict[str, Any]:  # noqa: A002 - the API's name
        """Return a webhook, with its secret to who may change that."""
        return show(webhooks.get_webhook(id, principal=caller), caller)

    @router.patch(
        _ONE,
        summary="Change a webhook",
        **answers(WebhookDocument, 400, 403, 404, 409, 422),
    )
    def patch_webhook(id: _Id, body: AnyPatch, caller: Caller) -> dict[str, Any]:  # noqa: A002
        """Change `url`, `on`, `name`, `secret`, `statements` or `tags`.

        What is queued for it is sent as it is from now on.
        """
        patch = read_patch(body)
        shown = show(webhooks.get_webhook(id, principal=caller), caller)
        patched = apply_patch(shown, patch, _NAMES)
        changes = _read_changes(shown, patched)
        changed = webhooks.update_webhook(id, changes, comment=patch.comment, principal=caller)
        return show(changed, caller)

    @router.delete(_ONE, summary="Delete a webhook", **answers(None, 400, 403, 404))
    def delete_webhook(id: _Id, caller: Caller) -> None:  # noqa: A002
        """Delete a webhook, and what is queued for it."""
        webhooks.delete_webhook(id, principal=caller)

    @router.get(
        _ONE + "/deliveries",
        summary="List attempts to deliver to a webhook",
        **answers(WebhookDeliveries, 400, 404),
    )
    def get_webhook_deliveries(
        id: _Id,  # noqa: A002
        caller: Caller,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> dict[str, Any]:
        """Return a page of the attempts to deliver to a webhook, the newest first.

        They are kept for a week, and 1,000 of each webhook.
        """
        page = webhooks.list_deliveries(id, PageRequest(limit, offset), principal=caller)
        items = [_show_delivery(one) for one in page.items]
        return collection(items, page, path("webhooks", id, "deliveries"))

    return router


def _show(webhook: Webhook, *, with_secret: bool) -> dict[str, Any]:
    own = path("webhooks", webhook.id)
    shown: dict[str, Any] = {
        "_links": {
            "self": link(own),
            "parent": link(_WEBHOOKS),
            "deliveries": link(f"{own}/deliveries"),
        },
        "_id": webhook.id,
        "name": webhook.name,
        "url": webhook.url,
        "on": webhook.is_on,
        "tags": list(webhook.tags),
    }
    if with_secret and webhook.secret is not None:
        shown["secret"] = webhook.secret.reveal()
    if webhook.statements is not None:
        shown["statements"] = webhook.statements.to_json()
    return shown


def _show_delivery(delivery: Delivery) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "_links": {"entry": link(path("auditlog", delivery.entry_id))},
        "_id": delivery.id,
        "entryId": delivery.entry_id,
        "attempt": delivery.attempt,
        "date": to_millis(delivery.at),
        "durationMs": delivery.duration.total_seconds() * 1000,
        "outcome": delivery.outcome.value,
    }
    if delivery.status is not None:
        shown["status"] = delivery.status
    if delivery.error is not None:
        shown["error"] = delivery.error
    return shown


def _read_changes(shown: dict[str, Json], patched: dict[str, Json]) -> WebhookChanges:
    """Return what a patch changes."""
    fields = read_fields(_WebhookFields, patched)
    changes = changed_fields(fields, _NAMES, shown, patched)
    if "name" in changes:
        changes["name"] = fields.name or ""
    if "secret" in changes:
        changes["secret"] = _read_secret(fields.secret)
    if "statements" in changes:
        changes["statements"] = _read_statements(fields.statements)
    return cast("WebhookChanges", changes)


def _read_secret(text: str | None) -> Secret | None:
    return Secret(text) if text else None


def _read_statements(statements: Json) -> Policy | None:
    is_for_all = statements is None or statements == []
    return None if is_for_all else Policy.parse(statements, at=("statements",))
