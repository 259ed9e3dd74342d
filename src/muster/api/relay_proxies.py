"""Relay Proxy configurations."""

from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, ConfigDict

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.patches import apply_patch, read_patch
from muster.configurations.relay_proxies.model import KeyedConfiguration, RelayProxyConfiguration
from muster.configurations.relay_proxies.service import RelayProxyChanges, RelayProxyService
from muster.core.clock import LATEST_MILLIS, from_millis, to_millis

_ALL: Final = "/api/v2/account/relay-auto-configs"
_ONE: Final = _ALL + "/{id:key}"
_NAMES: Final = {"name": "name", "policy": "policy"}
"""What can be changed of a configuration: as the API calls it, and as Muster does."""


class _ConfigurationFields(Fields):
    name: str
    policy: Any = None


class RelayProxyPost(BaseModel):
    """A Relay Proxy configuration to be made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Relay of the shop",
                    "policy": [
                        {"effect": "allow", "actions": ["*"], "resources": ["proj/shop:env/*"]}
                    ],
                }
            ]
        }
    )

    name: str
    policy: list[dict[str, Any]]


def create_router(principal: PrincipalDependency, configurations: RelayProxyService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Relay Proxy configurations"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(_ALL, summary="List Relay Proxy configurations")
    def list_configurations(caller: Caller) -> dict[str, Any]:
        return {"items": [_show(one) for one in configurations.list_configurations(caller)]}

    @router.post(_ALL, summary="Create a Relay Proxy configuration", status_code=201)
    def create_configuration(wanted: RelayProxyPost, caller: Caller) -> dict[str, Any]:
        policy = Policy.parse(wanted.policy, at=("policy",))
        return _show_key(configurations.create_configuration(caller, wanted.name, policy))

    @router.get(_ONE, summary="Get a Relay Proxy configuration")
    def get_configuration(id: str, caller: Caller) -> dict[str, Any]:  # noqa: A002 - the API's name
        return _show(configurations.get_configuration(caller, id))

    @router.patch(_ONE, summary="Change a Relay Proxy configuration")
    def patch_configuration(
        id: str,  # noqa: A002
        body: Annotated[Any, Body()],
        caller: Caller,
    ) -> dict[str, Any]:
        patch = read_patch(body)
        shown = _show(configurations.get_configuration(caller, id))
        patched = apply_patch(shown, patch, _NAMES)
        fields = read_fields(_ConfigurationFields, patched)
        changes = changed_fields(fields, _NAMES, shown, patched)
        if "policy" in changes:
            changes["policy"] = Policy.parse(fields.policy, at=("policy",))
        return _show(
            configurations.update_configuration(
                caller, id, cast("RelayProxyChanges", changes), comment=patch.comment
            )
        )

    @router.post(_ONE + "/reset", summary="Give a Relay Proxy configuration another key")
    def reset_key(
        id: str,  # noqa: A002
        caller: Caller,
        expiry: Annotated[int | None, Query(ge=0, le=LATEST_MILLIS)] = None,
    ) -> dict[str, Any]:
        until = None if expiry is None else from_millis(expiry)
        return _show_key(configurations.reset_key(caller, id, old_key_until=until))

    @router.delete(_ONE, summary="Delete a Relay Proxy configuration", status_code=204)
    def delete_configuration(id: str, caller: Caller) -> None:  # noqa: A002
        configurations.delete_configuration(caller, id)

    return router


def _show(one: RelayProxyConfiguration) -> dict[str, Any]:
    return {
        "_id": one.id,
        "name": one.name,
        "policy": one.policy.to_json(),
        "displayKey": one.ending,
        "creationDate": to_millis(one.created_at),
        "lastModified": to_millis(one.modified_at),
    }


def _show_key(keyed: KeyedConfiguration) -> dict[str, Any]:
    """Show a configuration with its key, this once."""
    return {**_show(keyed.configuration), "fullKey": keyed.key.reveal()}
