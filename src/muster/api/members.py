"""The members of the account."""

from collections.abc import Collection
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from muster.access.principal import Principal
from muster.accounts.member_edits import edit_members
from muster.accounts.members import MemberChanges, MemberService, NewMember
from muster.accounts.model import NO_ACCESS, Member
from muster.api.access import with_access
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.members import Member as MemberDocument
from muster.api.documents.members import Members, MembersPatched
from muster.api.documents.patches import JsonPatch
from muster.api.documents.sent import EMAIL
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.member_edits import BaseRole, MembersPatch, built_in_role
from muster.api.member_filters import read_member_filter
from muster.api.parameters import Limit, Offset, Sort
from muster.api.patches import apply_json_patch, read_comment
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
_Id = Annotated[
    str, Path(description="The member's id, or `me`.", examples=["66b0c1a2d3e4f5a6b7c8da10"])
]
_Filter = Annotated[
    str | None,
    Query(
        description="`field:value` pairs with commas between them; fields are `query`, `role`, `email`, "
        "`id` (`|` between alternatives of these), `lastSeen`, `team` and `noteam`.",
        examples=["query:ada,role:admin|writer"],
    ),
]


_Expand = Annotated[
    str | None,
    Query(
        description="What to show besides, with commas between: `customRoles` for what they are called, "
        "`roleAttributes`, `access` for what the token may do.",
        examples=["customRoles,roleAttributes,access"],
    ),
]


class MemberPost(BaseModel):
    """A member to be made. `role`, `customRoles` or both are given."""

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"email": "ada@example.com", "role": "writer"}]},
    )

    email: Annotated[str, EMAIL]
    """Unique."""
    role: BaseRole | None = None
    """The built-in role; `no_access` where only `customRoles` is given."""
    customRoles: list[str] | None = None  # noqa: N815 - the API's names
    """Keys or ids of custom roles."""
    firstName: str = ""  # noqa: N815
    """May be empty."""
    lastName: str = ""  # noqa: N815
    """May be empty."""
    teamKeys: list[str] | None = None  # noqa: N815
    """There are no teams: left out, or empty."""
    roleAttributes: dict[str, list[str]] | None = None  # noqa: N815
    """There are no role attributes: left out, or empty."""


class _MemberFields(Fields):
    role: BaseRole = NO_ACCESS
    customRoles: Annotated[tuple[str, ...], Field(strict=False)] = ()  # noqa: N815
    firstName: str = ""  # noqa: N815
    lastName: str = ""  # noqa: N815


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
        sort: Sort = None,
        expand: _Expand = None,
    ) -> dict[str, Any]:
        """Return a page of the members that the token may view, in the order in which they came."""
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

    @router.patch(_MEMBERS, summary="Change many members", **answers(MembersPatched, 400, 403))
    def patch_members(body: MembersPatch, caller: Caller) -> dict[str, Any]:
        """Follow instructions; each member is changed on their own, and those that can't be are named."""
        edits = [one.to_edit() for one in body.instructions]
        comment = read_comment({"comment": body.comment})
        report = edit_members(members, edits, comment=comment, principal=caller)
        return {
            "members": report.changed,
            "errors": [{name: error.message} for name, error in report.refusals.items()],
        }

    @router.get(
        _MEMBERS + "/{id:key}",
        summary="Get a member, or with `me` one's own",
        **answers(MemberDocument, 400, 404),
    )
    def get_member(
        id: _Id,  # noqa: A002 - the API's name
        caller: Caller,
        expand: _Expand = None,
    ) -> dict[str, Any]:
        """Return a member; `me` is the one that the personal token acts for."""
        member = members.get_member(id, principal=caller)
        return _show_expanded(member, read_expand(expand), caller)

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
        patched = apply_json_patch(shown, operations, _NAMES)
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
