"""Configurations of integrations."""

from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, ConfigDict, Field

from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.patches import apply_patch, read_patch
from muster.api.representations import link, path
from muster.configurations.integrations.model import IntegrationConfiguration
from muster.configurations.integrations.service import (
    ConfigurationChanges,
    ConfigurationDraft,
    IntegrationConfigurationService,
)
from muster.core.clock import to_millis

_ALL: Final = "/api/v2/integration-configurations"
_SOME: Final = _ALL + "/keys/{integrationKey:key}"
_ONE: Final = _ALL + "/{integrationConfigurationId:key}"
_NAMES: Final = {
    "name": "name",
    "enabled": "is_enabled",
    "tags": "tags",
    "configValues": "values",
}
"""What can be changed of a configuration: as the API calls it, and as Muster does."""


class IntegrationConfigurationPost(BaseModel):
    """A configuration of an integration to be made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Cohorts of marketing", "configValues": {}, "tags": ["eu"]}]
        }
    )

    name: str
    configValues: dict[str, Any]  # noqa: N815 - the API's name
    enabled: bool | None = None
    tags: list[str] | None = None

    def to_draft(self) -> ConfigurationDraft:
        """Return what is to be made."""
        return ConfigurationDraft(
            name=self.name,
            values=self.configValues,
            is_enabled=self.enabled is not False,
            tags=self.tags or (),
        )


class _ConfigurationFields(Fields):
    name: str
    enabled: bool
    tags: Annotated[tuple[str, ...], Field(strict=False)] = ()
    configValues: dict[str, Any]  # noqa: N815


def create_router(
    principal: PrincipalDependency, configurations: IntegrationConfigurationService
) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Integration configurations"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(_SOME, summary="List an integration's configurations")
    def list_configurations(
        integrationKey: str,  # noqa: N803 - the API's names
        caller: Caller,
    ) -> dict[str, Any]:
        found = configurations.list_configurations(caller, integrationKey)
        return {
            "_links": {"self": link(_path_of(integrationKey.lower()))},
            "items": [_show(one) for one in found],
        }

    @router.post(_SOME, summary="Create a configuration of an integration", status_code=201)
    def create_configuration(
        integrationKey: str,  # noqa: N803
        wanted: IntegrationConfigurationPost,
        caller: Caller,
    ) -> dict[str, Any]:
        draft = wanted.to_draft()
        return _show(configurations.create_configuration(caller, integrationKey, draft))

    @router.get(_ONE, summary="Get a configuration of an integration")
    def get_configuration(
        integrationConfigurationId: str,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        return _show(configurations.get_configuration(caller, integrationConfigurationId))

    @router.patch(_ONE, summary="Change a configuration of an integration")
    def patch_configuration(
        integrationConfigurationId: str,  # noqa: N803
        body: Annotated[Any, Body()],
        caller: Caller,
    ) -> dict[str, Any]:
        patch = read_patch(body)
        found = configurations.get_configuration(caller, integrationConfigurationId)
        shown = _show(found)
        patched = apply_patch(shown, patch, _NAMES)
        fields = read_fields(_ConfigurationFields, patched)
        changes = cast("ConfigurationChanges", changed_fields(fields, _NAMES, shown, patched))
        return _show(
            configurations.update_configuration(caller, found.id, changes, comment=patch.comment)
        )

    @router.delete(_ONE, summary="Delete a configuration of an integration", status_code=204)
    def delete_configuration(
        integrationConfigurationId: str,  # noqa: N803
        caller: Caller,
    ) -> None:
        configurations.delete_configuration(caller, integrationConfigurationId)

    return router


def _path_of(integration_key: str) -> str:
    return path("integration-configurations", "keys", integration_key)


def _show(one: IntegrationConfiguration) -> dict[str, Any]:
    return {
        "_links": {
            "self": link(path("integration-configurations", one.id)),
            "parent": link(_path_of(one.integration_key)),
        },
        "_id": one.id,
        "_integrationKey": one.integration_key,
        "_createdAt": to_millis(one.created_at),
        "name": one.name,
        "enabled": one.is_enabled,
        "tags": list(one.tags),
        "configValues": one.values.to_json(),
    }
