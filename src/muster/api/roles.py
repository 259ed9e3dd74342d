"""Custom roles."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, ConfigDict

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.roles import BasePermissions
from muster.accounts.model import CustomRole
from muster.accounts.roles import RoleChanges, RoleService
from muster.api.authentication import PrincipalDependency
from muster.api.fields import read_text
from muster.api.patches import apply_patch, read_patch
from muster.api.representations import collection, link, path
from muster.core.clock import to_millis
from muster.core.errors import InvalidRequestError
from muster.core.paging import PageRequest
from muster.core.pointers import Json

_ROLES: Final = "/api/v2/roles"
_CHANGEABLE: Final = ("name", "description", "policy", "basePermissions")


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


def create_router(principal: PrincipalDependency, roles: RoleService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Custom roles"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(_ROLES, summary="List custom roles")
    def list_roles(
        caller: Caller,
        limit: Annotated[int, Query(ge=1, le=1000)] = 20,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> dict[str, Any]:
        page = roles.list_roles(PageRequest(limit, offset), principal=caller)
        return collection([_show(one) for one in page.items], page, _ROLES)

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
    def get_role(key: str, caller: Caller) -> dict[str, Any]:
        return _show(roles.get_role(key, principal=caller))

    @router.patch(_ROLES + "/{key:key}", summary="Change a custom role")
    def patch_role(
        key: str, body: Annotated[list[Any] | dict[str, Any], Body()], caller: Caller
    ) -> dict[str, Any]:
        role = roles.get_role(key, principal=caller)
        patch, shown = read_patch(body), _show(role)
        patched = apply_patch(shown, patch, _CHANGEABLE)
        changes = _changes(shown, patched)
        return _show(roles.update_role(role.id, changes, comment=patch.comment, principal=caller))

    @router.delete(_ROLES + "/{key:key}", summary="Delete a custom role", status_code=204)
    def delete_role(key: str, caller: Caller) -> None:
        roles.delete_role(key, principal=caller)

    return router


def role_names(value: Json, pointer: str) -> list[str]:
    """Return the keys or ids of custom roles that a list in a body holds; none where there is no list.

    Raises:
        InvalidRequestError: it is no list of texts.
    """
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InvalidRequestError(
            "A list of keys or ids of custom roles was expected.", pointer=pointer
        )
    return value


def _show(role: CustomRole) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "_links": {"parent": link(_ROLES), "self": link(path("roles", role.key))},
        "_id": role.id,
        "key": role.key,
        "name": role.name,
        "description": role.description,
        "policy": role.policy.to_json(),
        "basePermissions": role.base_permissions.value,
        "_muster": {
            "creationDate": to_millis(role.created_at),
            "lastModified": None if role.modified_at is None else to_millis(role.modified_at),
        },
    }
    if role.resource_category is not None:
        shown["resourceCategory"] = role.resource_category
    return shown


def _changes(shown: dict[str, Json], patched: dict[str, Json]) -> RoleChanges:
    """Return what a patch changes."""
    changes = RoleChanges()
    changed = {name for name in _CHANGEABLE if shown[name] != patched.get(name)}
    if "name" in changed:
        changes["name"] = read_text(patched.get("name"), "/name")
    if "description" in changed:
        changes["description"] = read_text(patched.get("description") or "", "/description")
    if "policy" in changed:
        changes["policy"] = Policy.parse(patched.get("policy"), at=("policy",))
    if "basePermissions" in changed:
        changes["base_permissions"] = _base_permissions(patched.get("basePermissions"))
    return changes


def _base_permissions(value: Json) -> BasePermissions:
    try:
        return BasePermissions(value or BasePermissions.NO_ACCESS)
    except ValueError as error:
        raise InvalidRequestError(
            f"basePermissions is one of {', '.join(BasePermissions)}.", pointer="/basePermissions"
        ) from error
