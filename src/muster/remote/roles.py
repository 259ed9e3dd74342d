"""Custom roles of a server elsewhere."""

from collections.abc import Collection
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from muster.access.policy import Policy
from muster.access.roles import BasePermissions
from muster.accounts.model import CustomRole
from muster.accounts.roles import RoleChanges
from muster.accounts.visible import read_all
from muster.core.errors import ForbiddenError
from muster.core.ids import RoleId, RoleKey
from muster.core.paging import Page, PageRequest
from muster.remote.connection import Connection
from muster.remote.projects import paging
from muster.remote.representations import RoleShape
from muster.remote.shapes import PageShape


class RemoteRoles:
    """Does what `RoleService` does."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create_role(
        self,
        key: str,
        name: str,
        policy: Policy,
        *,
        description: str = "",
        base_permissions: BasePermissions = BasePermissions.NO_ACCESS,
    ) -> CustomRole:
        """Make a custom role."""
        body = {
            "key": key,
            "name": name,
            "policy": policy.to_json(),
            "description": description,
            "basePermissions": base_permissions.value,
        }
        return self._connection.post(RoleShape, "roles", body=body).to_model()

    def list_roles(self, page: PageRequest) -> Page[CustomRole]:
        """Return custom roles, ordered by key."""
        found = self._connection.get(PageShape[RoleShape], "roles", query=paging(page))
        return found.to_page(page, RoleShape.to_model)

    def get_role(self, key_or_id: str) -> CustomRole:
        """Return a custom role."""
        return self._connection.get(RoleShape, "roles", key_or_id).to_model()

    def update_role(self, key_or_id: str, changes: RoleChanges) -> CustomRole:
        """Change a custom role."""
        values: dict[str, Any] = {}
        if "name" in changes:
            values["name"] = changes["name"]
        if "description" in changes:
            values["description"] = changes["description"]
        if "policy" in changes:
            values["policy"] = changes["policy"].to_json()
        if "base_permissions" in changes:
            values["basePermissions"] = changes["base_permissions"].value
        return self._connection.patch(RoleShape, "roles", key_or_id, values=values).to_model()

    def delete_role(self, key_or_id: str) -> None:
        """Delete a custom role."""
        self._connection.delete("roles", key_or_id)


class RoleDirectory:
    """The custom roles that members and tokens have, of whom the API tells only the ids.

    It reads the list of roles once, when the first of them is asked for.
    """

    def __init__(self, roles: RemoteRoles) -> None:
        self._roles = roles

    def find_roles(self, ids: Collection[str]) -> tuple[CustomRole, ...]:
        """Return the roles with these ids, ordered by key.

        For one that the token may not view there stands a role that is called by its id and allows
        nothing.
        """
        found = (self._visible.get(one) or _hidden_role(one) for one in ids)
        return tuple(sorted(found, key=lambda role: role.key))

    def require_visible(self, roles: Collection[CustomRole]) -> None:
        """Make sure that what these roles allow is known.

        Raises:
            ForbiddenError: one of them is not the token's to view.
        """
        for role in roles:
            if role.id not in self._visible:
                raise ForbiddenError(
                    f"What the custom role with the id {role.id} allows is not this token's to view: it "
                    "takes viewRole on it."
                )

    @cached_property
    def _visible(self) -> dict[str, CustomRole]:
        return {role.id: role for role in read_all(self._roles.list_roles)}


def _hidden_role(role_id: str) -> CustomRole:
    return CustomRole(
        id=RoleId(role_id),
        key=RoleKey(role_id),
        name=role_id,
        description="",
        policy=Policy(()),
        base_permissions=BasePermissions.NO_ACCESS,
        resource_category=None,
        created_at=datetime.fromtimestamp(0, UTC),
    )
