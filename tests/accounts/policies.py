"""Principals with policies of their own, for the tests of services."""

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.core.ids import MemberId, TokenId

Statement = dict[str, object]


def with_policy(*statements: Statement) -> Principal:
    """Return the principal of a service token with these statements."""
    policy = Policy.parse(list(statements))
    return Principal(TokenId("t"), "the token", "service", MemberId("m"), (policy,))


def allow(*resources: str, to: str = "viewProject") -> Statement:
    """Return a statement that allows an action."""
    return {"effect": "allow", "actions": [to], "resources": list(resources)}


def deny(*resources: str, to: str = "viewProject") -> Statement:
    """Return a statement that denies an action."""
    return {"effect": "deny", "actions": [to], "resources": list(resources)}
