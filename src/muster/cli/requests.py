"""`muster requests`: the sync log, with what became of each request and why."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from muster.accounts.model import Environment
from muster.accounts.store import AccountStore
from muster.cli.options import (
    DEFAULT_PROJECT,
    AsJson,
    DatabaseUrl,
    DataDir,
    Limit,
    Offset,
    ProjectKeyOption,
    open_data_directory,
)
from muster.cli.output import (
    Column,
    full_time,
    milliseconds,
    print_fields,
    print_json,
    print_page,
    relative_time,
)
from muster.cli.places import get_environment
from muster.core.clock import SystemClock
from muster.core.errors import NotFoundError
from muster.core.paging import PageRequest
from muster.sync.log import SyncRecord

app = typer.Typer(
    help="Show the sync log: every request of a known integration.", no_args_is_help=True
)

_COLUMNS: Final = (
    Column("ID"),
    Column("RECEIVED"),
    Column("INTEGRATION"),
    Column("ENVIRONMENT"),
    Column("SEGMENT"),
    Column("STATUS", right=True),
    Column("ENTRIES", right=True),
    Column("ADDED", right=True),
    Column("REMOVED", right=True),
)
_ERROR_COLUMN: Final = Column("ERROR")
_CLIENT_SIDE_ID: Final = re.compile(r"[0-9a-fA-F]{24}")

Environments = Mapping[str, Environment | None]
"""Environments by the client-side ID that requests gave; None where there is none."""


@app.command("list")
def list_requests(
    context: typer.Context,
    *,
    integration: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Only requests of this integration.", show_default=False),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option(
            "--environment",
            "-e",
            help="Only requests to this environment: its key, or a client-side ID.",
            show_default=False,
        ),
    ] = None,
    segment: Annotated[
        str | None,
        typer.Option(
            metavar="KEY", help="Only requests that name this segment.", show_default=False
        ),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only requests that failed.")] = False,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    limit: Limit = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List sync requests, newest first; all environments', unless one is given.

    ENTRIES is how many members the body names, repetitions included. What else there is to know of
    a request is in `muster requests show ID`, and in JSON.
    """
    with open_data_directory(context, data_dir, database_url) as tools:
        page = tools.sync_log.list_records(
            PageRequest(limit, offset),
            integration_key=integration.lower() if integration else None,
            environment_id=_environment_id(tools.accounts, project, environment),
            segment_key=segment,
            failed_only=failed,
        )
        environments = _find_environments(tools.accounts, page.items)
    if as_json:
        items = [_as_json(record, environments) for record in page.items]
        print_json({"items": items, "totalCount": page.total_count})
        return
    print_page(
        page,
        *_table(page.items, environments),
        "request",
        if_none="There is no such request in the sync log. A request appears within a second or so of "
        "its answer, once its token and its integration are known.",
    )


@app.command("show")
def show_request(
    context: typer.Context,
    *,
    request_id: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="Id of the request, as in the answer's X-Request-Id.",
            show_default=False,
        ),
    ],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show what became of one sync request."""
    with open_data_directory(context, data_dir, database_url) as tools:
        record = tools.sync_log.find_record(request_id)
        if record is None:
            raise NotFoundError(
                f"There is no request {request_id[:64]!r} in the sync log. It may be older than "
                "the log reaches; `muster requests list` shows those there are."
            )
        environments = _find_environments(tools.accounts, [record])
    if as_json:
        print_json(_as_json(record, environments))
    else:
        print_fields(_fields(record, environments, SystemClock().now()))


def _environment_id(accounts: AccountStore, project: str, name: str | None) -> str | None:
    """Return the client-side ID to filter by; one that no environment has may still be in the log."""
    if name is None:
        return None
    try:
        return get_environment(accounts, project, name).id
    except NotFoundError:
        if _CLIENT_SIDE_ID.fullmatch(name):
            return name
        raise


def _find_environments(accounts: AccountStore, records: Sequence[SyncRecord]) -> Environments:
    ids = {record.environment_id for record in records if record.environment_id}
    return {one: accounts.find_environment_by_id(one) for one in ids}


def _table(
    records: Sequence[SyncRecord], environments: Environments
) -> tuple[Sequence[Column], Sequence[Sequence[str]]]:
    """Return the columns of a table of requests, and its rows."""
    now = SystemClock().now()
    rows = [_row(record, environments, now) for record in records]
    if not any(record.error_code for record in records):
        return _COLUMNS, rows
    errors = map(_error, records)
    return (*_COLUMNS, _ERROR_COLUMN), [
        [*row, error] for row, error in zip(rows, errors, strict=True)
    ]


def _row(record: SyncRecord, environments: Environments, now: datetime) -> list[str]:
    others = len(record.segment_keys) - 1
    segments = record.segment_keys[0] if record.segment_keys else "-"
    return [
        record.id,
        relative_time(record.received_at, now),
        record.integration_key,
        _place(record, environments) or "-",
        segments + (f" (+{others})" if others > 0 else ""),
        str(record.status),
        f"{record.received:,}",
        f"{record.added:,}",
        f"{record.removed:,}",
    ]


def _place(record: SyncRecord, environments: Environments) -> str:
    environment = environments.get(record.environment_id or "")
    if environment is None:
        return record.environment_id or ""
    return f"{environment.project_key}/{environment.key}"


def _error(record: SyncRecord) -> str:
    """Return pointer and message; the message alone where it begins with the pointer."""
    pointer, message = record.error_pointer or "", record.error_message or record.error_code or ""
    return message if message.startswith(pointer) else f"{pointer}: {message}"


def _fields(record: SyncRecord, environments: Environments, now: datetime) -> list[tuple[str, str]]:
    place = _place(record, environments)
    known = environments.get(record.environment_id or "") is not None
    return [
        ("Request", record.id),
        ("Received", full_time(record.received_at, now)),
        ("Integration", record.integration_key),
        ("Environment", f"{place} ({record.environment_id})" if known else place),
        ("Segments", ", ".join(record.segment_keys)),
        ("Token", record.token_id or ""),
        ("Status", str(record.status)),
        ("Member entries", f"{record.received:,}"),
        ("Added", f"{record.added:,}"),
        ("Removed", f"{record.removed:,}"),
        ("Unchanged", f"{record.unchanged:,}"),
        ("Duration", f"{milliseconds(record.duration):.3f} ms"),
        ("Error", record.error_code or ""),
        ("Error pointer", record.error_pointer or ""),
        ("Error message", record.error_message or ""),
    ]


def _as_json(record: SyncRecord, environments: Environments) -> dict[str, Any]:
    environment = environments.get(record.environment_id or "")
    return {
        "id": record.id,
        "receivedAt": record.received_at,
        "integration": record.integration_key,
        "environmentId": record.environment_id,
        "projectKey": environment.project_key if environment else None,
        "environmentKey": environment.key if environment else None,
        "segmentKeys": list(record.segment_keys),
        "tokenId": record.token_id,
        "status": record.status,
        "received": record.received,
        "added": record.added,
        "removed": record.removed,
        "unchanged": record.unchanged,
        "durationMilliseconds": milliseconds(record.duration),
        "errorCode": record.error_code,
        "errorPointer": record.error_pointer,
        "errorMessage": record.error_message,
    }
