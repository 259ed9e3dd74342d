"""Custom roles, and which of them members and tokens have."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, delete, func, insert, or_, select, update
from sqlalchemy.exc import DBAPIError

from muster.access.policy import Policy
from muster.access.roles import BasePermissions
from muster.accounts.model import CustomRole
from muster.core.errors import ConflictError
from muster.core.ids import RoleId, RoleKey
from muster.core.paging import Page, PageRequest
from muster.storage.sql.columns import (
    from_micros,
    from_micros_or_none,
    to_micros,
    to_micros_or_none,
)
from muster.storage.sql.tables import (
    access_token_roles,
    access_tokens,
    custom_roles,
    member_roles,
    members,
)
from muster.storage.sql.transactions import is_dangling, is_duplicate, reading, writing


class SqlRoleStore:
    """Implements `RoleStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_role(self, role: CustomRole) -> None:
        """Store a new role.

        Raises:
            ConflictError: a role with this key exists.
        """
        with writing(self._engine) as connection:
            try:
                connection.execute(insert(custom_roles), _role_row(role))
            except DBAPIError as error:
                if is_duplicate(error):
                    raise ConflictError(f"There is a custom role {role.key!r} already.") from error
                raise

    def find_role(self, key_or_id: str) -> CustomRole | None:
        """Return the role with this key or this id; no key looks like an id."""
        condition = or_(custom_roles.c.key == key_or_id, custom_roles.c.id == key_or_id)
        with reading(self._engine) as connection:
            row = connection.execute(select(custom_roles).where(condition)).one_or_none()
        return None if row is None else _to_role(row)

    def list_roles(self, page: PageRequest) -> Page[CustomRole]:
        """Return roles, ordered by key."""
        query = select(custom_roles).order_by(custom_roles.c.key)
        with reading(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(custom_roles)).scalar_one()
            rows = connection.execute(query.limit(page.limit).offset(page.offset)).all()
        return Page([_to_role(row) for row in rows], total, page)

    def update_role(self, role: CustomRole) -> bool:
        """Store what has changed of a role; tell whether it is still there."""
        row = _role_row(role)
        values = {name: row[name] for name in row.keys() - {"id", "key", "created_at"}}
        with writing(self._engine) as connection:
            updated = connection.execute(
                update(custom_roles).where(custom_roles.c.id == role.id).values(**values)
            )
            return updated.rowcount > 0

    def delete_role(self, role_id: RoleId) -> bool:
        """Delete a role; tell whether there was one.

        Raises:
            ConflictError: a member or a token has it.
        """
        with writing(self._engine) as connection:
            try:
                deleted = connection.execute(
                    delete(custom_roles).where(custom_roles.c.id == role_id)
                )
            except DBAPIError as error:
                if is_dangling(error):
                    raise ConflictError("A member or a token has this role.") from error
                raise
            return deleted.rowcount > 0

    def list_role_holders(self, role_id: RoleId) -> Sequence[str]:
        """Return who has a role, in words: the e-mail addresses of members, the names of tokens."""
        people = (
            select(members.c.email)
            .join_from(members, member_roles)
            .where(member_roles.c.role_id == role_id)
            .order_by(members.c.id)
        )
        tokens = (
            select(access_tokens.c.name)
            .join_from(access_tokens, access_token_roles)
            .where(access_token_roles.c.role_id == role_id)
            .order_by(access_tokens.c.id)
        )
        with reading(self._engine) as connection:
            return [
                *(f"the member {email}" for email in connection.execute(people).scalars()),
                *(f"the token {name!r}" for name in connection.execute(tokens).scalars()),
            ]


def read_roles(
    connection: Connection, table: Table, holder_ids: Collection[str]
) -> Mapping[str, tuple[CustomRole, ...]]:
    """Return the custom roles of members or of tokens, ordered by key; none for one that has none.

    Args:
        table: what says who has which: `member_roles` or `access_token_roles`.
    """
    holder = table.columns[0]
    query = (
        select(holder.label("holder_id"), custom_roles)
        .join_from(table, custom_roles)
        .where(holder.in_(holder_ids))
        .order_by(custom_roles.c.key)
    )
    found: dict[str, tuple[CustomRole, ...]] = defaultdict(tuple)
    if holder_ids:
        for row in connection.execute(query):
            found[row.holder_id] += (_to_role(row),)
    return found


def write_roles(
    connection: Connection, table: Table, holder_id: str, roles: Collection[CustomRole]
) -> None:
    """Make these the custom roles of a member or a token.

    Raises:
        ConflictError: one of them is gone.
    """
    holder = table.columns[0]
    connection.execute(delete(table).where(holder == holder_id))
    if not roles:
        return
    rows = [{holder.name: holder_id, "role_id": role.id} for role in roles]
    try:
        connection.execute(insert(table), rows)
    except DBAPIError as error:
        if is_dangling(error):
            raise ConflictError("One of these custom roles has just been deleted.") from error
        raise


def _role_row(role: CustomRole) -> dict[str, Any]:
    return {
        "id": role.id,
        "key": role.key,
        "name": role.name,
        "description": role.description,
        "policy": json.dumps(role.policy.to_json()),
        "base_permissions": role.base_permissions.value,
        "resource_category": role.resource_category,
        "created_at": to_micros(role.created_at),
        "modified_at": to_micros_or_none(role.modified_at),
    }


def _to_role(row: Row[Any]) -> CustomRole:
    return CustomRole(
        id=RoleId(row.id),
        key=RoleKey(row.key),
        name=row.name,
        description=row.description,
        policy=Policy.parse(json.loads(row.policy)),
        base_permissions=BasePermissions(row.base_permissions),
        resource_category=row.resource_category,
        created_at=from_micros(row.created_at),
        modified_at=from_micros_or_none(row.modified_at),
    )
