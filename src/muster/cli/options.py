"""Options that commands share, and what is made of them."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from muster.cli.remote import find_server
from muster.cli.runtime import LocalTools, Overrides, Runtime, Tools
from muster.cli.services import SegmentWriter

DataDir = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the embedded stores (MUSTER_DATA_DIR; else ./data).",
        show_default=False,
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        help="PostgreSQL URL of the control store (MUSTER_DATABASE_URL; else SQLite in the data "
        "folder).",
        show_default=False,
    ),
]
CatalogFolders = Annotated[
    list[Path] | None,
    typer.Option(
        "--catalog",
        help="Further folder of integrations, laid over the bundled ones (MUSTER_CATALOG). "
        "May be given more than once.",
        show_default=False,
    ),
]
ProjectKeyOption = Annotated[
    str, typer.Option("--project", envvar="MUSTER_PROJECT", help="Key of the project.")
]
EnvironmentOption = Annotated[
    str,
    typer.Option(
        "--environment",
        "-e",
        envvar="MUSTER_ENVIRONMENT",
        help="Key of the environment, or its client-side ID, which needs no project.",
    ),
]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many to show at most.")]
Offset = Annotated[int, typer.Option(min=0, help="How many to pass over first.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

DEFAULT_PROJECT = "default"
DEFAULT_ENVIRONMENT = "production"


def runtime_of(context: typer.Context) -> Runtime:
    """Return the program around a command; `build_cli` put it there."""
    return cast("Runtime", context.obj)


def given(**flags: Any) -> Overrides:
    """Return the flags that were given, by the setting's name; the others overrule nothing."""
    return {name: value for name, value in flags.items() if value is not None and value != []}


def open_tools(
    context: typer.Context, data_dir: Path | None, database_url: str | None
) -> AbstractContextManager[Tools]:
    """Open the server that --url names, or the data directory that the flags, or else the settings, name.

    Raises:
        ConfigurationError: the data directory can't be opened.
        BadParameter: it is not clear which of them is meant, or no access token is given.
    """
    overrides = given(data_dir=data_dir, database_url=database_url)
    server = find_server(context, [f"--{name.replace('_', '-')}" for name in overrides])
    if server is not None:
        return runtime_of(context).connect(server.url, server.token)
    return runtime_of(context).open_tools(overrides)


def open_data_directory(
    context: typer.Context, data_dir: Path | None, database_url: str | None
) -> AbstractContextManager[LocalTools]:
    """Open the data directory that the flags, or else the settings, name.

    Raises:
        ConfigurationError: it can't be opened.
    """
    return runtime_of(context).open_tools(given(data_dir=data_dir, database_url=database_url))


def open_segment_writer(
    context: typer.Context, data_dir: Path | None, database_url: str | None
) -> AbstractContextManager[SegmentWriter]:
    """Open what changes segments: the server that --url names, or the one that runs on the data directory;
    or the directory's stores, where none runs.

    Raises:
        ConfigurationError: there is no data directory, or it can't be opened.
        BadParameter: it is not clear which of them is meant, or no access token is given.
    """
    overrides = given(data_dir=data_dir, database_url=database_url)
    server = find_server(context, [f"--{name.replace('_', '-')}" for name in overrides])
    if server is not None:
        return runtime_of(context).connect_segment_writer(server.url, server.token)
    return runtime_of(context).open_segment_writer(overrides)
