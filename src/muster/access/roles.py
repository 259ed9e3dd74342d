"""The built-in roles. Each is a policy like any other; the enum only names them."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from muster.access.policy import Effect, Policy, Statement
from muster.access.specifiers import EVERYTHING

_VIEW: Final = Statement(Effect.ALLOW, actions=("view*",), resources=(EVERYTHING,))
_CHANGE: Final = Statement(
    Effect.ALLOW,
    actions=("*",),
    resources=(
        "proj/*",
        "proj/*:env/*",
        "proj/*:env/*:segment/*",
        "proj/*:env/*:flag/*",
        "proj/*:env/*:sdk-key/*",
        "proj/*:env/*:destination/*",
        "proj/*:env/*:user/*",
        "proj/*:context-kind/*",
        "proj/*:metric/*",
    ),
)
_ALL: Final = Statement(Effect.ALLOW, actions=("*",), resources=(EVERYTHING,))


class BuiltInRole(StrEnum):
    """A role that every installation has: reader views all, writer also changes what projects
    hold, admin may do everything."""

    READER = "reader"
    WRITER = "writer"
    ADMIN = "admin"

    @property
    def policy(self) -> Policy:
        """What the role may do."""
        return _POLICIES[self]


_POLICIES: Final = {
    BuiltInRole.READER: Policy((_VIEW,)),
    BuiltInRole.WRITER: Policy((_VIEW, _CHANGE)),
    BuiltInRole.ADMIN: Policy((_ALL,)),
}
_RANKS: Final = tuple(_POLICIES.values())


def own_tokens_policy(member_id: str) -> Policy:
    """Return what every built-in role adds: a member may create personal tokens of their own."""
    resource = f"member/{member_id}:token/*"
    return Policy((Statement(Effect.ALLOW, actions=("createAccessToken",), resources=(resource,)),))


def find_role(policy: Policy) -> BuiltInRole | None:
    """Return the built-in role that a policy is, or None."""
    return next((role for role, its_policy in _POLICIES.items() if its_policy == policy), None)


def covers(held: Sequence[Policy], wanted: Policy) -> bool:
    """Tell whether someone with these policies surely may do all that another policy allows.

    It answers for equal policies and for the built-in roles, each of which holds all of the one
    before. Policies at large are not compared: only an admin covers them.
    """
    return any(
        policy in (wanted, BuiltInRole.ADMIN.policy)
        or (policy in _RANKS and wanted in _RANKS and _RANKS.index(policy) >= _RANKS.index(wanted))
        for policy in held
    )
