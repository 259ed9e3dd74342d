"""`muster webhooks`: addresses that are told of each change."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer

from muster.access.policy import Policy
from muster.cli.confirmation import Yes, confirm, require_terminal
from muster.cli.options import (
    AsJson,
    DatabaseUrl,
    DataDir,
    Limit,
    Offset,
    given,
    open_data_directory,
)
from muster.cli.output import (
    Column,
    full_time,
    milliseconds,
    print_fields,
    print_json,
    print_line,
    print_note,
    print_page,
    print_table,
    relative_time,
)
from muster.cli.policies import read_policy
from muster.core.clock import SystemClock
from muster.core.paging import PageRequest
from muster.core.secrets import Secret, new_webhook_secret
from muster.webhooks.model import Delivery, Webhook
from muster.webhooks.service import WebhookChanges

app = typer.Typer(
    help="List, show, create, change and delete webhooks, and see what became of deliveries.",
    no_args_is_help=True,
)

WebhookId = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="Id of the webhook; `muster webhooks list` shows it.", show_default=False
    ),
]
Name = Annotated[str | None, typer.Option(help="What people know it by.", show_default=False)]
StatementsOption = typer.Option(
    "--statements",
    metavar="FILE|JSON",
    help="Which changes it gets: those that this JSON list of statements allows, or the file that "
    "holds it; - reads standard input.",
    show_default=False,
)
SecretOption = typer.Option(
    metavar="FILE",
    help="The file that holds the secret to sign deliveries with; - reads standard input. A line end "
    "at its end is no part of it.",
    show_default=False,
)
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", help="A tag; may be given more than once.", show_default=False),
]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show the secret.")]
_COLUMNS: Final = (
    Column("ID"),
    Column("NAME", folds=True),
    Column("ON"),
    Column("SIGNED"),
    Column("STATEMENTS"),
    Column("URL", folds=True),
)
_DELIVERY_COLUMNS: Final = (
    Column("WHEN"),
    Column("ENTRY"),
    Column("ATTEMPT", right=True),
    Column("OUTCOME"),
    Column("STATUS", right=True),
    Column("MS", right=True),
    Column("ERROR", folds=True),
)


@app.command("list")
def list_webhooks(
    context: typer.Context,
    *,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List webhooks, the oldest first."""
    with open_data_directory(context, data_dir, database_url) as tools:
        found = tools.webhooks.list_webhooks()
    if as_json:
        print_json({"items": [_as_json(webhook) for webhook in found]})
        return
    print_table(_COLUMNS, [_row(webhook) for webhook in found])


@app.command("show")
def show_webhook(
    context: typer.Context,
    *,
    webhook_id: WebhookId,
    reveal: Reveal = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show a webhook, and the statements that say which changes it gets."""
    with open_data_directory(context, data_dir, database_url) as tools:
        webhook = tools.webhooks.get_webhook(webhook_id)
    if as_json:
        print_json(_as_json(webhook, reveal=reveal))
        return
    now = SystemClock().now()
    print_fields(
        [
            ("Id", webhook.id),
            ("Name", webhook.name),
            ("URL", webhook.url),
            ("On", _yes_or_no(webhook.is_on)),
            ("Secret", _secret_text(webhook.secret, reveal=reveal)),
            ("Tags", ", ".join(webhook.tags)),
            ("Created", full_time(webhook.created_at, now)),
            ("Changed", full_time(webhook.modified_at, now) if webhook.modified_at else ""),
        ]
    )
    if webhook.statements is not None:
        print_line("")
        for line in json.dumps(webhook.statements.to_json(), indent=2).splitlines():
            print_line(line)


@app.command("create")
def create_webhook(
    context: typer.Context,
    *,
    url: Annotated[
        str,
        typer.Argument(metavar="URL", help="Where deliveries go: https:// or http:// and a host."),
    ],
    name: Name = None,
    statements: Annotated[str | None, StatementsOption] = None,
    secret_file: Annotated[str | None, SecretOption] = None,
    unsigned: Annotated[bool, typer.Option("--unsigned", help="Do not sign deliveries.")] = False,
    is_on: Annotated[bool, typer.Option("--on/--off", help="Send to it, or not yet.")] = True,
    tags: Tags = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a webhook, which is told of each change from now on.

    Deliveries are signed: X-LD-Signature is the HMAC-SHA256 of the body. Unless a secret is given, a
    new one is made, which goes to standard output.
    """
    is_made = not unsigned and secret_file is None
    secret = _read_secret(secret_file, unsigned=unsigned, new=is_made)
    with open_data_directory(context, data_dir, database_url) as tools:
        webhook = tools.webhooks.create_webhook(
            url,
            name=name or "",
            signed=not unsigned,
            secret=secret,
            is_on=is_on,
            statements=_read_statements(statements),
            tags=tags or (),
        )
    if as_json:
        print_json(_as_json(webhook, reveal=True))
        return
    print_note(f"Created the webhook {webhook.title}, id {webhook.id}.")
    if is_made and webhook.secret is not None:
        print_note("Deliveries are signed with this secret:")
        print_line(webhook.secret.reveal())


@app.command("update")
def update_webhook(
    context: typer.Context,
    *,
    webhook_id: WebhookId,
    url: Annotated[
        str | None, typer.Option(help="Where deliveries go.", show_default=False)
    ] = None,
    name: Name = None,
    statements: Annotated[str | None, StatementsOption] = None,
    all_changes: Annotated[
        bool, typer.Option("--all-changes", help="Let it get all changes, whatever they are of.")
    ] = False,
    secret_file: Annotated[str | None, SecretOption] = None,
    new_secret: Annotated[
        bool, typer.Option("--new-secret", help="Sign deliveries with a new secret; print it.")
    ] = False,
    unsigned: Annotated[bool, typer.Option("--unsigned", help="Do not sign deliveries.")] = False,
    is_on: Annotated[
        bool | None, typer.Option("--on/--off", help="Send to it, or not.", show_default=False)
    ] = None,
    tags: Tags = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Change a webhook; what is queued for it is delivered as it is from now on."""
    if statements is not None and all_changes:
        raise typer.BadParameter("not with --statements", param_hint="--all-changes")
    changes = cast("WebhookChanges", given(url=url, name=name, is_on=is_on))
    if tags:
        changes["tags"] = tuple(tags)
    if statements is not None or all_changes:
        changes["statements"] = _read_statements(statements)
    if unsigned or new_secret or secret_file is not None:
        changes["secret"] = _read_secret(secret_file, unsigned=unsigned, new=new_secret)
    if not changes:
        raise typer.BadParameter("nothing to change was given", param_hint="--url")
    with open_data_directory(context, data_dir, database_url) as tools:
        webhook = tools.webhooks.update_webhook(webhook_id, changes)
    if as_json:
        print_json(_as_json(webhook, reveal=new_secret))
        return
    print_note(f"Changed the webhook {webhook.title}.")
    if new_secret and webhook.secret is not None:
        print_line(webhook.secret.reveal())


@app.command("delete")
def delete_webhook(
    context: typer.Context,
    *,
    webhook_id: WebhookId,
    yes: Yes = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Delete a webhook, with what is queued for it and its delivery log.

    It asks first. Where there is no terminal to ask on, --yes is needed.
    """
    require_terminal(yes)
    with open_data_directory(context, data_dir, database_url) as tools:
        webhook = tools.webhooks.get_webhook(webhook_id)
        if not yes:
            confirm(f"Delete the webhook {webhook.title} ({webhook.id})?")
        tools.webhooks.delete_webhook(webhook.id)
    print_note(f"Deleted the webhook {webhook.title}.")


@app.command("deliveries")
def list_deliveries(
    context: typer.Context,
    *,
    webhook_id: WebhookId,
    limit: Limit = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List the attempts to deliver changes to a webhook, the newest first.

    One that failed is made again later, four times; then it is given up.
    """
    with open_data_directory(context, data_dir, database_url) as tools:
        page = tools.webhooks.list_deliveries(webhook_id, PageRequest(limit, offset))
    if as_json:
        items = [_delivery_as_json(one) for one in page.items]
        print_json({"items": items, "totalCount": page.total_count})
        return
    now = SystemClock().now()
    rows = [_delivery_row(one, now) for one in page.items]
    print_page(page, _DELIVERY_COLUMNS, rows, "delivery", "deliveries")


def _read_statements(argument: str | None) -> Policy | None:
    return None if argument is None else read_policy(argument, "--statements")


def _read_secret(file: str | None, *, unsigned: bool, new: bool) -> Secret | None:
    """Return what deliveries are to be signed with: nothing, a new secret or that of a file.

    Raises:
        BadParameter: more than one of these is wanted, or the file can't be read.
    """
    if unsigned + new + (file is not None) > 1:
        raise typer.BadParameter("only one of them", param_hint="--unsigned, --secret-file")
    if file is None:
        return new_webhook_secret() if new else None
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise typer.BadParameter(
            f"{file} can't be read: {error}", param_hint="--secret-file"
        ) from error
    return Secret(text.removesuffix("\n").removesuffix("\r"))


def _row(webhook: Webhook) -> list[str]:
    statements = webhook.statements
    return [
        webhook.id,
        webhook.name,
        _yes_or_no(webhook.is_on),
        _yes_or_no(webhook.secret is not None),
        "all changes" if statements is None else str(len(statements.statements)),
        webhook.url,
    ]


def _as_json(webhook: Webhook, *, reveal: bool = False) -> dict[str, Any]:
    return {
        **webhook.snapshot(),
        "secret": webhook.secret.reveal() if reveal and webhook.secret is not None else None,
        "createdAt": webhook.created_at,
        "modifiedAt": webhook.modified_at,
    }


def _delivery_row(delivery: Delivery, now: datetime) -> list[str]:
    return [
        relative_time(delivery.at, now),
        delivery.entry_id,
        str(delivery.attempt),
        delivery.outcome.value,
        "" if delivery.status is None else str(delivery.status),
        f"{milliseconds(delivery.duration):.0f}",
        delivery.error or "",
    ]


def _delivery_as_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "entryId": delivery.entry_id,
        "attempt": delivery.attempt,
        "at": delivery.at,
        "durationMs": milliseconds(delivery.duration),
        "status": delivery.status,
        "error": delivery.error,
        "outcome": delivery.outcome.value,
    }


def _secret_text(secret: Secret | None, *, reveal: bool) -> str:
    if secret is None:
        return "none: deliveries are not signed"
    return secret.reveal() if reveal else f"{secret} (--reveal shows it)"


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"
