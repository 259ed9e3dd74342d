"""Custom roles."""

from typing import Annotated, Any, Final, Literal, cast

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.roles import BasePermissions
from muster.accounts.model import CustomRole
from muster.accounts.roles import RoleChanges, RoleService
from muster.api.access import with_access
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.patches import AnyPatch
from muster.api.documents.policies import Statements
from muster.api.documents.roles import CustomRole as CustomRoleDocument
from muster.api.documents.roles import CustomRoles
from muster.api.documents.sent import KEY, NAME
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.parameters import Expand, Limit, Offset
from muster.api.patches import apply_patch, read_patch
from muster.api.queries import read_expand
from muster.api.representations import collection, link, path
from muster.core.clock import to_millis
from muster.core.paging import PageRequest

_ROLES: Final = "/api/v2/roles"
_NAMES: Final = {
    "name": "name",
    "description": "description",
    "policy": "policy",
    "basePermissions": "base_permissions",
}
"""What can be changed of a role: as the API calls it, and as Muster does."""
_Key = Annotated[str, Path(description="The role's key, or its id.", examples=["segment-keeper"])]


class RolePost(BaseModel):
    """A custom role to be made."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
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
        },
    )

    key: Annotated[str, KEY]
    """Unique: 1 to 256 letters, digits, `.`, `_` and `-`; neither a built-in role nor like an id."""
    name: Annotated[str, NAME]
    """What people call it: 1 to 256 printable characters."""
    policy: Statements
    """What it allows and denies."""
    description: str = ""
    """What it is for."""
    basePermissions: Annotated[BasePermissions, Field(strict=False)] = (  # noqa: N815 - the API's names
        BasePermissions.NO_ACCESS
    )
    """What it gives besides: to view everything, or nothing."""
    resourceCategory: Literal["organization", "project", "any"] | None = None  # noqa: N815
    """What it is about; it changes nothing."""


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

    @router.get(_ROLES, summary="List custom roles", **answers(CustomRoles, 400))
    def get_custom_roles(
        caller: Caller,
        limit: Limit = 20,
        offset: Offset = 0,
        expand: Expand = None,
    ) -> dict[str, Any]:
        """Return a page of the custom roles that the token may view, by key."""
        page = roles.list_roles(PageRequest(limit, offset), principal=caller)
        wanted = read_expand(expand)
        shown = [with_access(_show(one), wanted, caller, one.resource) for one in page.items]
        return collection(shown, page, _ROLES, {"expand": expand})

    @router.post(
        _ROLES,
        summary="Create a custom role",
        **answers(CustomRoleDocument, 400, 403, 409, status=201),
    )
    def post_custom_role(wanted: RolePost, caller: Caller) -> dict[str, Any]:
        """Make a custom role. To give it to a member or a token takes being able to do as much."""
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

    @router.get(
        _ROLES + "/{key:key}",
        summary="Get a custom role by its key or id",
        **answers(CustomRoleDocument, 400, 404),
    )
    def get_custom_role(key: _Key, caller: Caller, expand: Expand = None) -> dict[str, Any]:
        """Return a custom role, named by its key or by its id."""
        role = roles.get_role(key, principal=caller)
        return with_access(_show(role), read_expand(expand), caller, role.resource)

    @router.patch(
        _ROLES + "/{key:key}",
        summary="Change a custom role",
        **answers(CustomRoleDocument, 400, 403, 404, 409, 422),
    )
    def patch_custom_role(key: _Key, body: AnyPatch, caller: Caller) -> dict[str, Any]:
        """Change `name`, `description`, `policy` or `basePermissions`.

        Its members and tokens feel it within a second.
        """
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

    @router.delete(
        _ROLES + "/{key:key}", summary="Delete a custom role", **answers(None, 400, 403, 404, 409)
    )
    def delete_custom_role(key: _Key, caller: Caller) -> None:
        """Delete a custom role.

        While a member or a token has it that is refused with 409, which names them.
        """
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
        "_muster": {
            "creationDate": to_millis(role.created_at),
            "lastModified": None if role.modified_at is None else to_millis(role.modified_at),
        },
    }
    if role.resource_category is not None:
        shown["resourceCategory"] = role.resource_category
    return shown
