"""The members of the account of a server elsewhere."""

from collections.abc import Sequence
from typing import Any, Final

from muster.access.roles import BuiltInRole
from muster.accounts.members import MemberChanges, MemberFilter, NewMember
from muster.accounts.model import NO_ACCESS, Member
from muster.accounts.visible import visible_page
from muster.core.errors import NotFoundError
from muster.core.paging import Page, PageRequest
from muster.remote.connection import Connection
from muster.remote.projects import paging
from muster.remote.representations import MemberShape
from muster.remote.roles import RoleDirectory
from muster.remote.shapes import PageShape

_ALL: Final = MemberFilter()


class RemoteMembers:
    """Does what `MemberService` does."""

    def __init__(self, connection: Connection, roles: RoleDirectory) -> None:
        self._connection = connection
        self._roles = roles

    def create_members(self, wanted: Sequence[NewMember]) -> Sequence[Member]:
        """Make members: all of them or none."""
        body = [
            {
                "email": one.email,
                "role": _role_name(one.role),
                "customRoles": list(one.custom_roles),
                "firstName": one.first_name,
                "lastName": one.last_name,
            }
            for one in wanted
        ]
        made = self._connection.post(PageShape[MemberShape], "members", body=body)
        return [self._read(one) for one in made.items]

    def list_members(self, page: PageRequest, wanted: MemberFilter = _ALL) -> Page[Member]:
        """Return members, in the order in which they came.

        Which of them are wanted is told here: a text with a comma can't be said in the API's filter.
        """
        if wanted == _ALL:
            return self._list(page)
        return visible_page(self._list, wanted.matches, page)

    def get_member(self, member_id: str) -> Member:
        """Return a member, by id or e-mail address."""
        if "@" not in member_id:
            return self._read(self._connection.get(MemberShape, "members", member_id))
        found = self.list_members(PageRequest(1), MemberFilter(emails=frozenset({member_id})))
        if not found.items:
            raise NotFoundError(
                f"There is no member {member_id[:64]!r}, or they are not yours to see."
            )
        return found.items[0]

    def update_member(self, member_id: str, changes: MemberChanges) -> Member:
        """Change a member."""
        values: dict[str, Any] = {}
        if "role" in changes:
            values["role"] = _role_name(changes["role"])
        if "custom_roles" in changes:
            values["customRoles"] = list(changes["custom_roles"])
        if "first_name" in changes:
            values["firstName"] = changes["first_name"]
        if "last_name" in changes:
            values["lastName"] = changes["last_name"]
        place = ("members", self._id(member_id))
        return self._read(self._connection.patch(MemberShape, *place, values=values))

    def delete_member(self, member_id: str) -> None:
        """Delete a member and their personal tokens."""
        self._connection.delete("members", self._id(member_id))

    def find_member(self, member_id: str) -> Member | None:
        """Return the member with this id."""
        found = self._connection.find(MemberShape, "members", member_id)
        return None if found is None else self._read(found)

    def _list(self, page: PageRequest) -> Page[Member]:
        found = self._connection.get(PageShape[MemberShape], "members", query=paging(page))
        return found.to_page(page, self._read)

    def _id(self, member_id: str) -> str:
        """Return the id of a member that is named by id or e-mail address."""
        return self.get_member(member_id).id if "@" in member_id else member_id

    def _read(self, shape: MemberShape) -> Member:
        return shape.to_model(self._roles.find_roles)


def _role_name(role: BuiltInRole | None) -> str:
    return NO_ACCESS if role is None else role.value
