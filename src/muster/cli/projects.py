"""`muster projects`: what projects there are; new ones, and their end."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from muster.accounts.model import Environment, Project
from muster.accounts.projects import ProjectDraft
from muster.accounts.visible import read_all
from muster.cli.confirmation import Yes, confirm, require_terminal
from muster.cli.options import AsJson, DatabaseUrl, DataDir, Limit, Offset, open_tools
from muster.cli.output import (
    Column,
    full_time,
    print_fields,
    print_json,
    print_note,
    print_page,
    relative_time,
)
from muster.cli.remote import RemoteTyper
from muster.cli.runtime import Tools
from muster.core.clock import SystemClock
from muster.core.paging import PageRequest

app = RemoteTyper(help="List, show, create and delete projects.", no_args_is_help=True)

ProjectKeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", help="Key of the project.", show_default=False)
]
NameOption = Annotated[
    str | None,
    typer.Option(help="What people know it by; without: its key.", show_default=False),
]
TagOption = Annotated[
    list[str] | None,
    typer.Option("--tag", help="Tag of it. May be given more than once.", show_default=False),
]

_COLUMNS: Final = (
    Column("KEY"),
    Column("NAME", folds=True),
    Column("TAGS", folds=True),
    Column("ENVIRONMENTS", folds=True),
    Column("CREATED"),
)


@app.command("list")
def list_projects(
    context: typer.Context,
    *,
    limit: Limit = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List projects, ordered by key."""
    with open_tools(context, data_dir, database_url) as tools:
        page = tools.projects.list_projects(None, PageRequest(limit, offset))
        shown = [(one, _environments(tools, one)) for one in page.items]
    if as_json:
        items = [_as_json(*pair) for pair in shown]
        print_json({"items": items, "totalCount": page.total_count})
        return
    now = SystemClock().now()
    print_page(page, _COLUMNS, [_row(*pair, now) for pair in shown], "project")


@app.command("show")
def show_project(
    context: typer.Context,
    *,
    key: ProjectKeyArgument,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show a project and its environments."""
    with open_tools(context, data_dir, database_url) as tools:
        project = tools.projects.get_project(None, key)
        environments = _environments(tools, project)
    _print_project(project, environments, as_json)


@app.command("create")
def create_project(
    context: typer.Context,
    *,
    key: ProjectKeyArgument,
    name: NameOption = None,
    tag: TagOption = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a project with the environments production and test."""
    with open_tools(context, data_dir, database_url) as tools:
        project, environments = tools.projects.create_project(
            None, ProjectDraft(key, name or key, tag or ())
        )
    print_note(f"Created the project {project.key}.")
    _print_project(project, environments, as_json)


@app.command("delete")
def delete_project(
    context: typer.Context,
    *,
    key: ProjectKeyArgument,
    yes: Yes = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Delete a project with its environments, their segments and their members.

    It asks first. Where there is no terminal to ask on, --yes is needed. Requests to sync into it are
    refused within a second. The last project can't be deleted.
    """
    require_terminal(yes)
    with open_tools(context, data_dir, database_url) as tools:
        project = tools.projects.get_project(None, key)
        if not yes:
            keys = ", ".join(one.key for one in _environments(tools, project))
            confirm(
                f"Delete the project {project.key!r} with its environments ({keys}) and all that is in them?"
            )
        tools.projects.delete_project(None, project.key)
    print_note(f"Deleted the project {project.key}.")


def _environments(tools: Tools, project: Project) -> Sequence[Environment]:
    return list(
        read_all(lambda page: tools.environments.list_environments(None, project.key, page))
    )


def _print_project(project: Project, environments: Sequence[Environment], as_json: bool) -> None:
    if as_json:
        print_json(_as_json(project, environments))
        return
    availability = project.default_availability
    available = [
        *(["browsers"] if availability.using_environment_id else []),
        *(["mobile apps"] if availability.using_mobile_key else []),
    ]
    print_fields(
        [
            ("Key", project.key),
            ("Name", project.name),
            ("Id", project.id),
            ("Tags", ", ".join(project.tags)),
            ("New flags are for", ", ".join(["servers", *available])),
            ("Environments", ", ".join(f"{one.key} ({one.id})" for one in environments)),
            ("Created", full_time(project.created_at, SystemClock().now())),
        ]
    )


def _row(project: Project, environments: Sequence[Environment], now: datetime) -> list[str]:
    return [
        project.key,
        project.name,
        ", ".join(project.tags) or "-",
        ", ".join(one.key for one in environments),
        relative_time(project.created_at, now),
    ]


def _as_json(project: Project, environments: Sequence[Environment]) -> dict[str, Any]:
    return {
        **project.snapshot(),
        "environments": [{"key": one.key, "id": one.id, "name": one.name} for one in environments],
        "createdAt": project.created_at,
    }
