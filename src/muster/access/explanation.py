"""Why a principal may do something, or may not: policy by policy, statement by statement."""

from collections.abc import Iterable
from dataclasses import dataclass

from muster.access.policy import Effect, Policy, Statement
from muster.access.principal import Principal
from muster.access.resources import Resource


@dataclass(frozen=True, slots=True)
class StatementMatch:
    """A statement, and which half of the question it is about."""

    statement: Statement
    action_matches: bool
    resource_matches: bool

    @property
    def applies(self) -> bool:
        """Whether the statement has a say."""
        return self.action_matches and self.resource_matches


@dataclass(frozen=True, slots=True)
class PolicyExplanation:
    """What one policy says, and what of it said so.

    Attributes:
        verdict: None where no statement applies, which is as good as a deny.
        decisive: the statement that settled it: the first deny that applies, else the first allow;
            None where none applies.
    """

    policy: Policy
    statements: tuple[StatementMatch, ...]
    verdict: Effect | None
    decisive: Statement | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, and how it came about.

    Attributes:
        policies: those of the token; it is enough that one allows.
        limits: those of the member behind it, of whom one must allow as well; None for no limit.
    """

    action: str
    resource: Resource
    policies: tuple[PolicyExplanation, ...]
    limits: tuple[PolicyExplanation, ...] | None

    @property
    def allowed(self) -> bool:
        """Whether the principal may do it; the same as `Principal.allows`."""
        return self.allowed_by_token and self.allowed_by_member

    @property
    def allowed_by_token(self) -> bool:
        """Whether one of the token's policies allows it."""
        return _is_allowed(self.policies)

    @property
    def allowed_by_member(self) -> bool:
        """Whether the member behind the token may do it; true where there is no limit."""
        return self.limits is None or _is_allowed(self.limits)


def explain(principal: Principal, action: str, resource: Resource) -> Explanation:
    """Return how the decision on an action comes about."""
    limits = principal.limits
    return Explanation(
        action,
        resource,
        _explain_each(principal.policies, action, resource),
        None if limits is None else _explain_each(limits, action, resource),
    )


def _explain_each(
    policies: Iterable[Policy], action: str, resource: Resource
) -> tuple[PolicyExplanation, ...]:
    return tuple(_explain_policy(policy, action, resource) for policy in policies)


def _explain_policy(policy: Policy, action: str, resource: Resource) -> PolicyExplanation:
    matches = tuple(
        StatementMatch(
            statement, statement.matches_action(action), statement.matches_resource(resource)
        )
        for statement in policy.statements
    )
    verdict = policy.decide(action, resource)
    applying = (match.statement for match in matches if match.applies)
    decisive = next((one for one in applying if one.effect is verdict), None)
    return PolicyExplanation(policy, matches, verdict, decisive)


def _is_allowed(policies: Iterable[PolicyExplanation]) -> bool:
    return any(policy.verdict is Effect.ALLOW for policy in policies)
