"""`muster audit`: who changed what, and when."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import orjson
import typer

from muster.access.policy import Effect, Policy, Statement
from muster.accounts.model import TokenKind
from muster.audit.log import AuditFilter
from muster.audit.model import Actor, AuditEntry
from muster.cli.expiry import read_past
from muster.cli.options import AsJson, DatabaseUrl, DataDir, Limit, open_tools
from muster.cli.output import (
    Column,
    full_time,
    print_fields,
    print_json,
    print_line,
    print_note,
    print_table,
    relative_time,
)
from muster.cli.remote import RemoteTyper
from muster.cli.runtime import Tools
from muster.core.clock import SystemClock
from muster.core.errors import InvalidRequestError, NotFoundError
from muster.core.ids import TokenId
from muster.core.pointers import MISSING, Json

app = RemoteTyper(help="Show who changed what, and when.", no_args_is_help=True)

_COLUMNS: Final = (
    Column("ID"),
    Column("WHEN"),
    Column("WHO", folds=True),
    Column("DID"),
    Column("NAME", folds=True),
    Column("RESOURCE", folds=True),
)


@app.command("list")
def list_entries(
    context: typer.Context,
    *,
    text: Annotated[
        str,
        typer.Option(
            "--search", help="Only entries whose kind, name, verb or comment holds this text."
        ),
    ] = "",
    token_id: Annotated[
        str | None,
        typer.Option(
            "--by-token",
            metavar="ID",
            help="Only what the token with this id did.",
            show_default=False,
        ),
    ] = None,
    resource: Annotated[
        str | None,
        typer.Option(
            help="Only changes of these resources, such as 'proj/shop:env/*' or 'service-token/*'.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="Only from then on: a duration before now such as 12h or 7d, or a date or time in ISO 8601 "
            "(UTC).",
            show_default=False,
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Only from before then.", show_default=False),
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List changes, newest first.

    What a token syncs into a segment within half a second is one entry, with how many members entered and
    left; each request is in `muster requests list`.
    """
    wanted = AuditFilter(
        before=None if until is None else read_past(until, "--until"),
        after=None if since is None else read_past(since, "--since"),
        token_ids=() if token_id is None else (TokenId(token_id),),
        text=text,
    )
    about = None if resource is None else _about(resource)
    with open_tools(context, data_dir, database_url) as tools:
        entries = tools.audit.list_entries(None, wanted, limit=limit, about=about)
    if as_json:
        print_json({"items": list(map(_as_json, entries))})
        return
    if not entries:
        print_note("There are no such entries in the audit log.")
        return
    now = SystemClock().now()
    print_table(_COLUMNS, [_row(entry, now) for entry in entries])
    if len(entries) >= limit:
        print_note(
            f"There may be more: continue with --until {entries[-1].at:%Y-%m-%dT%H:%M:%S.%f}."
        )


@app.command("show")
def show_entry(
    context: typer.Context,
    entry_id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="Id of the entry; `muster audit list` shows it.", show_default=False
        ),
    ],
    *,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show one change: who, when, what was done, and what it was before and after."""
    with open_tools(context, data_dir, database_url) as tools:
        entry = tools.audit.get_entry(None, entry_id)
        if as_json:
            print_json(_as_json(entry))
            return
        member = _member(tools, entry.actor)
    print_fields(
        [
            ("Id", entry.id),
            ("When", full_time(entry.at, SystemClock().now())),
            ("Who", _who(entry.actor)),
            ("Member", member),
            ("Did", f"{entry.verb} the {entry.kind} {entry.name}"),
            ("Comment", entry.comment),
        ]
    )
    for access in entry.accesses:
        print_line(f"  {access.action} on {access.resource}")
    for line in _difference(entry.before or {}, entry.after or {}):
        print_line(line)


def _about(resource: str) -> Policy:
    try:
        return Policy((Statement(Effect.ALLOW, actions=("*",), resources=(resource,)),))
    except InvalidRequestError as error:
        raise typer.BadParameter(error.message, param_hint="--resource") from error


def _row(entry: AuditEntry, now: datetime) -> list[str]:
    return [
        entry.id,
        relative_time(entry.at, now),
        _who(entry.actor),
        f"{entry.verb} {entry.kind}",
        entry.name,
        str(entry.resource),
    ]


def _who(actor: Actor) -> str:
    if actor.is_server:
        return actor.title
    if actor.token_id is None:
        return "operator"
    return f"{actor.token_kind} token {actor.token_name}"


def _member(tools: Tools, actor: Actor) -> str:
    """Return for whom a personal token acted, by their e-mail address where that is still known."""
    if actor.token_kind != TokenKind.PERSONAL or actor.member_id is None:
        return ""
    try:
        return f"{tools.members.get_member(actor.member_id).email} ({actor.member_id})"
    except NotFoundError:
        return actor.member_id


def _difference(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[str]:
    """Yield a line for each value that came, went, or is another one now."""
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, MISSING), after.get(name, MISSING)
        if old == new:
            continue
        if old is not MISSING:
            yield f"- {name}: {_text(old)}"
        if new is not MISSING:
            yield f"+ {name}: {_text(new)}"


def _text(value: Json) -> str:
    return orjson.dumps(value).decode()


def _as_json(entry: AuditEntry) -> dict[str, Any]:
    actor = entry.actor
    return {
        "id": entry.id,
        "at": entry.at,
        "memberId": actor.member_id,
        "tokenId": actor.token_id,
        "tokenName": actor.token_name,
        "kind": entry.kind,
        "name": entry.name,
        "verb": entry.verb,
        "comment": entry.comment,
        "accesses": [
            {"action": action, "resource": str(resource)} for action, resource in entry.accesses
        ],
        "before": entry.before,
        "after": entry.after,
    }
