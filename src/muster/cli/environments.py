"""`muster environments`: the environments of a project, and their keys."""

from typing import Annotated, Any, Final

import typer

from muster.accounts.drafts import EnvironmentDraft
from muster.accounts.model import Environment
from muster.cli.confirmation import Yes, confirm, require_terminal
from muster.cli.expiry import read_expires
from muster.cli.options import (
    DEFAULT_PROJECT,
    AsJson,
    DatabaseUrl,
    DataDir,
    Limit,
    Offset,
    ProjectKeyOption,
    open_tools,
)
from muster.cli.output import (
    Column,
    full_time,
    print_fields,
    print_json,
    print_line,
    print_note,
    print_page,
)
from muster.cli.places import get_environment
from muster.cli.projects import NameOption, TagOption
from muster.cli.remote import RemoteTyper
from muster.core.clock import SystemClock
from muster.core.paging import PageRequest
from muster.core.wording import count_of

app = RemoteTyper(
    help="List, show, create and delete environments, and replace their keys.",
    no_args_is_help=True,
)

EnvironmentArgument = Annotated[
    str,
    typer.Argument(
        metavar="KEY", help="Key of the environment, or its client-side ID.", show_default=False
    ),
]
Reveal = Annotated[
    bool, typer.Option("--reveal", help="Show SDK key and mobile key whole, not masked.")
]

_COLUMNS: Final = (
    Column("KEY"),
    Column("NAME", folds=True),
    Column("CLIENT-SIDE ID"),
    Column("SDK KEY"),
    Column("TAGS", folds=True),
    Column("CRITICAL"),
)


@app.command("list")
def list_environments(
    context: typer.Context,
    *,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    reveal: Reveal = False,
    limit: Limit = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List a project's environments, in the order in which they were created."""
    with open_tools(context, data_dir, database_url) as tools:
        page = tools.environments.list_environments(None, project, PageRequest(limit, offset))
    if as_json:
        items = [_as_json(one, reveal) for one in page.items]
        print_json({"items": items, "totalCount": page.total_count})
        return
    print_page(page, _COLUMNS, [_row(one, reveal) for one in page.items], "environment")


@app.command("show")
def show_environment(
    context: typer.Context,
    *,
    key: EnvironmentArgument,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    reveal: Reveal = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show an environment, its keys masked."""
    with open_tools(context, data_dir, database_url) as tools:
        found = get_environment(tools.accounts, project, key)
    _print_environment(found, reveal, as_json)


@app.command("create")
def create_environment(
    context: typer.Context,
    *,
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="Key of the environment.", show_default=False)
    ],
    name: NameOption = None,
    color: Annotated[
        str, typer.Option(help="Colour that marks it, as six hexadecimal digits.")
    ] = "7B42BC",
    tag: TagOption = None,
    critical: Annotated[
        bool, typer.Option("--critical", help="Changes of it need special care.")
    ] = False,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    reveal: Reveal = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create an environment in a project."""
    draft = EnvironmentDraft(key, name or key, color, tag or (), critical)
    with open_tools(context, data_dir, database_url) as tools:
        made = tools.environments.create_environment(None, project, draft)
    print_note(f"Created the environment {_place(made)}.")
    _print_environment(made, reveal, as_json)


@app.command("delete")
def delete_environment(
    context: typer.Context,
    *,
    key: EnvironmentArgument,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    yes: Yes = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Delete an environment with its segments and their members.

    It asks first. Where there is no terminal to ask on, --yes is needed. Requests to sync into it are
    refused within a second. The last environment of a project can't be deleted.
    """
    require_terminal(yes)
    with open_tools(context, data_dir, database_url) as tools:
        found = get_environment(tools.accounts, project, key)
        if not yes:
            count = tools.segments.list_segments(found.id, PageRequest(limit=1)).total_count
            confirm(
                f"Delete the environment {_place(found)!r} with all that is in it (segments: {count:,})?"
            )
        tools.environments.delete_environment(None, found.project_key, found.key)
    print_note(f"Deleted the environment {_place(found)}.")


@app.command("reset-key")
def reset_key(
    context: typer.Context,
    *,
    key: EnvironmentArgument,
    mobile: Annotated[
        bool, typer.Option("--mobile", help="Replace the mobile key, not the SDK key.")
    ] = False,
    expires: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="When the old SDK key stops working: a duration such as 12h, 90d, 4w or 1y, or a date or "
            "time in ISO 8601 (UTC). Without: now.",
            show_default=False,
        ),
    ] = None,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    reveal: Reveal = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Give an environment another SDK key or mobile key.

    The old one stops working now, unless --expires gives it time. The new one is printed masked, or
    whole with --reveal.
    """
    if mobile and expires is not None:
        raise typer.BadParameter(
            "an old mobile key stops working at once; leave it out", param_hint="--expires"
        )
    old_key_until = None if expires is None else read_expires(expires)
    with open_tools(context, data_dir, database_url) as tools:
        found = get_environment(tools.accounts, project, key)
        place = (found.project_key, found.key)
        if mobile:
            changed = tools.environments.reset_mobile_key(None, *place)
        else:
            changed = tools.environments.reset_sdk_key(None, *place, old_key_until=old_key_until)
    if as_json:
        print_json(_as_json(changed, reveal))
        return
    what = "mobile key" if mobile else "SDK key"
    until = f"{old_key_until:%Y-%m-%d %H:%M} UTC" if old_key_until else "now on"
    ends = "is good until" if old_key_until else "is worth nothing from"
    print_note(f"{_place(changed)} has another {what}. The old one {ends} {until}. The new one:")
    new_key = changed.mobile_key if mobile else changed.sdk_key
    print_line(new_key.reveal() if reveal else new_key.masked)


def _print_environment(environment: Environment, reveal: bool, as_json: bool) -> None:
    if as_json:
        print_json(_as_json(environment, reveal))
        return
    sdk_key, mobile_key = _keys(environment, reveal)
    print_fields(
        [
            ("Key", environment.key),
            ("Name", environment.name),
            ("Project", environment.project_key),
            ("Client-side ID", environment.id),
            ("SDK key", sdk_key),
            ("Mobile key", mobile_key),
            ("Color", environment.color),
            ("Tags", ", ".join(environment.tags)),
            ("Critical", _yes_no(environment.critical)),
            ("Default TTL", count_of(environment.default_ttl_minutes, "minute")),
            ("Secure mode", _yes_no(environment.secure_mode)),
            ("Track events", _yes_no(environment.default_track_events)),
            ("Require comments", _yes_no(environment.require_comments)),
            ("Confirm changes", _yes_no(environment.confirm_changes)),
            ("Created", full_time(environment.created_at, SystemClock().now())),
        ]
    )


def _keys(environment: Environment, reveal: bool) -> tuple[str, str]:
    """Return SDK key and mobile key as they are shown."""
    sdk_key, mobile_key = environment.sdk_key, environment.mobile_key
    if reveal:
        return sdk_key.reveal(), mobile_key.reveal()
    return sdk_key.masked, mobile_key.masked


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def _row(environment: Environment, reveal: bool) -> list[str]:
    return [
        environment.key,
        environment.name,
        environment.id,
        _keys(environment, reveal)[0],
        ", ".join(environment.tags) or "-",
        _yes_no(environment.critical),
    ]


def _as_json(environment: Environment, reveal: bool) -> dict[str, Any]:
    sdk_key, mobile_key = _keys(environment, reveal)
    return {
        "id": environment.id,
        "key": environment.key,
        "name": environment.name,
        "projectKey": environment.project_key,
        "sdkKey": sdk_key,
        "mobileKey": mobile_key,
        "color": environment.color,
        "tags": list(environment.tags),
        "critical": environment.critical,
        "defaultTtlMinutes": environment.default_ttl_minutes,
        "secureMode": environment.secure_mode,
        "defaultTrackEvents": environment.default_track_events,
        "requireComments": environment.require_comments,
        "confirmChanges": environment.confirm_changes,
        "createdAt": environment.created_at,
    }


def _place(environment: Environment) -> str:
    return f"{environment.project_key}/{environment.key}"
