"""`muster segments`: what segments there are, and who is in them; see also `segment_changes`."""

import shlex
from datetime import datetime
from typing import Annotated, Final

import typer

from muster.accounts.model import Environment
from muster.cli import segment_changes, segment_transfers
from muster.cli.options import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PROJECT,
    AsJson,
    DatabaseUrl,
    DataDir,
    EnvironmentOption,
    Limit,
    Offset,
    ProjectKeyOption,
    open_tools,
)
from muster.cli.output import (
    Column,
    print_json,
    print_line,
    print_note,
    print_page,
    relative_time,
)
from muster.cli.places import get_environment
from muster.cli.remote import RemoteTyper
from muster.cli.segment_view import SegmentKeyArgument, place_of, print_segment, segment_as_json
from muster.cli.services import Segments
from muster.core.clock import SystemClock
from muster.core.paging import PageRequest
from muster.segments.details import SegmentDetails
from muster.segments.model import MemberList

app = RemoteTyper(
    help="List, show, create, change and delete segments, and their members.", no_args_is_help=True
)
segment_changes.register(app)
segment_transfers.register(app)

_COLUMNS: Final = (
    Column("KEY"),
    Column("NAME", folds=True),
    Column("INTEGRATION"),
    Column("CONTEXT KIND"),
    Column("MEMBERS", right=True),
    Column("LAST SYNCED"),
)
_CHUNK: Final = 1000


@app.command("list")
def list_segments(
    context: typer.Context,
    *,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    environment: EnvironmentOption = DEFAULT_ENVIRONMENT,
    limit: Limit = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List the segments of an environment, newest first.

    MEMBERS is how many contexts are included, exactly.
    """
    with open_tools(context, data_dir, database_url) as tools:
        found = get_environment(tools.accounts, project, environment)
        page = tools.segments.list_segments(found.id, PageRequest(limit, offset))
    if as_json:
        items = [segment_as_json(found, details) for details in page.items]
        print_json({"items": items, "totalCount": page.total_count})
        return
    now = SystemClock().now()
    print_page(
        page,
        _COLUMNS,
        [_row(details, now) for details in page.items],
        "segment",
        if_none=f"There are no segments in {place_of(found)} yet. A synced segment appears with the first "
        "request that names its cohort: POST /api/v2/segment-targets/INTEGRATION. `muster segments create "
        "KEY` makes one by hand.",
    )


@app.command("show")
def show_segment(
    context: typer.Context,
    *,
    key: SegmentKeyArgument,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    environment: EnvironmentOption = DEFAULT_ENVIRONMENT,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show all that is known of a segment but its members."""
    with open_tools(context, data_dir, database_url) as tools:
        found = get_environment(tools.accounts, project, environment)
        details = tools.segments.get_segment(found.id, key)
    print_segment(found, details, as_json=as_json)


@app.command("members")
def list_members(
    context: typer.Context,
    *,
    key: SegmentKeyArgument,
    search: Annotated[
        str,
        typer.Option(
            metavar="ID", help="Only members whose key begins so; one that equals it comes first."
        ),
    ] = "",
    after: Annotated[
        str,
        typer.Option(metavar="KEY", help="Only members above this key: how to go on from a page."),
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many to show at most.")] = 100,
    excluded: Annotated[
        bool, typer.Option("--excluded", help="List those excluded instead of those included.")
    ] = False,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    environment: EnvironmentOption = DEFAULT_ENVIRONMENT,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List the keys of a segment's members, one a line, in order.

    Finding nobody is no failure: nothing is printed, a note says so on stderr, and the exit code is
    0. Control characters in a key are shown escaped; --json gives keys as they are.
    """
    member_list = MemberList.EXCLUDED if excluded else MemberList.INCLUDED
    with open_tools(context, data_dir, database_url) as tools:
        found = get_environment(tools.accounts, project, environment)
        members = _read_members(
            tools.segments, found, key, member_list, after=after, prefix=search, limit=limit + 1
        )
    following = members[limit - 1] if len(members) > limit else None
    del members[limit:]
    if as_json:
        print_json({"segment": key, "members": members, "next": following})
        return
    for member in members:
        print_line(member)
    if following is not None:
        print_note(f"There are more; continue with --after {shlex.quote(following)}")
    elif not members:
        print_note(f"No key of those {member_list} in {key} was found.")


def _read_members(
    segments: Segments,
    environment: Environment,
    key: str,
    member_list: MemberList,
    *,
    after: str,
    prefix: str,
    limit: int,
) -> list[str]:
    members: list[str] = []
    while len(members) < limit:
        wanted = min(_CHUNK, limit - len(members))
        chunk = segments.list_members(
            environment.id, key, member_list, after=after, prefix=prefix, limit=wanted
        )
        members.extend(chunk)
        if len(chunk) < wanted:
            break
        after = members[-1]
    return members


def _row(details: SegmentDetails, now: datetime) -> list[str]:
    segment, members = details.segment, details.members
    return [
        segment.key,
        segment.name,
        segment.source.integration_key if segment.source else "-",
        segment.context_kind,
        f"{members.included_count:,}",
        relative_time(members.synced_at, now) if segment.source else "-",
    ]
