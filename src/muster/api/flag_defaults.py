"""What new flags of a project have, where nothing is said of them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from muster.access.principal import Principal
from muster.accounts.flag_defaults import read_new_flag_defaults
from muster.accounts.model import ClientSideAvailability, Project
from muster.accounts.projects import ProjectChanges, ProjectService
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.flag_defaults import FLAG_DEFAULTS, ProjectFlagDefaults
from muster.api.documents.patches import AnyPatch
from muster.api.documents.sent import TAG, TAGS
from muster.api.fields import Fields, read_fields
from muster.api.parameters import ProjectKey
from muster.api.patches import apply_patch, read_patch
from muster.api.representations import link, path
from muster.core.json_values import MAX_VALUE_LENGTH
from muster.core.pointers import Json

_DEFAULTS: Final = "/api/v2/projects/{projectKey:key}/flag-defaults"
_CHANGEABLE: Final = ("tags", "temporary", "booleanDefaults", "defaultClientSideAvailability")
_Text = Annotated[str, Field(json_schema_extra={"maxLength": MAX_VALUE_LENGTH})]
_Index = Annotated[int, Field(json_schema_extra={"minimum": 0, "maximum": 1})]


class DefaultClientSideAvailability(Fields):
    """Which SDKs outside of servers get new flags."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    usingEnvironmentId: bool  # noqa: N815 - the API's names
    """Those in browsers."""
    usingMobileKey: bool  # noqa: N815
    """Those in mobile apps."""


class BooleanFlagDefaultsPut(BaseModel):
    """What new flags have whose values are true and false."""

    model_config = ConfigDict(strict=True, use_attribute_docstrings=True)

    trueDisplayName: _Text  # noqa: N815
    """What people call the variation whose value is true."""
    falseDisplayName: _Text  # noqa: N815
    """What they call the other."""
    trueDescription: _Text  # noqa: N815
    """What the first is for."""
    falseDescription: _Text  # noqa: N815
    """What the other is for."""
    onVariation: _Index  # noqa: N815
    """What is served while the flag is on: 0 for true, 1 for false."""
    offVariation: _Index  # noqa: N815
    """What is served while it is off."""


class FlagDefaultsPut(BaseModel):
    """What new flags of the project are to have."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [{name: FLAG_DEFAULTS[name] for name in _CHANGEABLE}],
        },
    )

    tags: Annotated[list[Annotated[str, TAG]], TAGS]
    """At most 100."""
    temporary: bool
    """Whether they are to be removed some day."""
    booleanDefaults: BooleanFlagDefaultsPut  # noqa: N815
    """What those have besides of whose variations nothing is said."""
    defaultClientSideAvailability: DefaultClientSideAvailability  # noqa: N815
    """Which SDKs outside of servers get them; it is the same as the project's."""


class _Availability(Fields):
    defaultClientSideAvailability: DefaultClientSideAvailability  # noqa: N815


def create_router(principal: PrincipalDependency, projects: ProjectService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Projects"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(
        _DEFAULTS,
        summary="Get what a project's new flags have",
        **answers(ProjectFlagDefaults, 400, 404),
    )
    def get_flag_defaults_by_project(
        projectKey: ProjectKey,  # noqa: N803 - the API's names
        caller: Caller,
    ) -> dict[str, Any]:
        """Return what new flags of the project have, where whoever makes them says nothing else."""
        return _show(projects.get_project(caller, projectKey))

    @router.put(
        _DEFAULTS,
        summary="Replace what a project's new flags have",
        **answers(ProjectFlagDefaults, 400, 403, 404),
    )
    def put_flag_defaults_by_project(
        projectKey: ProjectKey,  # noqa: N803
        wanted: FlagDefaultsPut,
        caller: Caller,
    ) -> dict[str, Any]:
        """Say anew all that new flags of the project have. Flags that are there stay as they are."""
        changes = _read_changes(wanted.model_dump())
        return _show(projects.update_project(caller, projectKey, changes))

    @router.patch(
        _DEFAULTS,
        summary="Change what a project's new flags have",
        **answers(ProjectFlagDefaults, 400, 403, 404, 409, 422),
    )
    def patch_flag_defaults_by_project(
        projectKey: ProjectKey,  # noqa: N803
        body: AnyPatch,
        caller: Caller,
    ) -> dict[str, Any]:
        """Change `tags`, `temporary`, `booleanDefaults` or `defaultClientSideAvailability`."""
        patch = read_patch(body)
        before = projects.get_project(caller, projectKey)
        patched = _read_changes(apply_patch(_show(before), patch, _CHANGEABLE))
        changes = {name: value for name, value in patched.items() if value != getattr(before, name)}
        changed = projects.update_project(
            caller, projectKey, cast("ProjectChanges", changes), comment=patch.comment
        )
        return _show(changed)

    return router


def _show(project: Project) -> dict[str, Any]:
    own = path("projects", project.key)
    return {
        "_links": {"self": link(f"{own}/flag-defaults"), "parent": link(own)},
        **project.new_flags.to_json(),
        "defaultClientSideAvailability": project.default_availability.to_json(),
    }


def _read_changes(fields: Mapping[str, Json]) -> ProjectChanges:
    availability = read_fields(_Availability, fields).defaultClientSideAvailability
    return {
        "new_flags": read_new_flag_defaults(fields),
        "default_availability": ClientSideAvailability(
            availability.usingEnvironmentId, availability.usingMobileKey
        ),
    }
