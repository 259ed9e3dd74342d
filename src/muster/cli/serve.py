"""`muster serve`."""

from enum import StrEnum
from typing import Annotated

import typer

from muster.cli.options import CatalogFolders, DatabaseUrl, DataDir, given, runtime_of


class LogFormat(StrEnum):
    """How the log is written."""

    AUTO = "auto"
    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    """The least severity that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def serve(
    context: typer.Context,
    *,
    host: Annotated[
        str | None,
        typer.Option(
            help="Address to listen on (MUSTER_HOST; else 127.0.0.1).", show_default=False
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Port to listen on; 0 for any free one (MUSTER_PORT; else 8080).",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    catalog: CatalogFolders = None,
    bootstrap_token: Annotated[
        str | None,
        typer.Option(
            help="The admin access token that the first start creates; else a random one. Flags "
            "show in lists of processes: prefer the variable MUSTER_BOOTSTRAP_TOKEN.",
            show_default=False,
        ),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(
            help="Address that users reach Muster at, for links (MUSTER_PUBLIC_URL; else what "
            "the client asked for).",
            show_default=False,
        ),
    ] = None,
    log_format: Annotated[
        LogFormat | None,
        typer.Option(
            help="How the log is written; auto: for people on a terminal, else JSON "
            "(MUSTER_LOG_FORMAT; else auto).",
            show_default=False,
        ),
    ] = None,
    log_level: Annotated[
        LogLevel | None,
        typer.Option(
            help="The least severity that is logged (MUSTER_LOG_LEVEL; else info).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run the server.

    The first start creates the project default with its environments production and test, and an
    admin access token, and prints them once. SIGTERM and Ctrl-C let requests finish; SIGHUP reads
    the catalog again. Every option has a variable, which it overrules.
    """
    runtime_of(context).serve(
        given(
            host=host,
            port=port,
            data_dir=data_dir,
            database_url=database_url,
            catalog=catalog,
            bootstrap_token=bootstrap_token,
            public_url=public_url,
            log_format=log_format.value if log_format else None,
            log_level=log_level.value if log_level else None,
        )
    )
