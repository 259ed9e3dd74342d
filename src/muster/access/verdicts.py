"""What a principal may do to one resource: each action that is known of its type, and what decided it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from muster.access.actions import ACTIONS
from muster.access.explanation import Explanation, explain
from muster.access.policy import Effect, Policy, Statement
from muster.access.principal import Principal
from muster.access.resources import Resource
from muster.access.roles import find_role


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an action is allowed, and why.

    Attributes:
        statement: what settled it; None where no statement is about this, so that it is not allowed.
        role: whose statement that is: the name of a built-in role, the key of a custom one; None for
            a policy that is no role's.
    """

    action: str
    allowed: bool
    statement: Statement | None
    role: str | None


def list_verdicts(principal: Principal, resource: Resource) -> Sequence[Verdict]:
    """Return a verdict for each action that Muster knows of the resource's type, by name.

    Of an action that is allowed, what the token allows it by is named; of one that is not, a deny of the
    token, or else of the member behind it.
    """
    limits = principal.limits
    # What is not about the resource has no say in any of its actions: it is left out once for all.
    about = replace(
        principal,
        policies=_about(principal.policies, resource),
        limits=None if limits is None else _about(limits, resource),
    )
    known = ACTIONS.get(resource.parts[-1].type, frozenset())
    return [_verdict(explain(about, action, resource)) for action in sorted(known)]


def _about(policies: Iterable[Policy], resource: Resource) -> tuple[Policy, ...]:
    """Return what policies say of a resource; each keeps the name of its role."""
    return tuple(
        Policy(
            tuple(one for one in policy.statements if one.matches_resource(resource)),
            policy.role_key or find_role(policy),
        )
        for policy in policies
    )


def _verdict(explanation: Explanation) -> Verdict:
    allowed = explanation.allowed
    effect = Effect.ALLOW if allowed else Effect.DENY
    is_member_s = explanation.allowed_by_token and not allowed
    side = (explanation.limits or ()) if is_member_s else explanation.policies
    by = next((one for one in side if one.verdict is effect), None)
    if by is None:
        return Verdict(explanation.action, allowed, None, None)
    return Verdict(explanation.action, allowed, by.decisive, by.policy.role_key)
