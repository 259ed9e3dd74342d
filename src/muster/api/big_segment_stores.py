"""Big segment stores: what LaunchDarkly's API calls persistent store integrations."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, ConfigDict, Field

from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.patches import apply_patch, read_patch
from muster.api.representations import link, path
from muster.configurations.big_segment_stores.model import BigSegmentStore
from muster.configurations.big_segment_stores.service import (
    BigSegmentStoreService,
    StoreAddress,
    StoreChanges,
    StoreDraft,
)

_ALL: Final = "/api/v2/integration-capabilities/big-segment-store"
_SOME: Final = _ALL + "/{projectKey:key}/{environmentKey:key}/{integrationKey:key}"
_ONE: Final = _SOME + "/{integrationId:key}"
_NAMES: Final = {"name": "name", "on": "is_on", "tags": "tags", "config": "config"}
"""What can be changed of a store: as the API calls it, and as Muster does."""
_STATUS: Final = {"available": False, "potentiallyStale": True}
"""Muster does not fill stores yet, so what is in one is not what is in the environment."""


class BigSegmentStorePost(BaseModel):
    """A big segment store to be configured."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Redis of the shop", "config": {"host": "redis.example.com"}, "on": True}
            ]
        }
    )

    config: dict[str, Any]
    on: bool | None = None
    tags: list[str] | None = None
    name: str | None = None

    def to_draft(self) -> StoreDraft:
        """Return what is to be made."""
        return StoreDraft(
            config=self.config,
            name=self.name or "",
            is_on=bool(self.on),
            tags=self.tags or (),
        )


class _StoreFields(Fields):
    name: str
    on: bool
    tags: Annotated[tuple[str, ...], Field(strict=False)] = ()
    config: dict[str, Any]


def _read_address(projectKey: str, environmentKey: str, integrationKey: str) -> StoreAddress:  # noqa: N803 - the API's names
    return StoreAddress(projectKey, environmentKey, integrationKey)


def create_router(principal: PrincipalDependency, stores: BigSegmentStoreService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Big segment stores"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type
    Address = Annotated[StoreAddress, Depends(_read_address)]  # noqa: N806

    @router.get(_ALL, summary="List the big segment stores of all environments")
    def list_all_stores(caller: Caller) -> dict[str, Any]:
        return _show_all(stores.list_all_stores(caller), _ALL)

    @router.get(_SOME, summary="List an environment's big segment stores of one kind")
    def list_stores(address: Address, caller: Caller) -> dict[str, Any]:
        return _show_all(stores.list_stores(caller, address), _path_of(address), parent=_ALL)

    @router.post(_SOME, summary="Configure a big segment store", status_code=201)
    def create_store(
        address: Address, wanted: BigSegmentStorePost, caller: Caller
    ) -> dict[str, Any]:
        return _show(stores.create_store(caller, address, wanted.to_draft()))

    @router.get(_ONE, summary="Get a big segment store")
    def get_store(
        address: Address,
        integrationId: str,  # noqa: N803 - the API's name
        caller: Caller,
    ) -> dict[str, Any]:
        return _show(stores.get_store(caller, address, integrationId))

    @router.patch(_ONE, summary="Change a big segment store")
    def patch_store(
        address: Address,
        integrationId: str,  # noqa: N803
        body: Annotated[Any, Body()],
        caller: Caller,
    ) -> dict[str, Any]:
        patch = read_patch(body)
        shown = _show(stores.get_store(caller, address, integrationId))
        patched = apply_patch(shown, patch, _NAMES)
        fields = read_fields(_StoreFields, patched)
        changes = cast("StoreChanges", changed_fields(fields, _NAMES, shown, patched))
        return _show(
            stores.update_store(caller, address, integrationId, changes, comment=patch.comment)
        )

    @router.delete(_ONE, summary="Give a big segment store up", status_code=204)
    def delete_store(
        address: Address,
        integrationId: str,  # noqa: N803
        caller: Caller,
    ) -> None:
        stores.delete_store(caller, address, integrationId)

    return router


def _path_of(address: StoreAddress) -> str:
    return path(
        *("integration-capabilities", "big-segment-store"),
        *(address.project_key, address.environment_key, address.kind),
    )


def _show_all(
    stores: Sequence[BigSegmentStore], own: str, *, parent: str | None = None
) -> dict[str, Any]:
    """Show a list, in which nothing is said of where the stores are."""
    links = {"self": link(own)} if parent is None else {"self": link(own), "parent": link(parent)}
    return {"_links": links, "items": [{**_show(one), "config": {}} for one in stores]}


def _show(one: BigSegmentStore) -> dict[str, Any]:
    project_key, environment_key = one.environment.project_key, one.environment.key
    parent = _path_of(StoreAddress(project_key, environment_key, one.kind))
    return {
        "_links": {
            "self": link(f"{parent}/{one.id}"),
            "parent": link(parent),
            "project": link(path("projects", project_key)),
            "environment": link(path("projects", project_key, "environments", environment_key)),
        },
        "_id": one.id,
        "integrationKey": one.kind,
        "projectKey": project_key,
        "environmentKey": environment_key,
        "config": one.place.to_json(),
        "on": one.is_on,
        "tags": list(one.tags),
        "name": one.name,
        "version": one.version,
        "_status": _STATUS,
    }
