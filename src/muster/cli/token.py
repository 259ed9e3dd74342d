"""`muster token`: the access tokens that requests carry."""

from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, Any, Final

import typer

from muster.access.partners import partner_policy
from muster.access.roles import BuiltInRole
from muster.accounts.model import AccessToken, TokenKind
from muster.cli.confirmation import Yes, confirm, require_terminal
from muster.cli.expiry import read_expires
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
    runtime_of,
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
from muster.cli.policies import read_policy
from muster.cli.remote import RemoteTyper
from muster.cli.why import TokenIdArgument, why
from muster.core.clock import SystemClock
from muster.core.ids import IntegrationKey
from muster.core.paging import PageRequest

app = RemoteTyper(help="Create, list, explain and delete access tokens.", no_args_is_help=True)
app.command("why")(why)

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


@app.command("create")
def create_token(
    context: typer.Context,
    *,
    name: Annotated[
        str | None,
        typer.Option(
            help="What you know the token by; with --integration it can be left out.",
            show_default=False,
        ),
    ] = None,
    role: Annotated[
        BuiltInRole | None,
        typer.Option(
            help="What it may do: view all; also change what projects hold, as a partner must; or "
            "everything. Without role, custom role and policy: reader.",
            show_default=False,
        ),
    ] = None,
    custom_role: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="Custom role that says what it may do, instead of --role; `muster roles list` shows "
            "them. May be given more than once.",
            show_default=False,
        ),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|JSON",
            help="What it may do instead of a role: a JSON list of statements, or the file that "
            "holds it; - reads standard input.",
            show_default=False,
        ),
    ] = None,
    integration: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="Integration that it is for, instead of role and policy: it may sync this one's cohorts "
            "to --environment, and nothing else.",
            show_default=False,
        ),
    ] = None,
    project: ProjectKeyOption = DEFAULT_PROJECT,
    environment: EnvironmentOption = DEFAULT_ENVIRONMENT,
    personal: Annotated[
        bool,
        typer.Option(
            "--personal/--service",
            help="Whether it acts for a member (--member; with --url whoever owns that token), or for "
            "nobody but itself.",
        ),
    ] = False,
    member: Annotated[
        str | None,
        typer.Option(
            metavar="EMAIL|ID",
            help="Member that a personal token acts for, whose roles limit it; without: the first admin.",
            show_default=False,
        ),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="When it expires: a duration such as 12h, 90d, 4w or 1y, or a date or time in ISO "
            "8601 (UTC). Without: never.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create an access token, and print its secret: this once.

    The secret stands alone on stdout, so that TOKEN=$(muster token create --name NAME) keeps it;
    what else there is to say goes to stderr.
    """
    if sum(one is not None for one in (role, custom_role or None, policy, integration)) > 1:
        raise typer.BadParameter(
            "a token has one of --role, --custom-role, --policy and --integration",
            param_hint="--policy",
        )
    if member is not None and not personal:
        raise typer.BadParameter("it is only for --personal", param_hint="--member")
    inline_policy = read_policy(policy) if policy is not None else None
    integration_key = None if integration is None else _find_integration(context, integration)
    if name is None:
        if integration_key is None:
            raise typer.BadParameter("it is needed, but for --integration", param_hint="--name")
        name = f"{integration_key} to {project}/{environment}"
    with open_tools(context, data_dir, database_url) as tools:
        if integration_key is not None:
            place = get_environment(tools.accounts, project, environment)
            inline_policy = partner_policy(place.project_key, place.key, integration_key)
        created = tools.tokens.create_token(
            name,
            TokenKind.PERSONAL if personal else TokenKind.SERVICE,
            role=None if inline_policy or custom_role else role or BuiltInRole.READER,
            inline_policy=inline_policy,
            custom_roles=custom_role or (),
            expires_at=read_expires(expires) if expires is not None else None,
            member=member,
        )
    token, secret = created.token, created.secret.reveal()
    if as_json:
        print_json({**_as_json(token), "secret": secret})
        return
    print_note(
        f"Created the {token.kind} token {token.name!r} ({_abilities(token)}), id {token.id}; it "
        f"{f'expires {_expiry(token)}' if token.expires_at else 'never expires'}. Its secret is shown only "
        "now:"
    )
    print_line(secret)


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

    Of a secret only the last four characters are known, under ENDING. MAY is the token's role, its
    custom roles, or policy where it has one of its own.
    """
    with open_tools(context, data_dir, database_url) as tools:
        page = tools.tokens.list_tokens(PageRequest(limit, offset))
    if as_json:
        print_json({"items": list(map(_as_json, page.items)), "totalCount": page.total_count})
        return
    now = SystemClock().now()
    print_page(page, _COLUMNS, [_row(token, now) for token in page.items], "token")


@app.command("delete")
def delete_token(
    context: typer.Context,
    *,
    token_id: TokenIdArgument,
    yes: Yes = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Delete an access token; requests that carry it are refused within a second.

    It asks first. Where there is no terminal to ask on, --yes is needed.
    """
    require_terminal(yes)
    with open_tools(context, data_dir, database_url) as tools:
        token = tools.tokens.get_token(token_id)
        if not yes:
            used = relative_time(token.last_used_at, SystemClock().now())
            confirm(
                f"Delete the token {token.name!r}, which ends in {token.ending} (last used: {used})?"
            )
        tools.tokens.delete_token(token.id)
    print_note(f"Deleted the token {token.name!r}.")


def _find_integration(context: typer.Context, name: str) -> IntegrationKey:
    """Return the key of an integration of the catalog; a token for another would be of no use."""
    catalog = runtime_of(context).read_catalog({}).catalog
    found = catalog.find(name)
    if found is None:
        known = [one.key for one in catalog]
        near = get_close_matches(name.lower(), known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Those there are: {', '.join(known)}."
        raise typer.BadParameter(
            f"there is no integration {name!r}. {hint} MUSTER_CATALOG names folders of your own.",
            param_hint="--integration",
        )
    return found.key


def _row(token: AccessToken, now: datetime) -> list[str]:
    return [
        token.id,
        token.name,
        token.kind,
        _may(token),
        token.ending,
        relative_time(token.created_at, now),
        _expiry(token),
        relative_time(token.last_used_at, now),
    ]


def _may(token: AccessToken) -> str:
    return token.role or ", ".join(role.key for role in token.custom_roles) or "policy"


def _abilities(token: AccessToken) -> str:
    if token.inline_policy:
        return "with a policy of its own"
    return f"{'role' if token.role else 'custom roles:'} {_may(token)}"


def _expiry(token: AccessToken) -> str:
    return f"{token.expires_at:%Y-%m-%d %H:%M} UTC" if token.expires_at else "never"


def _as_json(token: AccessToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "kind": token.kind.value,
        "role": token.role.value if token.role else None,
        "policy": token.inline_policy.to_json() if token.inline_policy else None,
        "customRoles": [role.key for role in token.custom_roles],
        "memberId": token.member_id,
        "ending": token.ending,
        "createdAt": token.created_at,
        "expiresAt": token.expires_at,
        "lastUsedAt": token.last_used_at,
    }
