"""The members of the account."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from muster.access.principal import Principal
from muster.access.roles import BuiltInRole
from muster.accounts.members import MemberChanges, MemberFilter, MemberService, NewMember
from muster.accounts.model import NO_ACCESS, Member
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.members import Member as MemberDocument
from muster.api.documents.members import Members
from muster.api.documents.patches import JsonPatch
from muster.api.documents.sent import EMAIL
from muster.api.fields import read_text
from muster.api.parameters import Limit, Offset
from muster.api.patches import apply_json_patch
from muster.api.queries import any_of, read_filter
from muster.api.representations import collection, link, path
from muster.api.roles import role_names
from muster.core.clock import to_millis
from muster.core.errors import InvalidRequestError
from muster.core.paging import Page, PageRequest
from muster.core.pointers import Json

_MEMBERS: Final = "/api/v2/members"
_Id = Annotated[
    str, Path(description="The member's id, or `me`.", examples=["66b0c1a2d3e4f5a6b7c8da10"])
]
_Filter = Annotated[
    str | None,
    Query(
        description="`field:value` pairs with commas between them; fields are `query`, `role`, `email` "
        "and `id`, `|` stands between alternatives.",
        examples=["query:ada,role:admin|writer"],
    ),
]
_CHANGEABLE: Final = ("role", "customRoles", "firstName", "lastName")
_FILTERS: Final = ("query", "role", "id", "email")


class MemberPost(BaseModel):
    """A member to be made. `role`, `customRoles` or both are given."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"email": "ada@example.com", "role": "writer"}]},
    )

    email: Annotated[str, EMAIL]
    """Unique."""
    role: Literal["reader", "writer", "admin", "no_access"] | None = None
    """The built-in role; `no_access` where only `customRoles` is given."""
    customRoles: list[str] | None = None  # noqa: N815 - the API's names
    """Keys or ids of custom roles."""
    firstName: str = ""  # noqa: N815
    """May be empty."""
    lastName: str = ""  # noqa: N815
    """May be empty."""


def create_router(principal: PrincipalDependency, members: MemberService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Account members"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(_MEMBERS, summary="List members of the account", **answers(Members, 400))
    def get_members(
        caller: Caller,
        limit: Limit = 20,
        offset: Offset = 0,
        filter: _Filter = None,  # noqa: A002 - the API's name
    ) -> dict[str, Any]:
        """Return a page of the members that the token may view, in the order in which they came."""
        page = members.list_members(PageRequest(limit, offset), _filter(filter), principal=caller)
        shown = [_show(one) for one in page.items]
        return collection(shown, page, _MEMBERS, {"filter": filter})

    @router.post(
        _MEMBERS, summary="Create members of the account", **answers(Members, 400, 403, status=201)
    )
    def post_members(
        wanted: Annotated[list[MemberPost], Body(description="1 to 50 members.")], caller: Caller
    ) -> dict[str, Any]:
        """Make 1 to 50 members, all or none.

        Nobody can give a member more than they may do themselves. An e-mail address that is
        taken answers 400.
        """
        new = [_new_member(one, place) for place, one in enumerate(wanted)]
        made = members.create_members(new, principal=caller)
        page = Page(made, len(made), PageRequest(len(made)))
        return collection([_show(one) for one in made], page, _MEMBERS)

    @router.get(
        _MEMBERS + "/{id:key}",
        summary="Get a member, or with `me` one's own",
        **answers(MemberDocument, 400, 404),
    )
    def get_member(id: _Id, caller: Caller) -> dict[str, Any]:  # noqa: A002 - the API's name
        """Return a member; `me` is the one that the personal token acts for."""
        return _show(members.get_member(id, principal=caller))

    @router.patch(
        _MEMBERS + "/{id:key}",
        summary="Change a member",
        **answers(MemberDocument, 400, 403, 404, 409, 422),
    )
    def patch_member(
        id: _Id,  # noqa: A002
        operations: JsonPatch,
        caller: Caller,
    ) -> dict[str, Any]:
        """Change `role`, `customRoles`, `firstName` or `lastName`.

        The member's tokens feel it within a second.
        """
        shown = _show(members.get_member(id, principal=caller))
        patched = apply_json_patch(shown, operations, _CHANGEABLE)
        return _show(members.update_member(id, _changes(shown, patched), principal=caller))

    @router.delete(
        _MEMBERS + "/{id:key}", summary="Delete a member", **answers(None, 400, 403, 404, 409)
    )
    def delete_member(id: _Id, caller: Caller) -> None:  # noqa: A002
        """Delete a member, and its personal tokens with it.

        The last admin can't be deleted.
        """
        members.delete_member(id, principal=caller)

    return router


def _filter(text: str | None) -> MemberFilter:
    """Return the filter that a text such as `query:ada,role:admin|writer` spells."""
    given = read_filter(text, _FILTERS)
    role, email, ids = (
        frozenset(any_of(given[field])) if field in given else None
        for field in ("role", "email", "id")
    )
    return MemberFilter(given.get("query", ""), role, email, ids)


def _new_member(wanted: MemberPost, place: int) -> NewMember:
    if wanted.role is None and not wanted.customRoles:
        raise InvalidRequestError(
            "A member has a role, custom roles or both; neither was given.",
            pointer=f"/{place}/role",
        )
    return NewMember(
        wanted.email,
        _role(wanted.role, f"/{place}/role"),
        wanted.customRoles or (),
        wanted.firstName,
        wanted.lastName,
    )


def _show(member: Member) -> dict[str, Any]:
    seen_at = member.last_seen_at
    return {
        "_links": {"parent": link(_MEMBERS), "self": link(path("members", member.id))},
        "_id": member.id,
        "email": member.email,
        "role": member.role_name,
        "customRoles": [role.id for role in member.custom_roles],
        "firstName": member.first_name,
        "lastName": member.last_name,
        "mfa": "disabled",
        "creationDate": to_millis(member.created_at),
        "_lastSeen": 0 if seen_at is None else to_millis(seen_at),
        "_pendingInvite": False,
        "_verified": True,
    }


def _changes(shown: dict[str, Json], patched: dict[str, Json]) -> MemberChanges:
    """Return what a patch changes."""
    changes = MemberChanges()
    changed = {name for name in _CHANGEABLE if shown[name] != patched.get(name)}
    if "role" in changed:
        changes["role"] = _role(patched.get("role"), "/role")
    if "customRoles" in changed:
        changes["custom_roles"] = role_names(patched.get("customRoles"), "/customRoles")
    if "firstName" in changed:
        changes["first_name"] = _name(patched.get("firstName"), "/firstName")
    if "lastName" in changed:
        changes["last_name"] = _name(patched.get("lastName"), "/lastName")
    return changes


def _role(value: Json, pointer: str) -> BuiltInRole | None:
    if value is None or value == NO_ACCESS:
        return None
    try:
        return BuiltInRole(value)
    except ValueError as error:
        known = ", ".join([*BuiltInRole, NO_ACCESS])
        raise InvalidRequestError(f"role is one of {known}.", pointer=pointer) from error


def _name(value: Json, pointer: str) -> str:
    return read_text(value or "", pointer)
