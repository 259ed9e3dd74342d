"""`muster token why`: a verdict on a token, explained statement by statement."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.text import Text

from muster.access.actions import is_known, nearest_action
from muster.access.explanation import Explanation, PolicyExplanation, StatementMatch
from muster.access.policy import Effect, Policy
from muster.access.resources import Resource
from muster.access.roles import find_role, own_tokens_policy
from muster.accounts.model import AccessToken
from muster.cli.options import AsJson, DatabaseUrl, DataDir, open_tools
from muster.cli.output import print_json, print_note, printable
from muster.cli.resources import stored_resource
from muster.core.clock import SystemClock
from muster.core.errors import InvalidRequestError
from muster.core.secrets import looks_like_access_token

_STYLES: Final = {Effect.ALLOW: "green", Effect.DENY: "bold red", None: "dim"}
_SHOWN_PATTERNS: Final = 4


def _check_token_id(text: str) -> str:
    """Refuse a secret before it is sent, or repeated."""
    if looks_like_access_token(text):
        raise typer.BadParameter(
            "this is a token's secret. Name the token by its id, which `muster token list` shows"
        )
    return text


TokenIdArgument = Annotated[
    str,
    typer.Argument(
        metavar="TOKEN",
        help="Id of the token; `muster token list` shows it.",
        callback=_check_token_id,
        show_default=False,
    ),
]


def why(
    context: typer.Context,
    token_id: TokenIdArgument,
    action: Annotated[
        str,
        typer.Argument(
            metavar="ACTION",
            help="What is to be done, such as updateIncluded.",
            show_default=False,
        ),
    ],
    resource: Annotated[
        str,
        typer.Argument(
            metavar="RESOURCE",
            help="To what, such as proj/default:env/production:segment/vip. Tags and properties are "
            "those that are stored; `;tag` or `;{critical:true}` behind a part says otherwise.",
            show_default=False,
        ),
    ],
    *,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Say whether a token may do something, and why: policy by policy, statement by statement.

    Exits with 1 when it may not.
    """
    with open_tools(context, data_dir, database_url) as tools:
        try:
            asked = stored_resource(tools, resource)
        except InvalidRequestError as error:
            raise typer.BadParameter(error.message, param_hint="RESOURCE") from error
        token = tools.tokens.get_token(token_id)
        explanation = tools.tokens.explain(token_id, action, asked)
    if as_json:
        print_json(_document(token, explanation))
    else:
        _print(token, explanation)
    note = _note_on_action(action, asked)
    if note:
        print_note(note)
    if not explanation.allowed or _has_expired(token):
        raise typer.Exit(1)


def _print(token: AccessToken, explanation: Explanation) -> None:
    console = Console(highlight=False)
    for line in _lines(token, explanation):
        console.print(line, soft_wrap=True)


def _lines(token: AccessToken, explanation: Explanation) -> Iterator[Text]:
    allowed = explanation.allowed and not _has_expired(token)
    verdict = Text(
        "allowed" if allowed else "denied", style="bold green" if allowed else "bold red"
    )
    yield verdict.append(
        f": the token {printable(token.name)!r} and {explanation.action} on {explanation.resource}",
        style="none",
    )
    yield Text(f"  {_reason(token, explanation)}")
    every_members = own_tokens_policy(token.member_id)
    yield from _policies_lines("The token", explanation.policies, every_members)
    if explanation.limits is not None:
        yield from _policies_lines("Its member", explanation.limits, every_members)


def _reason(token: AccessToken, explanation: Explanation) -> str:
    if _has_expired(token):
        return f"It expired at {token.expires_at:%Y-%m-%d %H:%M} UTC: requests with it are answered 401."
    if explanation.allowed:
        return "A statement allows it, and none of the same policy denies it."
    if explanation.allowed_by_token:
        return "The token's policy allows it, but its member may not: a token never has more."
    if any(policy.verdict is Effect.DENY for policy in explanation.policies):
        return "A statement denies it: within a policy that beats every allow."
    return "No statement allows it, and what is not allowed is denied."


def _policies_lines(
    holder: str, policies: Sequence[PolicyExplanation], every_members: Policy
) -> Iterator[Text]:
    for explained in policies:
        name = (
            "what every member has"
            if explained.policy == every_members
            else _name(explained.policy)
        )
        verdict = explained.verdict.value if explained.verdict else "says nothing"
        yield Text(f"\n{holder} has {name}: ").append(verdict, style=_STYLES[explained.verdict])
        for number, match in enumerate(explained.statements, start=1):
            yield _statement_line(number, match, explained)


def _name(policy: Policy) -> str:
    """Say which role a policy is of."""
    if policy.role_key is not None:
        return f"the custom role {printable(policy.role_key)}"
    built_in = find_role(policy)
    return f"the built-in role {built_in}" if built_in else "a policy of its own"


def _statement_line(number: int, match: StatementMatch, explained: PolicyExplanation) -> Text:
    statement = match.statement
    line = Text(f"  {number}. ")
    line.append(
        f"{statement.effect:<5}", style=_STYLES[statement.effect] if match.applies else "dim"
    )
    for name, patterns, matches in (
        ("actions", statement.actions, match.action_matches),
        ("not actions", statement.not_actions, match.action_matches),
        ("resources", statement.resources, match.resource_matches),
        ("not resources", statement.not_resources, match.resource_matches),
    ):
        if patterns is not None:
            line.append(f"  {name} {_shown(patterns)} ")
            line.append("match" if matches else "do not match", style="none" if matches else "dim")
    if statement is explained.decisive:
        line.append("  <- decides", style="bold")
    return line


def _shown(patterns: Sequence[str]) -> str:
    more = len(patterns) - _SHOWN_PATTERNS
    shown = ", ".join(map(printable, patterns[:_SHOWN_PATTERNS]))
    return f"{shown} and {more} more" if more > 0 else shown


def _note_on_action(action: str, resource: Resource) -> str:
    resource_type = resource.parts[-1].type
    if is_known(action, resource_type):
        return ""
    near = nearest_action(action, resource_type)
    hint = f" Did you mean {near}?" if near else ""
    return f"Note: {action!r} is never done to a {resource_type}.{hint}"


def _has_expired(token: AccessToken) -> bool:
    return token.expires_at is not None and token.expires_at <= SystemClock().now()


def _document(token: AccessToken, explanation: Explanation) -> dict[str, Any]:
    limits = explanation.limits
    return {
        "allowed": explanation.allowed and not _has_expired(token),
        "reason": _reason(token, explanation),
        "tokenId": token.id,
        "tokenName": token.name,
        "action": explanation.action,
        "resource": str(explanation.resource),
        "policies": list(map(_policy_document, explanation.policies)),
        "memberPolicies": None if limits is None else list(map(_policy_document, limits)),
    }


def _policy_document(explained: PolicyExplanation) -> dict[str, Any]:
    role = find_role(explained.policy)
    return {
        "role": role.value if role else None,
        "customRole": explained.policy.role_key,
        "verdict": explained.verdict.value if explained.verdict else None,
        "statements": [
            {
                **match.statement.to_json(),
                "actionMatches": match.action_matches,
                "resourceMatches": match.resource_matches,
                "decides": match.statement is explained.decisive,
            }
            for match in explained.statements
        ],
    }
