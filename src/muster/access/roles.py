"""The built-in roles, and what roles give. Each is a policy like any other; the enums only name them."""

from collections.abc import Iterable, Sequence
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


class BasePermissions(StrEnum):
    """What a custom role allows besides its policy, unless that denies it: to view all, or nothing."""

    READER = "reader"
    NO_ACCESS = "no_access"

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What they allow: as much as the built-in reader, or nothing."""
        return BuiltInRole.READER.policy.statements if self is BasePermissions.READER else ()


def own_tokens_policy(member_id: str) -> Policy:
    """Return what every built-in role adds: a member may create personal tokens of their own."""
    resource = f"member/{member_id}:token/*"
    return Policy((Statement(Effect.ALLOW, actions=("createAccessToken",), resources=(resource,)),))


def find_role(policy: Policy) -> BuiltInRole | None:
    """Return the built-in role that a policy is, or None."""
    return next((role for role, its_policy in _POLICIES.items() if its_policy == policy), None)


def covers(held: Sequence[Policy], wanted: Iterable[Policy]) -> bool:
    """Tell whether someone with some policies surely may do all that other policies allow.

    That is so where each statement that allows in the one that is wanted also allows in one that is held
    (or that one allows everything), and what that one denies, the wanted denies as well. Statements are
    compared as they are written: a narrower one that says the same in other words is not found.
    """
    return all(_covers(held, policy) for policy in wanted)


def _covers(held: Iterable[Policy], wanted: Policy) -> bool:
    allowed, denied = _by_effect(wanted)
    parts = [_by_effect(policy) for policy in held]
    return all(
        any(one in allows or _ALL in allows for allows, denies in parts if denies <= denied)
        for one in allowed
    )


def _by_effect(policy: Policy) -> tuple[frozenset[Statement], frozenset[Statement]]:
    """Return what a policy allows, and what it denies."""
    allows = frozenset(one for one in policy.statements if one.effect is Effect.ALLOW)
    return allows, frozenset(policy.statements) - allows
