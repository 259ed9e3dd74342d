"""Webhooks, and what became of deliveries to them."""

from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.fields import Fields, changed_fields, read_fields
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


class WebhookPost(BaseModel):
    """A webhook to be made."""

    model_config = ConfigDict(
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
        }
    )

    url: str
    sign: bool
    on: bool
    name: str | None = None
    secret: str | None = None
    statements: list[dict[str, Any]] | None = None
    tags: list[str] | None = None


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

    @router.get(_WEBHOOKS, summary="List webhooks")
    def list_webhooks(caller: Caller) -> dict[str, Any]:
        found = webhooks.list_webhooks(principal=caller)
        return {
            "_links": {"self": link(_WEBHOOKS)},
            "items": [show(one, caller) for one in found],
        }

    @router.post(_WEBHOOKS, summary="Create a webhook")
    def create_webhook(wanted: WebhookPost, caller: Caller) -> dict[str, Any]:
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

    @router.get(_ONE, summary="Get a webhook")
    def get_webhook(id: str, caller: Caller) -> dict[str, Any]:  # noqa: A002 - the API's name
        return show(webhooks.get_webhook(id, principal=caller), caller)

    @router.patch(_ONE, summary="Change a webhook")
    def patch_webhook(
        id: str,  # noqa: A002
        body: Annotated[Any, Body()],
        caller: Caller,
    ) -> dict[str, Any]:
        patch = read_patch(body)
        shown = show(webhooks.get_webhook(id, principal=caller), caller)
        patched = apply_patch(shown, patch, _NAMES)
        changes = _read_changes(shown, patched)
        changed = webhooks.update_webhook(id, changes, comment=patch.comment, principal=caller)
        return show(changed, caller)

    @router.delete(_ONE, summary="Delete a webhook", status_code=204)
    def delete_webhook(id: str, caller: Caller) -> None:  # noqa: A002
        webhooks.delete_webhook(id, principal=caller)

    @router.get(_ONE + "/deliveries", summary="List attempts to deliver to a webhook")
    def list_deliveries(
        id: str,  # noqa: A002
        caller: Caller,
        limit: Annotated[int, Query(ge=1, le=1000)] = 20,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> dict[str, Any]:
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


def _read_statements(statements: list[Any] | None) -> Policy | None:
    return Policy.parse(statements, at=("statements",)) if statements else None
