"""Configurations of integrations."""

from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from muster.access.principal import Principal
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.integration_configurations import (
    IntegrationConfiguration as ConfigurationDocument,
)
from muster.api.documents.integration_configurations import IntegrationConfigurations
from muster.api.documents.patches import AnyPatch
from muster.api.documents.sent import NAME, TAG, TAGS
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
_IntegrationKey = Annotated[
    str, Path(description="The integration's key, in any case.", examples=["rudderstack"])
]
_Id = Annotated[
    str, Path(description="The configuration's id.", examples=["66b0c1a2d3e4f5a6b7c8da70"])
]


class IntegrationConfigurationPost(BaseModel):
    """A configuration of an integration to be made."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [{"name": "Cohorts of marketing", "configValues": {}, "tags": ["eu"]}]
        },
    )

    name: Annotated[str, NAME]
    """What people call it: 1 to 256 printable characters."""
    configValues: dict[str, Any]  # noqa: N815 - the API's name
    """Values by the keys of the manifest's form variables."""
    enabled: bool | None = None
    """Whether it is to be used; it is unless this says otherwise."""
    tags: Annotated[list[Annotated[str, TAG]], TAGS] | None = None
    """At most 100."""

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

    @router.get(
        _SOME,
        summary="List an integration's configurations",
        **answers(IntegrationConfigurations, 400, 404),
    )
    def get_all_integration_configurations(
        integrationKey: _IntegrationKey,  # noqa: N803 - the API's names
        caller: Caller,
    ) -> dict[str, Any]:
        """Return the configurations that the token may view or change, the oldest first."""
        found = configurations.list_configurations(caller, integrationKey)
        return {
            "_links": {"self": link(_path_of(integrationKey.lower()))},
            "items": [_show(one) for one in found],
        }

    @router.post(
        _SOME,
        summary="Create a configuration of an integration",
        **answers(ConfigurationDocument, 400, 403, 404, status=201),
    )
    def create_integration_configuration(
        integrationKey: _IntegrationKey,  # noqa: N803
        wanted: IntegrationConfigurationPost,
        caller: Caller,
    ) -> dict[str, Any]:
        """Make a configuration; its values have to be what the integration's manifest asks for."""
        draft = wanted.to_draft()
        return _show(configurations.create_configuration(caller, integrationKey, draft))

    @router.get(
        _ONE,
        summary="Get a configuration of an integration",
        **answers(ConfigurationDocument, 400, 404),
    )
    def get_integration_configuration(
        integrationConfigurationId: _Id,  # noqa: N803
        caller: Caller,
    ) -> dict[str, Any]:
        """Return a configuration, with `********` for each secret."""
        return _show(configurations.get_configuration(caller, integrationConfigurationId))

    @router.patch(
        _ONE,
        summary="Change a configuration of an integration",
        **answers(ConfigurationDocument, 400, 403, 404, 409, 422),
    )
    def update_integration_configuration(
        integrationConfigurationId: _Id,  # noqa: N803
        body: AnyPatch,
        caller: Caller,
    ) -> dict[str, Any]:
        """Change `name`, `enabled`, `tags` or `configValues`.

        Where `********` is left for a secret it stays.
        """
        patch = read_patch(body)
        found = configurations.get_configuration(caller, integrationConfigurationId)
        shown = _show(found)
        patched = apply_patch(shown, patch, _NAMES)
        fields = read_fields(_ConfigurationFields, patched)
        changes = cast("ConfigurationChanges", changed_fields(fields, _NAMES, shown, patched))
        return _show(
            configurations.update_configuration(caller, found.id, changes, comment=patch.comment)
        )

    @router.delete(
        _ONE,
        summary="Delete a configuration of an integration",
        **answers(None, 400, 403, 404),
    )
    def delete_integration_configuration(
        integrationConfigurationId: _Id,  # noqa: N803
        caller: Caller,
    ) -> None:
        """Delete a configuration."""
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
