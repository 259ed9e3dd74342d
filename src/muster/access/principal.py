"""The principal: whom a request acts as, and what they may do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from muster.access.policy import Policy, evaluate
from muster.access.resources import Resource
from muster.access.roles import covers
from muster.core.errors import ForbiddenError
from muster.core.ids import MemberId, TokenId

_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom a request acts as.

    Attributes:
        token_id: the token that the request carries.
        name: the token's name.
        kind: `personal` or `service`.
        member_id: the member of the account that a personal token acts for, or who made a service
            token.
        policies: what the token allows; one of them is enough.
        limits: what the member behind it may do: one of these must allow as well, so that a personal
            token never has more than its member. None for no limit.
    """

    token_id: TokenId
    name: str
    kind: str
    member_id: MemberId
    policies: tuple[Policy, ...]
    limits: tuple[Policy, ...] | None = None
    _decisions: dict[tuple[str, Resource], bool] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def allows(self, action: str, resource: Resource) -> bool:
        """Tell whether the principal may do this."""
        question = (action, resource)
        decision = self._decisions.get(question)
        if decision is None:
            decision = self._decide(action, resource)
            if len(self._decisions) >= _REMEMBERED:
                self._decisions.clear()
            self._decisions[question] = decision
        return decision

    def require(self, action: str, resource: Resource) -> None:
        """Check that the principal may do this.

        Raises:
            ForbiddenError: they may not.
        """
        if not self.allows(action, resource):
            raise ForbiddenError(
                f"The token {self.name!r} may not {action} on {resource}. {self._remedy(action, resource)}"
            )

    def covers(self, wanted: Sequence[Policy]) -> bool:
        """Tell whether the principal surely may do all that policies allow; see `muster.access.roles`."""
        return covers(self.policies, wanted) and (
            self.limits is None or covers(self.limits, wanted)
        )

    def _decide(self, action: str, resource: Resource) -> bool:
        return evaluate(self.policies, action, resource) and (
            self.limits is None or evaluate(self.limits, action, resource)
        )

    def _remedy(self, action: str, resource: Resource) -> str:
        if evaluate(self.policies, action, resource):
            return "Its own policy allows that, but its member may not: a token never has more."
        return "Use a token whose role or policy allows this action on this resource."
