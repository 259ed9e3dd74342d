"""Relay Proxy configurations."""

from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.patches import AnyPatch
from muster.api.documents.policies import Statements
from muster.api.documents.relay_proxies import RelayProxyConfiguration as ConfigurationDocument
from muster.api.documents.relay_proxies import (
    RelayProxyConfigurations,
    RelayProxyConfigurationWithKey,
)
from muster.api.documents.sent import NAME
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.parameters import Expiry
from muster.api.patches import apply_patch, read_patch
from muster.configurations.relay_proxies.model import KeyedConfiguration, RelayProxyConfiguration
from muster.configurations.relay_proxies.service import RelayProxyChanges, RelayProxyService
from muster.core.clock import from_millis, to_millis

_ALL: Final = "/api/v2/account/relay-auto-configs"
_ONE: Final = _ALL + "/{id:key}"
_NAMES: Final = {"name": "name", "policy": "policy"}
"""What can be changed of a configuration: as the API calls it, and as Muster does."""
_Id = Annotated[
    str, Path(description="The configuration's id.", examples=["66b0c1a2d3e4f5a6b7c8da50"])
]
_WITH_KEY: Final = "The configuration with its key, which is never shown again."


class _ConfigurationFields(Fields):
    name: str
    policy: Any = None


class RelayProxyPost(BaseModel):
    """A Relay Proxy configuration to be made."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [
                {
                    "name": "Relay of the shop",
                    "policy": [
                        {"effect": "allow", "actions": ["*"], "resources": ["proj/shop:env/*"]}
                    ],
                }
            ]
        },
    )

    name: Annotated[str, NAME]
    """What people call it: 1 to 256 printable characters."""
    policy: Statements
    """Allows and denies environments. Nobody gets a key that gives more than they may do themselves."""


def create_router(principal: PrincipalDependency, configurations: RelayProxyService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Relay Proxy configurations"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(
        _ALL, summary="List Relay Proxy configurations", **answers(RelayProxyConfigurations)
    )
    def get_relay_proxy_configs(caller: Caller) -> dict[str, Any]:
        """Return the configurations that the token may view or change, the oldest first."""
        return {"items": [_show(one) for one in configurations.list_configurations(caller)]}

    @router.post(
        _ALL,
        summary="Create a Relay Proxy configuration",
        **answers(RelayProxyConfigurationWithKey, 400, 403, status=201, description=_WITH_KEY),
    )
    def post_relay_auto_config(wanted: RelayProxyPost, caller: Caller) -> dict[str, Any]:
        """Make a configuration, with a key for Relay Proxies."""
        policy = Policy.parse(wanted.policy, at=("policy",))
        return _show_key(configurations.create_configuration(caller, wanted.name, policy))

    @router.get(
        _ONE,
        summary="Get a Relay Proxy configuration",
        **answers(ConfigurationDocument, 400, 404),
    )
    def get_relay_proxy_config(
        id: _Id,  # noqa: A002 - the API's name
        caller: Caller,
    ) -> dict[str, Any]:
        """Return a configuration, without its key."""
        return _show(configurations.get_configuration(caller, id))

    @router.patch(
        _ONE,
        summary="Change a Relay Proxy configuration",
        **answers(ConfigurationDocument, 400, 403, 404, 409, 422),
    )
    def patch_relay_auto_config(
        id: _Id,  # noqa: A002
        body: AnyPatch,
        caller: Caller,
    ) -> dict[str, Any]:
        """Change `name` or `policy`."""
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

    @router.post(
        _ONE + "/reset",
        summary="Give a Relay Proxy configuration another key",
        **answers(RelayProxyConfigurationWithKey, 400, 403, 404, description=_WITH_KEY),
    )
    def reset_relay_auto_config(
        id: _Id,  # noqa: A002
        caller: Caller,
        expiry: Expiry = None,
    ) -> dict[str, Any]:
        """Give a configuration another key.

        The old one stops working at once, or when `expiry` says.
        """
        until = None if expiry is None else from_millis(expiry)
        return _show_key(configurations.reset_key(caller, id, old_key_until=until))

    @router.delete(
        _ONE, summary="Delete a Relay Proxy configuration", **answers(None, 400, 403, 404)
    )
    def delete_relay_auto_config(id: _Id, caller: Caller) -> None:  # noqa: A002
        """Delete a configuration; its keys stop working."""
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
