"""Custom roles."""

from typing import Annotated, Any, Final, Literal, cast

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.roles import BasePermissions
from muster.accounts.model import CustomRole
from muster.accounts.roles import RoleChanges, RoleService
from muster.api.access import with_access
from muster.api.authentication import PrincipalDependency
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.patches import apply_patch, read_patch
from muster.api.queries import read_expand
from muster.api.representations import collection, link, path
from muster.core.paging import PageRequest

_ROLES: Final = "/api/v2/roles"
_NAMES: Final = {
    "name": "name",
    "description": "description",
    "policy": "policy",
    "basePermissions": "base_permissions",
}
"""What can be changed of a role: as the API calls it, and as Muster does."""


class RolePost(BaseModel):
    """A custom role to be made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "segment-keeper",
                    "name": "Segment keeper",
                    "policy": [
                        {
                            "effect": "allow",
                            "actions": ["*"],
                            "resources": ["proj/*:env/*:segment/*"],
                        }
                    ],
                    "basePermissions": "reader",
                }
            ]
        }
    )

    key: str
    name: str
    policy: list[dict[str, Any]]
    description: str = ""
    basePermissions: BasePermissions = BasePermissions.NO_ACCESS  # noqa: N815 - the API's names
    resourceCategory: Literal["organization", "project", "any"] | None = None  # noqa: N815


class _RoleFields(Fields):
    name: str
    description: str = ""
    policy: Any = None
    basePermissions: Annotated[BasePermissions, Field(strict=False)] = (  # noqa: N815
        BasePermissions.NO_ACCESS
    )


def create_router(principal: PrincipalDependency, roles: RoleService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Custom roles"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(_ROLES, summary="List custom roles")
    def list_roles(
        caller: Caller,
        limit: Annotated[int, Query(ge=1, le=1000)] = 20,
        offset: Annotated[int, Query(ge=0)] = 0,
        expand: str | None = None,
    ) -> dict[str, Any]:
        page = roles.list_roles(PageRequest(limit, offset), principal=caller)
        wanted = read_expand(expand)
        shown = [with_access(_show(one), wanted, caller, one.resource) for one in page.items]
        return collection(shown, page, _ROLES, {"expand": expand})

    @router.post(_ROLES, summary="Create a custom role", status_code=201)
    def create_role(wanted: RolePost, caller: Caller) -> dict[str, Any]:
        created = roles.create_role(
            wanted.key,
            wanted.name,
            Policy.parse(wanted.policy, at=("policy",)),
            description=wanted.description,
            base_permissions=wanted.basePermissions,
            resource_category=wanted.resourceCategory,
            principal=caller,
        )
        return _show(created)

    @router.get(_ROLES + "/{key:key}", summary="Get a custom role by its key or id")
    def get_role(key: str, caller: Caller, expand: str | None = None) -> dict[str, Any]:
        role = roles.get_role(key, principal=caller)
        return with_access(_show(role), read_expand(expand), caller, role.resource)

    @router.patch(_ROLES + "/{key:key}", summary="Change a custom role")
    def patch_role(
        key: str, body: Annotated[list[Any] | dict[str, Any], Body()], caller: Caller
    ) -> dict[str, Any]:
        role = roles.get_role(key, principal=caller)
        patch, shown = read_patch(body), _show(role)
        patched = apply_patch(shown, patch, _NAMES)
        fields = read_fields(_RoleFields, patched)
        changes = changed_fields(fields, _NAMES, shown, patched)
        if "policy" in changes:
            changes["policy"] = Policy.parse(fields.policy, at=("policy",))
        changed = roles.update_role(
            role.id, cast("RoleChanges", changes), comment=patch.comment, principal=caller
        )
        return _show(changed)

    @router.delete(_ROLES + "/{key:key}", summary="Delete a custom role", status_code=204)
    def delete_role(key: str, caller: Caller) -> None:
        roles.delete_role(key, principal=caller)

    return router


def _show(role: CustomRole) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "_links": {"parent": link(_ROLES), "self": link(path("roles", role.key))},
        "_id": role.id,
        "key": role.key,
        "name": role.name,
        "description": role.description,
        "policy": role.policy.to_json(),
        "basePermissions": role.base_permissions.value,
    }
    if role.resource_category is not None:
        shown["resourceCategory"] = role.resource_category
    return shown
