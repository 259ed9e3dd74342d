"""`muster relay-configs`: Relay Proxy configurations, and their keys."""

import json
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from muster.cli.confirmation import Yes, confirm, require_terminal
from muster.cli.expiry import read_expires
from muster.cli.options import AsJson, DatabaseUrl, DataDir, open_data_directory
from muster.cli.output import (
    Column,
    full_time,
    print_fields,
    print_json,
    print_line,
    print_note,
    print_table,
    relative_time,
)
from muster.cli.policies import read_policy
from muster.configurations.relay_proxies.model import KeyedConfiguration, RelayProxyConfiguration
from muster.core.clock import SystemClock

app = typer.Typer(
    help="List, show, create and delete Relay Proxy configurations, and reset their keys.",
    no_args_is_help=True,
)

ConfigurationId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="Id of the configuration; `muster relay-configs list` shows them.",
        show_default=False,
    ),
]
_COLUMNS: Final = (
    Column("NAME", folds=True),
    Column("ENDING"),
    Column("STATEMENTS", right=True),
    Column("CHANGED"),
    Column("ID"),
)


@app.command("list")
def list_configurations(
    context: typer.Context,
    *,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List Relay Proxy configurations, oldest first.

    Of a key only the last four characters are known, under ENDING.
    """
    with open_data_directory(context, data_dir, database_url) as tools:
        found = tools.relay_proxies.list_configurations(None)
    if as_json:
        print_json({"items": list(map(_as_json, found))})
        return
    now = SystemClock().now()
    print_table(_COLUMNS, [_row(one, now) for one in found])


@app.command("show")
def show_configuration(
    context: typer.Context,
    *,
    configuration_id: ConfigurationId,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show a Relay Proxy configuration and its policy, as --policy reads it."""
    with open_data_directory(context, data_dir, database_url) as tools:
        found = tools.relay_proxies.get_configuration(None, configuration_id)
    if as_json:
        print_json(_as_json(found))
        return
    now = SystemClock().now()
    print_fields(
        [
            ("Name", found.name),
            ("Key", f"...{found.ending}"),
            ("Created", full_time(found.created_at, now)),
            ("Changed", full_time(found.modified_at, now)),
            ("Id", found.id),
        ]
    )
    print_line("")
    for line in json.dumps(found.policy.to_json(), indent=2).splitlines():
        print_line(line)


@app.command("create")
def create_configuration(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people know it by.")],
    policy: Annotated[
        str,
        typer.Option(
            metavar="FILE|JSON",
            help="Which environments a Relay Proxy gets: a JSON list of statements, or the file that holds "
            "it; - reads standard input.",
            show_default=False,
        ),
    ],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a Relay Proxy configuration, and print its key: this once.

    The key stands alone on stdout; what else there is to say goes to stderr.
    """
    allowed = read_policy(policy)
    with open_data_directory(context, data_dir, database_url) as tools:
        made = tools.relay_proxies.create_configuration(None, name, allowed)
    note = f"Created the Relay Proxy configuration {name!r}, id {made.configuration.id}."
    _print_key(made, note, as_json)


@app.command("reset")
def reset_key(
    context: typer.Context,
    *,
    configuration_id: ConfigurationId,
    expires: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="When the old key stops working: a duration such as 12h, 90d, 4w or 1y, or a date or time "
            "in ISO 8601 (UTC). Without: now.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Give a Relay Proxy configuration another key, and print it: this once.

    The old one stops working now, unless --expires gives it time.
    """
    until = None if expires is None else read_expires(expires)
    with open_data_directory(context, data_dir, database_url) as tools:
        reset = tools.relay_proxies.reset_key(None, configuration_id, old_key_until=until)
    ends = f"is good until {until:%Y-%m-%d %H:%M} UTC" if until else "is worth nothing from now on"
    note = f"{reset.configuration.name} has another key. The old one {ends}."
    _print_key(reset, note, as_json)


@app.command("delete")
def delete_configuration(
    context: typer.Context,
    *,
    configuration_id: ConfigurationId,
    yes: Yes = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Delete a Relay Proxy configuration with its keys.

    It asks first. Where there is no terminal to ask on, --yes is needed.
    """
    require_terminal(yes)
    with open_data_directory(context, data_dir, database_url) as tools:
        found = tools.relay_proxies.get_configuration(None, configuration_id)
        if not yes:
            confirm(f"Delete the Relay Proxy configuration {found.name}?")
        tools.relay_proxies.delete_configuration(None, found.id)
    print_note(f"Deleted the Relay Proxy configuration {found.name}.")


def _print_key(keyed: KeyedConfiguration, note: str, as_json: bool) -> None:
    if as_json:
        print_json({**_as_json(keyed.configuration), "key": keyed.key.reveal()})
        return
    print_note(f"{note} Its key is shown only now:")
    print_line(keyed.key.reveal())


def _row(one: RelayProxyConfiguration, now: datetime) -> list[str]:
    return [
        one.name,
        one.ending,
        str(len(one.policy.statements)),
        relative_time(one.modified_at, now),
        one.id,
    ]


def _as_json(one: RelayProxyConfiguration) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "policy": one.policy.to_json(),
        "ending": one.ending,
        "createdAt": one.created_at,
        "modifiedAt": one.modified_at,
    }
