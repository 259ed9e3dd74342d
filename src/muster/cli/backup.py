"""`muster backup` and `muster restore`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal

from muster.cli.options import AsJson, DatabaseUrl, DataDir, given, runtime_of
from muster.cli.output import print_json, print_line
from muster.cli.runtime import BackupReport


def backup(
    context: typer.Context,
    *,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new or empty directory.", show_default=False)
    ],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write a consistent backup of both stores.

    Where a server runs on the data directory, it goes on serving. The backup holds the hashes of
    tokens and the keys of members and SDKs: keep it as safe as the data.
    """
    runtime = runtime_of(context)
    overrides = given(data_dir=data_dir, database_url=database_url)
    report = _while_told("Writing the backup", lambda: runtime.backup(overrides, directory))
    if as_json:
        print_json(
            {
                "directory": str(report.directory),
                "sizeBytes": report.size_bytes,
                "online": report.online,
            }
        )
        return
    how = ", while the server ran" if report.online else ""
    print_line(f"Wrote {decimal(report.size_bytes)} to {report.directory}{how}.")


def restore(
    context: typer.Context,
    *,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where the backup is.", show_default=False)
    ],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Fill empty stores from a backup.

    The data directory must be empty or absent, and so must the tables of the control store. No
    server may be running on them.
    """
    runtime = runtime_of(context)
    overrides = given(data_dir=data_dir, database_url=database_url)
    report = _while_told("Restoring", lambda: runtime.restore(overrides, directory))
    if as_json:
        print_json({"directory": str(report.directory), "sizeBytes": report.size_bytes})
        return
    print_line(
        f"Restored {decimal(report.size_bytes)} from {report.directory}. Start with `muster serve`."
    )


def _while_told(what: str, work: Callable[[], BackupReport]) -> BackupReport:
    """Do a work of unknown length; a terminal is shown that it goes on."""
    with Console(stderr=True).status(f"{what} …"):
        return work()
