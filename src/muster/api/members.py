"""The members of the account."""

from collections.abc import Collection
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from muster.access.principal import Principal
from muster.accounts.member_edits import edit_members
from muster.accounts.members import MemberChanges, MemberService, NewMember
from muster.accounts.model import NO_ACCESS, Member
from muster.api.access import with_access
from muster.api.authentication import PrincipalDependency
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.member_edits import BaseRole, MembersPatch, built_in_role
from muster.api.member_filters import read_member_filter
from muster.api.patches import apply_json_patch
from muster.api.queries import read_expand
from muster.api.representations import collection, link, path
from muster.core.clock import to_millis
from muster.core.errors import ForbiddenError, InvalidRequestError
from muster.core.paging import Page, PageRequest
from muster.core.pointers import Json
from muster.core.sorting import parse_sort

_MEMBERS: Final = "/api/v2/members"
_NAMES: Final = {
    "role": "role",
    "customRoles": "custom_roles",
    "firstName": "first_name",
    "lastName": "last_name",
}
"""What can be changed of a member: as the API calls it, and as Muster does."""
_VIEW_ROLE: Final = "viewRole"


class MemberPost(BaseModel):
    """A member to be made. `role`, `customRoles` or both are given."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "ada@example.com", "role": "writer"}]}
    )

    email: str
    role: BaseRole | None = None
    customRoles: list[str] | None = None  # noqa: N815 - the API's names
    firstName: str = ""  # noqa: N815
    lastName: str = ""  # noqa: N815
    teamKeys: list[str] | None = None  # noqa: N815
    roleAttributes: dict[str, list[str]] | None = None  # noqa: N815


class _MemberFields(Fields):
    role: BaseRole = NO_ACCESS
    customRoles: Annotated[tuple[str, ...], Field(strict=False)] = ()  # noqa: N815
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
        sort: str | None = None,
        expand: str | None = None,
    ) -> dict[str, Any]:
        page = members.list_members(
            PageRequest(limit, offset),
            read_member_filter(filter),
            parse_sort(sort or ""),
            principal=caller,
        )
        wanted = read_expand(expand)
        shown = [_show_expanded(one, wanted, caller) for one in page.items]
        query = {"filter": filter, "sort": sort, "expand": expand}
        return collection(shown, page, _MEMBERS, query)

    @router.post(_MEMBERS, summary="Create members of the account", status_code=201)
    def create_members(
        wanted: Annotated[list[MemberPost], Body()], caller: Caller
    ) -> dict[str, Any]:
        new = [_new_member(one, place) for place, one in enumerate(wanted)]
        made = members.create_members(new, principal=caller)
        page = Page(made, len(made), PageRequest(len(made)))
        return collection([_show(one) for one in made], page, _MEMBERS)

    @router.patch(_MEMBERS, summary="Change many members")
    def patch_members(body: MembersPatch, caller: Caller) -> dict[str, Any]:
        edits = [one.to_edit() for one in body.instructions]
        report = edit_members(members, edits, comment=body.comment or "", principal=caller)
        return {
            "members": report.changed,
            "errors": [{name: error.message} for name, error in report.refusals.items()],
        }

    @router.get(_MEMBERS + "/{id:key}", summary="Get a member, or with `me` one's own")
    def get_member(
        id: str,  # noqa: A002 - the API's name
        caller: Caller,
        expand: str | None = None,
    ) -> dict[str, Any]:
        member = members.get_member(id, principal=caller)
        return _show_expanded(member, read_expand(expand), caller)

    @router.patch(_MEMBERS + "/{id:key}", summary="Change a member")
    def patch_member(
        id: str,  # noqa: A002
        operations: Annotated[list[dict[str, Any]], Body()],
        caller: Caller,
    ) -> dict[str, Any]:
        shown = _show(members.get_member(id, principal=caller))
        patched = apply_json_patch(shown, operations, _NAMES)
        return _show(members.update_member(id, _changes(shown, patched), principal=caller))

    @router.delete(_MEMBERS + "/{id:key}", summary="Delete a member", status_code=204)
    def delete_member(id: str, caller: Caller) -> None:  # noqa: A002
        members.delete_member(id, principal=caller)

    return router


def _new_member(wanted: MemberPost, place: int) -> NewMember:
    if wanted.role is None and not wanted.customRoles:
        raise InvalidRequestError(
            "A member has a role, custom roles or both; neither was given.",
            pointer=f"/{place}/role",
        )
    if wanted.teamKeys:
        raise ForbiddenError("Muster has no teams: leave teamKeys out.")
    if wanted.roleAttributes:
        raise InvalidRequestError(
            "Muster has no role attributes: leave roleAttributes out.",
            pointer=f"/{place}/roleAttributes",
        )
    return NewMember(
        wanted.email,
        built_in_role(wanted.role or NO_ACCESS),
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


def _show_expanded(member: Member, expand: Collection[str], caller: Principal) -> dict[str, Any]:
    """Show a member to somebody, with what they ask for besides."""
    shown = with_access(_show(member), expand, caller, member.resource)
    if "customRoles" in expand:
        shown["customRolesInfo"] = [
            {"_id": role.id, "key": role.key, "name": role.name}
            for role in member.custom_roles
            if caller.allows(_VIEW_ROLE, role.resource)
        ]
    if "roleAttributes" in expand:
        shown["roleAttributes"] = {}
    return shown


def _changes(shown: dict[str, Json], patched: dict[str, Json]) -> MemberChanges:
    """Return what a patch changes."""
    fields = read_fields(_MemberFields, patched)
    changes = changed_fields(fields, _NAMES, shown, patched)
    if "role" in changes:
        changes["role"] = built_in_role(fields.role)
    return cast("MemberChanges", changes)
