"""`muster members`: the people of the account, whom personal tokens act for."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from muster.access.roles import BuiltInRole
from muster.accounts.members import MemberChanges, MemberFilter, NewMember
from muster.accounts.model import NO_ACCESS, Member
from muster.cli.confirmation import Yes, confirm, require_terminal
from muster.cli.options import AsJson, DatabaseUrl, DataDir, Limit, Offset, open_tools
from muster.cli.output import (
    Column,
    print_json,
    print_note,
    print_page,
    relative_time,
)
from muster.cli.remote import RemoteTyper
from muster.core.clock import SystemClock
from muster.core.paging import PageRequest

app = RemoteTyper(help="List, create, change and delete members.", no_args_is_help=True)


class MemberRole(StrEnum):
    """The role of a member: a built-in one, or none."""

    READER = BuiltInRole.READER.value
    WRITER = BuiltInRole.WRITER.value
    ADMIN = BuiltInRole.ADMIN.value
    NO_ACCESS = NO_ACCESS

    @property
    def built_in(self) -> BuiltInRole | None:
        """The built-in role, or None."""
        return None if self is MemberRole.NO_ACCESS else BuiltInRole(self.value)


MemberArgument = Annotated[
    str,
    typer.Argument(
        metavar="MEMBER",
        help="E-mail address or id of the member; `muster members list` shows them.",
        show_default=False,
    ),
]
RoleOption = typer.Option(
    help="What they may do: view all; also change what projects hold; everything; or only what custom "
    "roles say.",
    show_default=False,
)
FirstName = Annotated[str | None, typer.Option(help="First name.", show_default=False)]
LastName = Annotated[str | None, typer.Option(help="Last name.", show_default=False)]
_COLUMNS: Final = (
    Column("EMAIL"),
    Column("NAME", folds=True),
    Column("ROLE"),
    Column("CUSTOM ROLES", folds=True),
    Column("LAST SEEN"),
    Column("ID"),
)


@app.command("list")
def list_members(
    context: typer.Context,
    *,
    search: Annotated[
        str, typer.Option(help="Part of the e-mail address or the name.", show_default=False)
    ] = "",
    role: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE",
            help="A role that they have: a built-in one, or a custom role's key.",
            show_default=False,
        ),
    ] = None,
    limit: Limit = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List the members of the account, in the order in which they came.

    LAST SEEN is when one of their personal tokens was last used.
    """
    wanted = MemberFilter(search, None if role is None else frozenset({role}))
    with open_tools(context, data_dir, database_url) as tools:
        page = tools.members.list_members(PageRequest(limit, offset), wanted)
    if as_json:
        print_json({"items": list(map(_as_json, page.items)), "totalCount": page.total_count})
        return
    now = SystemClock().now()
    one = "such member" if search or role else "member"
    print_page(page, _COLUMNS, [_row(member, now) for member in page.items], one)


@app.command("create")
def create_member(
    context: typer.Context,
    *,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Their e-mail address.")],
    role: Annotated[MemberRole | None, RoleOption] = None,
    custom_role: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="Custom role that they have as well. May be given more than once.",
            show_default=False,
        ),
    ] = None,
    first_name: FirstName = None,
    last_name: LastName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a member. Without --role: reader, or no_access where there is a --custom-role."""
    default = MemberRole.NO_ACCESS if custom_role else MemberRole.READER
    wanted = NewMember(
        email, (role or default).built_in, custom_role or (), first_name or "", last_name or ""
    )
    with open_tools(context, data_dir, database_url) as tools:
        [member] = tools.members.create_members([wanted])
    if as_json:
        print_json(_as_json(member))
    else:
        print_note(f"Created the member {member.email}, id {member.id}.")


@app.command("update")
def update_member(
    context: typer.Context,
    *,
    member_id: MemberArgument,
    role: Annotated[MemberRole | None, RoleOption] = None,
    custom_role: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="Custom role that they have from now on, instead of those of before. May be given more "
            "than once.",
            show_default=False,
        ),
    ] = None,
    no_custom_roles: Annotated[
        bool, typer.Option("--no-custom-roles", help="Take all custom roles away.")
    ] = False,
    first_name: FirstName = None,
    last_name: LastName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Change what a member may do, or their name; their personal tokens feel it within a second."""
    if custom_role and no_custom_roles:
        raise typer.BadParameter("not together with --custom-role", param_hint="--no-custom-roles")
    changes = MemberChanges()
    if role is not None:
        changes["role"] = role.built_in
    if custom_role or no_custom_roles:
        changes["custom_roles"] = custom_role or ()
    if first_name is not None:
        changes["first_name"] = first_name
    if last_name is not None:
        changes["last_name"] = last_name
    if not changes:
        raise typer.BadParameter("nothing to change was given", param_hint="--role")
    with open_tools(context, data_dir, database_url) as tools:
        member = tools.members.update_member(member_id, changes)
    if as_json:
        print_json(_as_json(member))
    else:
        print_note(f"Changed the member {member.email}.")


@app.command("delete")
def delete_member(
    context: typer.Context,
    *,
    member_id: MemberArgument,
    yes: Yes = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Delete a member and their personal tokens; service tokens that they made stay.

    It asks first. Where there is no terminal to ask on, --yes is needed.
    """
    require_terminal(yes)
    with open_tools(context, data_dir, database_url) as tools:
        member = tools.members.get_member(member_id)
        if not yes:
            confirm(f"Delete the member {member.email}, and their personal tokens?")
        tools.members.delete_member(member.id)
    print_note(f"Deleted the member {member.email}.")


def _row(member: Member, now: datetime) -> list[str]:
    return [
        member.email,
        f"{member.first_name} {member.last_name}".strip(),
        member.role_name,
        ", ".join(role.key for role in member.custom_roles),
        relative_time(member.last_seen_at, now),
        member.id,
    ]


def _as_json(member: Member) -> dict[str, Any]:
    return {
        "id": member.id,
        "email": member.email,
        "role": member.role_name,
        "customRoles": [role.key for role in member.custom_roles],
        "firstName": member.first_name,
        "lastName": member.last_name,
        "createdAt": member.created_at,
        "lastSeenAt": member.last_seen_at,
    }
