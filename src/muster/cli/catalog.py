"""`muster catalog`: the integrations that Muster can talk to."""

from typing import Any, Final

import typer

from muster.cli.options import AsJson, CatalogFolders, DataDir, given, runtime_of
from muster.cli.output import Column, print_json, print_line, print_note, print_table
from muster.cli.runtime import CatalogReport
from muster.core.wording import count_of
from muster.sync.catalog import Integration

app = typer.Typer(help="Show and reload the catalog of integrations.", no_args_is_help=True)

_COLUMNS: Final = (
    Column("KEY"),
    Column("NAME", folds=True),
    Column("VERSION"),
    Column("SYNCED SEGMENTS"),
)


@app.command("list")
def list_integrations(
    context: typer.Context, *, catalog: CatalogFolders = None, as_json: AsJson = False
) -> None:
    """List the integrations in the folders of the catalog as they are now.

    What is broken is left out and reported on stderr. A running server uses what it read last.
    """
    report = runtime_of(context).read_catalog(given(catalog=catalog))
    if as_json:
        print_json(_as_json(report))
        return
    print_table(_COLUMNS, [_row(integration) for integration in report.catalog.list_integrations()])
    _print_problems(report)


@app.command("reload")
def reload_catalog(
    context: typer.Context, *, as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """Make the server that runs on the data directory read its catalog again."""
    report = runtime_of(context).reload_catalog(given(data_dir=data_dir))
    if as_json:
        print_json(_as_json(report))
        return
    print_line(f"The server has read its catalog: {count_of(len(report.catalog), 'integration')}.")
    _print_problems(report)


def _print_problems(report: CatalogReport) -> None:
    for problem in report.problems:
        print_note(f"Problem: {problem}")


def _row(integration: Integration) -> list[str]:
    manifest = integration.manifest
    synced = "yes" if manifest.synced_segment else "no"
    return [integration.key, manifest.name, manifest.version, synced]


def _as_json(report: CatalogReport) -> dict[str, Any]:
    items = [
        {
            "key": integration.key,
            "name": integration.manifest.name,
            "version": integration.manifest.version,
            "syncedSegments": integration.manifest.synced_segment is not None,
            "folder": integration.folder,
        }
        for integration in report.catalog.list_integrations()
    ]
    return {"items": items, "totalCount": len(items), "problems": list(report.problems)}
