"""`muster roles`: custom roles, which members and tokens can have."""

import json
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from muster.access.roles import BasePermissions
from muster.accounts.model import CustomRole
from muster.accounts.roles import RoleChanges
from muster.cli.confirmation import Yes, confirm, require_terminal
from muster.cli.options import AsJson, DatabaseUrl, DataDir, Limit, Offset, open_tools
from muster.cli.output import (
    Column,
    full_time,
    print_fields,
    print_json,
    print_line,
    print_note,
    print_page,
    relative_time,
)
from muster.cli.policies import read_policy
from muster.cli.remote import RemoteTyper
from muster.core.clock import SystemClock
from muster.core.paging import PageRequest

app = RemoteTyper(help="List, show, create, change and delete custom roles.", no_args_is_help=True)

RoleKey = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="Key or id of the role; `muster roles list` shows them.",
        show_default=False,
    ),
]
PolicyArgument = typer.Option(
    metavar="FILE|JSON",
    help="What it allows: a JSON list of statements, or the file that holds it; - reads standard input.",
    show_default=False,
)
Description = Annotated[
    str | None, typer.Option(help="What it is for, in a sentence.", show_default=False)
]
_COLUMNS: Final = (
    Column("KEY"),
    Column("NAME", folds=True),
    Column("BASE"),
    Column("STATEMENTS", right=True),
    Column("CHANGED"),
    Column("ID"),
)


@app.command("list")
def list_roles(
    context: typer.Context,
    *,
    limit: Limit = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List custom roles, by key.

    BASE is what a role gives besides its policy: to view all (reader), or nothing (no_access).
    """
    with open_tools(context, data_dir, database_url) as tools:
        page = tools.roles.list_roles(PageRequest(limit, offset))
    if as_json:
        print_json({"items": list(map(_as_json, page.items)), "totalCount": page.total_count})
        return
    now = SystemClock().now()
    print_page(
        page,
        _COLUMNS,
        [_row(role, now) for role in page.items],
        "custom role",
        if_none="There are no custom roles yet. `muster roles create KEY --policy FILE` makes one.",
    )


@app.command("show")
def show_role(
    context: typer.Context,
    *,
    key: RoleKey,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show a custom role and its policy, as --policy reads it."""
    with open_tools(context, data_dir, database_url) as tools:
        role = tools.roles.get_role(key)
    if as_json:
        print_json(_as_json(role))
        return
    now = SystemClock().now()
    print_fields(
        [
            ("Key", role.key),
            ("Name", role.name),
            ("Description", role.description),
            ("Base permissions", role.base_permissions),
            ("Category", role.resource_category or ""),
            ("Created", full_time(role.created_at, now)),
            ("Changed", full_time(role.modified_at, now) if role.modified_at else ""),
            ("Id", role.id),
        ]
    )
    print_line("")
    for line in json.dumps(role.policy.to_json(), indent=2).splitlines():
        print_line(line)


@app.command("create")
def create_role(
    context: typer.Context,
    *,
    key: Annotated[
        str,
        typer.Argument(
            metavar="KEY", help="What names it for ever: letters, digits, '.', '_' and '-'."
        ),
    ],
    policy: Annotated[str, PolicyArgument],
    name: Annotated[
        str | None,
        typer.Option(help="What people know it by; without: its key.", show_default=False),
    ] = None,
    description: Description = None,
    base: Annotated[
        BasePermissions,
        typer.Option(help="What it gives besides its policy: to view all, or nothing."),
    ] = BasePermissions.NO_ACCESS,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a custom role. Nobody has it until a member or a token is given it."""
    allowed = read_policy(policy)
    with open_tools(context, data_dir, database_url) as tools:
        role = tools.roles.create_role(
            key, name or key, allowed, description=description or "", base_permissions=base
        )
    if as_json:
        print_json(_as_json(role))
    else:
        print_note(f"Created the custom role {role.key}, id {role.id}.")


@app.command("update")
def update_role(
    context: typer.Context,
    *,
    key: RoleKey,
    policy: Annotated[str | None, PolicyArgument] = None,
    name: Annotated[
        str | None, typer.Option(help="What people know it by.", show_default=False)
    ] = None,
    description: Description = None,
    base: Annotated[
        BasePermissions | None,
        typer.Option(
            help="What it gives besides its policy: to view all, or nothing.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Change a custom role; whoever has it feels that within a second."""
    changes = RoleChanges()
    if policy is not None:
        changes["policy"] = read_policy(policy)
    if name is not None:
        changes["name"] = name
    if description is not None:
        changes["description"] = description
    if base is not None:
        changes["base_permissions"] = base
    if not changes:
        raise typer.BadParameter("nothing to change was given", param_hint="--policy")
    with open_tools(context, data_dir, database_url) as tools:
        role = tools.roles.update_role(key, changes)
    if as_json:
        print_json(_as_json(role))
    else:
        print_note(f"Changed the custom role {role.key}.")


@app.command("delete")
def delete_role(
    context: typer.Context,
    *,
    key: RoleKey,
    yes: Yes = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Delete a custom role that no member and no token has.

    It asks first. Where there is no terminal to ask on, --yes is needed.
    """
    require_terminal(yes)
    with open_tools(context, data_dir, database_url) as tools:
        role = tools.roles.get_role(key)
        if not yes:
            confirm(f"Delete the custom role {role.key} ({role.name})?")
        tools.roles.delete_role(role.id)
    print_note(f"Deleted the custom role {role.key}.")


def _row(role: CustomRole, now: datetime) -> list[str]:
    return [
        role.key,
        role.name,
        role.base_permissions,
        str(len(role.policy.statements)),
        relative_time(role.modified_at or role.created_at, now),
        role.id,
    ]


def _as_json(role: CustomRole) -> dict[str, Any]:
    return {
        "id": role.id,
        "key": role.key,
        "name": role.name,
        "description": role.description,
        "policy": role.policy.to_json(),
        "basePermissions": role.base_permissions.value,
        "resourceCategory": role.resource_category,
        "createdAt": role.created_at,
        "modifiedAt": role.modified_at,
    }
