"""The members of the account."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, ConfigDict

from muster.access.principal import Principal
from muster.access.roles import BuiltInRole
from muster.accounts.members import MemberChanges, MemberFilter, MemberService, NewMember
from muster.accounts.model import NO_ACCESS, Member
from muster.api.authentication import PrincipalDependency
from muster.api.fields import read_text
from muster.api.patches import apply_json_patch
from muster.api.queries import any_of, read_filter
from muster.api.representations import collection, link, path
from muster.api.roles import role_names
from muster.core.clock import to_millis
from muster.core.errors import InvalidRequestError
from muster.core.paging import Page, PageRequest
from muster.core.pointers import Json

_MEMBERS: Final = "/api/v2/members"
_CHANGEABLE: Final = ("role", "customRoles", "firstName", "lastName")
_FILTERS: Final = ("query", "role", "id", "email")


class MemberPost(BaseModel):
    """A member to be made. `role`, `customRoles` or both are given."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "ada@example.com", "role": "writer"}]}
    )

    email: str
    role: Literal["reader", "writer", "admin", "no_access"] | None = None
    customRoles: list[str] | None = None  # noqa: N815 - the API's names
    firstName: str = ""  # noqa: N815
    lastName: str = ""  # noqa: N815


def create_router(principal: PrincipalDependency, members: MemberService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Account members"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(_MEMBERS, summary="List members of the account")
    def list_members(
        caller: Caller,
        limit: Annotated[int, Query(ge=1, le=1000)] = 20,
        offset: Annotated[int, Query(ge=0)] = 0,
        filter: str | None = None,  # noqa: A002 - the API's name
    ) -> dict[str, Any]:
        page = members.list_members(PageRequest(limit, offset), _filter(filter), principal=caller)
        shown = [_show(one) for one in page.items]
        return collection(shown, page, _MEMBERS, {"filter": filter})

    @router.post(_MEMBERS, summary="Create members of the account", status_code=201)
    def create_members(
        wanted: Annotated[list[MemberPost], Body()], caller: Caller
    ) -> dict[str, Any]:
        new = [_new_member(one, place) for place, one in enumerate(wanted)]
        made = members.create_members(new, principal=caller)
        page = Page(made, len(made), PageRequest(len(made)))
        return collection([_show(one) for one in made], page, _MEMBERS)

    @router.get(_MEMBERS + "/{id:key}", summary="Get a member, or with `me` one's own")
    def get_member(id: str, caller: Caller) -> dict[str, Any]:  # noqa: A002 - the API's name
        return _show(members.get_member(id, principal=caller))

    @router.patch(_MEMBERS + "/{id:key}", summary="Change a member")
    def patch_member(
        id: str,  # noqa: A002
        operations: Annotated[list[dict[str, Any]], Body()],
        caller: Caller,
    ) -> dict[str, Any]:
        shown = _show(members.get_member(id, principal=caller))
        patched = apply_json_patch(shown, operations, _CHANGEABLE)
        return _show(members.update_member(id, _changes(shown, patched), principal=caller))

    @router.delete(_MEMBERS + "/{id:key}", summary="Delete a member", status_code=204)
    def delete_member(id: str, caller: Caller) -> None:  # noqa: A002
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
