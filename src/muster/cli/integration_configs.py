"""`muster integration-configs`: configurations of integrations, which the REST API makes."""

from typing import Annotated, Any, Final

import typer

from muster.cli.confirmation import Yes, confirm, require_terminal
from muster.cli.options import AsJson, DatabaseUrl, DataDir, open_data_directory
from muster.cli.output import Column, full_time, print_fields, print_json, print_note, print_table
from muster.configurations.integrations.model import IntegrationConfiguration
from muster.core.clock import SystemClock

app = typer.Typer(
    help="List, show and delete configurations of integrations.", no_args_is_help=True
)

ConfigurationId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="Id of the configuration; `muster integration-configs list` shows them.",
        show_default=False,
    ),
]
_COLUMNS: Final = (
    Column("INTEGRATION"),
    Column("NAME", folds=True),
    Column("ENABLED"),
    Column("TAGS", folds=True),
    Column("ID"),
)


@app.command("list")
def list_configurations(
    context: typer.Context,
    *,
    integration: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Only those of this integration.", show_default=False),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List configurations of integrations, oldest first."""
    with open_data_directory(context, data_dir, database_url) as tools:
        if integration is None:
            found = tools.integration_configurations.list_all_configurations(None)
        else:
            found = tools.integration_configurations.list_configurations(None, integration)
    if as_json:
        print_json({"items": list(map(_as_json, found))})
        return
    print_table(_COLUMNS, list(map(_row, found)))


@app.command("show")
def show_configuration(
    context: typer.Context,
    *,
    configuration_id: ConfigurationId,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show a configuration of an integration; a mask stands for each secret."""
    with open_data_directory(context, data_dir, database_url) as tools:
        found = tools.integration_configurations.get_configuration(None, configuration_id)
    if as_json:
        print_json(_as_json(found))
        return
    values = found.values.to_json().items()
    print_fields(
        [
            ("Integration", found.integration_key),
            ("Name", found.name),
            ("Enabled", _yes_no(found.is_enabled)),
            ("Tags", ", ".join(found.tags)),
            ("Created", full_time(found.created_at, SystemClock().now())),
            ("Id", found.id),
            *((f"Value {key}", _value(value)) for key, value in values),
        ]
    )


@app.command("delete")
def delete_configuration(
    context: typer.Context,
    *,
    configuration_id: ConfigurationId,
    yes: Yes = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Delete a configuration of an integration with its secrets.

    It asks first. Where there is no terminal to ask on, --yes is needed.
    """
    require_terminal(yes)
    with open_data_directory(context, data_dir, database_url) as tools:
        found = tools.integration_configurations.get_configuration(None, configuration_id)
        if not yes:
            confirm(f"Delete the configuration {found.name} of {found.integration_key}?")
        tools.integration_configurations.delete_configuration(None, found.id)
    print_note(f"Deleted the configuration {found.name} of {found.integration_key}.")


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return _yes_no(value) if isinstance(value, bool) else str(value)


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def _row(one: IntegrationConfiguration) -> list[str]:
    return [
        one.integration_key,
        one.name,
        _yes_no(one.is_enabled),
        ", ".join(one.tags) or "-",
        one.id,
    ]


def _as_json(one: IntegrationConfiguration) -> dict[str, Any]:
    return {
        "id": one.id,
        "integrationKey": one.integration_key,
        "name": one.name,
        "enabled": one.is_enabled,
        "tags": list(one.tags),
        "configValues": one.values.to_json(),
        "createdAt": one.created_at,
    }
