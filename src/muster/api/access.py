"""What the caller may do to a thing that is shown: `_access`, which `expand=access` asks for."""

from collections.abc import Collection
from typing import Any, Final

from muster.access.policy import Effect
from muster.access.principal import Principal
from muster.access.resources import Resource
from muster.access.verdicts import Verdict, list_verdicts

ACCESS: Final = "access"
"""In `expand`: asks for `_access`."""


def with_access(
    shown: dict[str, Any], expand: Collection[str], caller: Principal, resource: Resource
) -> dict[str, Any]:
    """Return what is shown of a resource, with `_access` where that is asked for."""
    return {**shown, "_access": show_access(caller, resource)} if ACCESS in expand else shown


def show_access(caller: Principal, resource: Resource) -> dict[str, Any]:
    """Show what somebody may do to a resource: each known action is in one of the two lists."""
    verdicts = list_verdicts(caller, resource)
    return {
        "denied": [_show(one) for one in verdicts if not one.allowed],
        "allowed": [_show(one) for one in verdicts if one.allowed],
    }


def _show(verdict: Verdict) -> dict[str, Any]:
    statement, role = verdict.statement, verdict.role
    # Where no statement is about it, nothing is allowed: a deny that nobody wrote.
    reason = {"effect": Effect.DENY.value} if statement is None else statement.to_json()
    return {
        "action": verdict.action,
        "reason": reason if role is None else {**reason, "role_name": role},
    }
