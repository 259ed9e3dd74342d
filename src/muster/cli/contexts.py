"""`muster contexts`: what contexts an environment has, and of what kinds they are."""

import shlex
from datetime import datetime
from typing import Annotated, Any, Final

import orjson
import typer

from muster.cli.options import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PROJECT,
    AsJson,
    DatabaseUrl,
    DataDir,
    EnvironmentOption,
    ProjectKeyOption,
    open_data_directory,
)
from muster.cli.output import Column, print_json, print_note, print_table, relative_time
from muster.cli.places import get_environment
from muster.contexts.model import ContextKind, ContextRecord
from muster.contexts.service import ContextQuery
from muster.core.clock import SystemClock
from muster.core.filters import (
    AllOf,
    Comparison,
    Expression,
    Operator,
    format_expression,
    parse_expression,
)

app = typer.Typer(help="Search contexts, and list their kinds.", no_args_is_help=True)

_COLUMNS: Final = (
    Column("KIND"),
    Column("KEY"),
    Column("LAST SEEN"),
    Column("ATTRIBUTES", folds=True),
)
_KIND_COLUMNS: Final = (
    Column("KIND"),
    Column("NAME", folds=True),
    Column("CREATED FROM"),
    Column("VERSION", right=True),
    Column("ARCHIVED"),
    Column("LAST SEEN"),
)


@app.command("search")
def search_contexts(
    context: typer.Context,
    *,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="Only contexts of this kind.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="Only contexts with this key.")
    ] = None,
    filter_text: Annotated[
        str | None,
        typer.Option(
            "--filter",
            metavar="FILTER",
            help="Only contexts that match, such as 'user.email startsWith \"ada\"'.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many to show at most.")] = 20,
    after: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", help="Go on from a page: the token that it ended with."),
    ] = None,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    environment: EnvironmentOption = DEFAULT_ENVIRONMENT,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Search the contexts of an environment, by kind and key.

    Those that were evaluated have attributes; members of segments are known by kind and key alone.
    """
    with open_data_directory(context, data_dir, database_url) as tools:
        place = get_environment(tools.accounts, project, environment)
        query = ContextQuery(_join(kind, key, filter_text), limit, after)
        page = tools.contexts.search(None, place.project_key, place.key, query)
    if as_json:
        items = [_as_json(one) for one in page.items]
        print_json({"items": items, "continuationToken": page.continuation_token})
        return
    if page.items:
        now = SystemClock().now()
        print_table(_COLUMNS, [_row(one, now) for one in page.items])
    if page.continuation_token is not None:
        print_note(
            f"There may be more; continue with --after {shlex.quote(page.continuation_token)}"
        )
    elif not page.items:
        print_note(f"No context was found in {place.project_key}/{place.key}.")


@app.command("kinds")
def list_kinds(
    context: typer.Context,
    *,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List the kinds of contexts that a project has, ordered by key."""
    with open_data_directory(context, data_dir, database_url) as tools:
        kinds = tools.context_kinds.list_kinds(None, project)
    if as_json:
        print_json({"items": [_kind_as_json(one) for one in kinds]})
    else:
        now = SystemClock().now()
        print_table(_KIND_COLUMNS, [_kind_row(one, now) for one in kinds])


def _join(kind: str | None, key: str | None, filter_text: str | None) -> str | None:
    """Return a filter that asks for all that the flags say."""
    parts: list[Expression] = [
        Comparison(field, Operator.EQUALS, value)
        for field, value in (("kind", kind), ("key", key))
        if value is not None
    ]
    given = parse_expression(filter_text or "")
    if given is not None and not parts:
        return filter_text
    parts += [] if given is None else [given]
    if not parts:
        return None
    return format_expression(parts[0] if len(parts) == 1 else AllOf(tuple(parts)))


def _row(one: ContextRecord, now: datetime) -> list[str]:
    attributes = orjson.dumps(one.attributes).decode() if one.attributes else "-"
    return [one.kind, one.key, relative_time(one.last_seen_at, now), attributes]


def _as_json(one: ContextRecord) -> dict[str, Any]:
    return {
        "context": {"kind": one.kind, "key": one.key, **one.attributes},
        "lastSeenAt": one.last_seen_at,
    }


def _kind_row(kind: ContextKind, now: datetime) -> list[str]:
    return [
        kind.key,
        kind.name,
        kind.created_from,
        str(kind.version),
        "yes" if kind.archived else "no",
        relative_time(kind.last_seen_at, now),
    ]


def _kind_as_json(kind: ContextKind) -> dict[str, Any]:
    return {
        "key": kind.key,
        "name": kind.name,
        "description": kind.description,
        "version": kind.version,
        "archived": kind.archived,
        "createdFrom": kind.created_from,
        "createdAt": kind.created_at,
        "modifiedAt": kind.modified_at,
        "lastSeenAt": kind.last_seen_at,
    }
