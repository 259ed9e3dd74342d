"""`muster segments import | export`: members of big segments, from and to CSV."""

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer

from muster.cli.confirmation import Yes, confirm, require_terminal
from muster.cli.options import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PROJECT,
    AsJson,
    DatabaseUrl,
    DataDir,
    EnvironmentOption,
    ProjectKeyOption,
    open_segment_writer,
    open_tools,
)
from muster.cli.output import print_json, print_note
from muster.cli.places import get_environment
from muster.cli.progress import show_progress
from muster.cli.segment_view import SegmentKeyArgument
from muster.core.errors import InvalidRequestError
from muster.core.wording import count_of
from muster.segments.model import MemberList
from muster.segments.transfers import ImportMode, ImportState, ImportStatus

_MEMBERS_AT_ONCE: Final = 10_000


def register(app: typer.Typer) -> None:
    """Add the commands to `muster segments`."""
    app.command("import")(import_members)
    app.command("export")(export_members)


def import_members(
    context: typer.Context,
    *,
    key: SegmentKeyArgument,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV without a header: a context's key in the first column of each row.",
            exists=True,
            dir_okay=False,
            readable=True,
            show_default=False,
        ),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove the members that the file does not name.")
    ] = False,
    yes: Yes = False,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    environment: EnvironmentOption = DEFAULT_ENVIRONMENT,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Import the members of a big segment from a CSV file.

    A file with a row that holds no context's key changes nothing: the rows are told, and the exit code
    is 1. With --replace it asks first; where there is no terminal to ask on, --yes is needed.
    """
    if replace:
        require_terminal(yes)
    with open_tools(context, data_dir, database_url) as tools:
        found = get_environment(tools.accounts, project, environment)
        details = tools.segments.get_segment(found.id, key)
    if not details.segment.unbounded:
        raise InvalidRequestError(
            f"{key} is not big, and takes no CSV files. `muster segments add {key} --file FILE` adds keys to "
            "it; `muster segments create KEY --big` makes one that takes them."
        )
    if replace and not yes:
        count = details.members.included_count
        confirm(f"Replace the {count_of(count, 'member')} of {key!r} by those in {file.name!r}?")
    mode = ImportMode.REPLACE if replace else ImportMode.MERGE
    has_begun = False
    try:
        with (
            open_segment_writer(context, data_dir, database_url) as writer,
            show_progress("Importing", file.stat().st_size) as advance,
        ):

            def follow(so_far: ImportState) -> None:
                nonlocal has_begun
                has_begun = True
                advance(so_far.progress.bytes_read)

            ended = writer.import_members(found, key, file, mode, follow)
    except KeyboardInterrupt:
        _print_interruption(key, has_begun=has_begun)
        raise
    if as_json:
        bad_rows = [row._asdict() for row in ended.progress.bad_rows]
        shown = {**ended.progress.to_json(), "badRows": bad_rows}
        print_json({"id": ended.id, "status": ended.status.value, **shown})
    else:
        _print_report(ended)
    if ended.status is not ImportStatus.COMPLETE:
        raise typer.Exit(1)


def export_members(
    context: typer.Context,
    *,
    key: SegmentKeyArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write; else to stdout."),
    ] = None,
    excluded: Annotated[
        bool, typer.Option("--excluded", help="Export those excluded instead of those included.")
    ] = False,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    environment: EnvironmentOption = DEFAULT_ENVIRONMENT,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Export the members of a big segment as CSV: a key a row, in order, without a header."""
    member_list = MemberList.EXCLUDED if excluded else MemberList.INCLUDED
    with open_tools(context, data_dir, database_url) as tools:
        found = get_environment(tools.accounts, project, environment)
        details = tools.segments.get_segment(found.id, key)
        if not details.segment.unbounded:
            raise InvalidRequestError(
                f"{key} is not big: its targets stand in the segment itself. See `muster segments show "
                f"{key} --json`."
            )
        members = details.members
        count = members.excluded_count if excluded else members.included_count
        with _written(output) as file, show_progress("Exporting", count) as advance:
            writer = csv.writer(file, lineterminator="\n")
            done, after = 0, ""
            while chunk := tools.segments.list_members(
                found.id, key, member_list, after=after, limit=_MEMBERS_AT_ONCE
            ):
                writer.writerows([one] for one in chunk)
                done, after = done + len(chunk), chunk[-1]
                advance(done)
    print_note(f"Exported {count_of(done, 'member')} of {key}.")


@contextmanager
def _written(output: Path | None) -> Iterator[TextIO]:
    """Give a file that is only there once it is whole; or standard output."""
    if output is None:
        yield sys.stdout
        return
    if output.exists() and not output.is_file():  # a pipe or a device has to be written as it is
        with output.open("w", encoding="utf-8", newline="") as file:
            yield file
        return
    part = output.with_name(f"{output.name}.part")
    try:
        with _opened(part, output) as file:
            yield file
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _opened(part: Path, output: Path) -> TextIO:
    try:
        return part.open("w", encoding="utf-8", newline="")
    except OSError as error:
        error.filename = str(output)  # what was asked for, not what it is called meanwhile
        raise


def _print_interruption(key: str, *, has_begun: bool) -> None:
    what = (
        "The import is carried out all the same: by the server that has the file, or, where none runs, by "
        "the next `muster serve` or `muster segments import`."
        if has_begun
        else "The import had not begun; a server that has been given the file may carry it out all the same."
    )
    print_note(f"Interrupted. {what} `muster segments show {key}` tells how many members are in.")


def _print_report(ended: ImportState) -> None:
    found = ended.progress
    if ended.status is ImportStatus.COMPLETE:
        print_note(
            f"Imported {count_of(found.row_count, 'row')}: {count_of(found.added, 'member')} added, "
            f"{found.removed:,} removed, {found.unchanged:,} there already."
        )
        return
    for line, reason in found.bad_rows:
        print_note(f"line {line}: {reason}")
    more = found.bad_row_count - len(found.bad_rows)
    if more > 0:
        print_note(f"... and {more:,} more.")
    if found.failure is not None:
        print_note(f"Error: The import was stopped: {found.failure}")
    else:
        print_note(
            f"Error: Rows without a context's key: {found.bad_row_count:,}. Nothing was imported; mend "
            "them and import the file again."
        )
