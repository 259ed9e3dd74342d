"""The members of the account."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, Row, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from muster.access.roles import BuiltInRole
from muster.accounts.model import NO_ACCESS, CustomRole, Member, TokenKind
from muster.core.errors import ConflictError
from muster.core.ids import MemberId
from muster.core.paging import Page, PageRequest
from muster.storage.sql.columns import from_micros, from_micros_or_none, to_micros
from muster.storage.sql.roles import read_roles, write_roles
from muster.storage.sql.tables import access_tokens, member_roles, members
from muster.storage.sql.transactions import is_duplicate, reading, writing

_LAST_SEEN_AT: Final = (
    select(func.max(access_tokens.c.last_used_at))
    .where(
        access_tokens.c.member_id == members.c.id,
        access_tokens.c.kind == TokenKind.PERSONAL.value,
    )
    .scalar_subquery()
    .label("last_seen_at")
)
_MEMBERS: Final = select(members, _LAST_SEEN_AT).order_by(members.c.created_at, members.c.id)
_IS_ADMIN: Final = members.c.role == BuiltInRole.ADMIN.value


class SqlMemberStore:
    """Implements `MemberStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_member(self, member: Member) -> None:
        """Store a new member.

        Raises:
            ConflictError: a member with this e-mail address exists, or one of its roles is gone.
        """
        with writing(self._engine) as connection:
            try:
                connection.execute(insert(members), member_row(member))
            except DBAPIError as error:
                if is_duplicate(error):
                    raise ConflictError(f"There is a member {member.email} already.") from error
                raise
            write_roles(connection, member_roles, member.id, member.custom_roles)

    def find_member(self, member_id: str) -> Member | None:
        """Return the member with this id."""
        return self._find(members.c.id == member_id)

    def find_member_by_email(self, email: str) -> Member | None:
        """Return the member with this e-mail address (compared without case)."""
        return self._find(members.c.folded_email == email.casefold())

    def find_first_admin(self) -> Member | None:
        """Return the member who has been here longest of those with the role admin."""
        return self._find(_IS_ADMIN)

    def list_members(self, page: PageRequest) -> Page[Member]:
        """Return members, in the order in which they came."""
        with reading(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(members)).scalar_one()
            rows = connection.execute(_MEMBERS.limit(page.limit).offset(page.offset)).all()
            roles = read_roles(connection, member_roles, [row.id for row in rows])
        return Page([_to_member(row, roles[row.id]) for row in rows], total, page)

    def lock_admins(self) -> Sequence[MemberId]:
        """Return the members with the role admin; they stay so until the transaction that holds ends."""
        query = select(members.c.id).where(_IS_ADMIN).order_by(members.c.id).with_for_update()
        with writing(self._engine) as connection:
            return [MemberId(member_id) for member_id in connection.execute(query).scalars()]

    def update_member(self, member: Member) -> bool:
        """Store what has changed of a member; tell whether it is still there.

        Raises:
            ConflictError: one of its roles is gone.
        """
        row = member_row(member)
        values = {name: row[name] for name in row.keys() - {"id", "created_at"}}
        with writing(self._engine) as connection:
            updated = connection.execute(
                update(members).where(members.c.id == member.id).values(**values)
            )
            if updated.rowcount == 0:
                return False
            write_roles(connection, member_roles, member.id, member.custom_roles)
            return True

    def delete_member(self, member_id: MemberId) -> bool:
        """Delete a member; tell whether there was one. Its tokens stay."""
        with writing(self._engine) as connection:
            deleted = connection.execute(delete(members).where(members.c.id == member_id))
            return deleted.rowcount > 0

    def _find(self, condition: ColumnElement[bool]) -> Member | None:
        with reading(self._engine) as connection:
            row = connection.execute(_MEMBERS.where(condition).limit(1)).one_or_none()
            if row is None:
                return None
            return _to_member(row, read_roles(connection, member_roles, [row.id])[row.id])


def member_row(member: Member) -> dict[str, Any]:
    """Return the row of a member."""
    return {
        "id": member.id,
        "email": member.email,
        "folded_email": member.email.casefold(),
        "role": member.role_name,
        "created_at": to_micros(member.created_at),
        "first_name": member.first_name,
        "last_name": member.last_name,
    }


def _to_member(row: Row[Any], roles: tuple[CustomRole, ...]) -> Member:
    return Member(
        id=MemberId(row.id),
        email=row.email,
        role=None if row.role == NO_ACCESS else BuiltInRole(row.role),
        created_at=from_micros(row.created_at),
        custom_roles=roles,
        first_name=row.first_name,
        last_name=row.last_name,
        last_seen_at=from_micros_or_none(row.last_seen_at),
    )
