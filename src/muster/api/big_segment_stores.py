"""Big segment stores: what LaunchDarkly's API calls persistent store integrations."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.big_segment_stores import BigSegmentStore as StoreDocument
from muster.api.documents.big_segment_stores import BigSegmentStores
from muster.api.documents.patches import AnyPatch
from muster.api.documents.sent import TAG, TAGS
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.parameters import EnvironmentKey, ProjectKey
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
_IntegrationKey = Annotated[
    str, Path(description="What the store is: `redis` or `dynamodb`.", examples=["redis"])
]
_IntegrationId = Annotated[
    str, Path(description="The store's id.", examples=["66b0c1a2d3e4f5a6b7c8da60"])
]


class BigSegmentStorePost(BaseModel):
    """A big segment store to be configured."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [
                {"name": "Redis of the shop", "config": {"host": "redis.example.com"}, "on": True}
            ]
        },
    )

    config: dict[str, Any]
    """Where it is and how to get in. That of a `redis` has `host`, and may have `port`, `username`,
    `password` and `tlsEnabled`; that of a `dynamodb` has `tableName` and `region`, and may have `roleArn`
    and `externalId`."""
    on: bool | None = None
    """Whether it is to be filled; not unless this says so."""
    tags: Annotated[list[Annotated[str, TAG]], TAGS] | None = None
    """At most 100."""
    name: str | None = None
    """What people call it: 1 to 256 printable characters; `redis` or `dynamodb` where none is given."""

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


def _read_address(
    projectKey: ProjectKey,  # noqa: N803 - the API's names
    environmentKey: EnvironmentKey,  # noqa: N803
    integrationKey: _IntegrationKey,  # noqa: N803
) -> StoreAddress:
    return StoreAddress(projectKey, environmentKey, integrationKey)


def create_router(principal: PrincipalDependency, stores: BigSegmentStoreService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Big segment stores"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type
    Address = Annotated[StoreAddress, Depends(_read_address)]  # noqa: N806

    @router.get(
        _ALL,
        summary="List the big segment stores of all environments",
        **answers(BigSegmentStores),
    )
    def get_big_segment_store_integrations(caller: Caller) -> dict[str, Any]:
        """Return the stores that the token may view or change, the oldest first, without their `config`."""
        return _show_all(stores.list_all_stores(caller), _ALL)

    @router.get(
        _SOME,
        summary="List an environment's big segment stores of one kind",
        **answers(BigSegmentStores, 400, 404),
    )
    def get_environment_big_segment_store_integrations(
        address: Address, caller: Caller
    ) -> dict[str, Any]:
        """Return the stores that the token may view or change, the oldest first, without their `config`."""
        return _show_all(stores.list_stores(caller, address), _path_of(address), parent=_ALL)

    @router.post(
        _SOME,
        summary="Configure a big segment store",
        **answers(StoreDocument, 400, 403, 404, status=201),
    )
    def create_big_segment_store_integration(
        address: Address, wanted: BigSegmentStorePost, caller: Caller
    ) -> dict[str, Any]:
        """Configure a store of an environment. It is not filled yet."""
        return _show(stores.create_store(caller, address, wanted.to_draft()))

    @router.get(_ONE, summary="Get a big segment store", **answers(StoreDocument, 400, 404))
    def get_big_segment_store_integration(
        address: Address,
        integrationId: _IntegrationId,  # noqa: N803 - the API's name
        caller: Caller,
    ) -> dict[str, Any]:
        """Return a store, with `********` for a password."""
        return _show(stores.get_store(caller, address, integrationId))

    @router.patch(
        _ONE,
        summary="Change a big segment store",
        **answers(StoreDocument, 400, 403, 404, 409, 422),
    )
    def patch_big_segment_store_integration(
        address: Address,
        integrationId: _IntegrationId,  # noqa: N803
        body: AnyPatch,
        caller: Caller,
    ) -> dict[str, Any]:
        """Change `name`, `on`, `tags` or `config`.

        Where `********` is left for the password it stays; it has to be sent again with another host or port.
        """
        patch = read_patch(body)
        shown = _show(stores.get_store(caller, address, integrationId))
        patched = apply_patch(shown, patch, _NAMES)
        fields = read_fields(_StoreFields, patched)
        changes = cast("StoreChanges", changed_fields(fields, _NAMES, shown, patched))
        return _show(
            stores.update_store(caller, address, integrationId, changes, comment=patch.comment)
        )

    @router.delete(_ONE, summary="Give a big segment store up", **answers(None, 400, 403, 404))
    def delete_big_segment_store_integration(
        address: Address,
        integrationId: _IntegrationId,  # noqa: N803
        caller: Caller,
    ) -> None:
        """Forget a store; what is in it stays there."""
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
