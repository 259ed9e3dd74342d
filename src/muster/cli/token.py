"""`muster token`: the access tokens that requests carry."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.prompt import Confirm

from muster.access.policy import Policy
from muster.access.roles import BuiltInRole
from muster.accounts.model import AccessToken, TokenKind
from muster.cli.expiry import parse_expiry
from muster.cli.options import AsJson, DatabaseUrl, DataDir, Limit, Offset, open_tools
from muster.cli.output import (
    Column,
    full_time,
    print_fields,
    print_json,
    print_note,
    print_table,
    relative_time,
)
from muster.core.clock import SystemClock
from muster.core.errors import InvalidRequestError
from muster.core.paging import PageRequest

app = typer.Typer(help="Create, list and delete access tokens.", no_args_is_help=True)

_COLUMNS: Final = (
    Column("ID"),
    Column("NAME", folds=True),
    Column("KIND"),
    Column("MAY"),
    Column("ENDING"),
    Column("CREATED"),
    Column("EXPIRES"),
    Column("LAST USED"),
)


@app.command("list")
def list_tokens(
    context: typer.Context,
    *,
    limit: Limit = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List access tokens, newest first.

    Of a secret only the last four characters are known, under ENDING. MAY is the token's role, or
    policy where it has one of its own.
    """
    with open_tools(context, data_dir, database_url) as tools:
        page = tools.tokens.list_tokens(PageRequest(limit, offset))
    if as_json:
        print_json({"items": list(map(_as_json, page.items)), "totalCount": page.total_count})
        return
    now = SystemClock().now()
    print_table(_COLUMNS, [_row(token, now) for token in page.items])
    if offset + len(page.items) < page.total_count:
        print_note(
            f"{len(page.items)} of {page.total_count:,} tokens; "
            f"continue with --offset {offset + len(page.items)}."
        )
