"""Custom roles: made, listed, changed, deleted."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final, TypedDict

from muster.access.actions import ACTIONS
from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.roles import BasePermissions, BuiltInRole
from muster.accounts.model import NO_ACCESS, CustomRole
from muster.accounts.store import RoleStore
from muster.accounts.visible import visible_page
from muster.audit.model import Access
from muster.audit.trail import AuditTrail
from muster.core.clock import Clock
from muster.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
)
from muster.core.ids import RoleId, RoleKey, new_id
from muster.core.naming import MAX_KEY_LENGTH, check_key, check_name
from muster.core.paging import Page, PageRequest
from muster.core.texts import check_text

MAX_DESCRIPTION_LENGTH: Final = 2048
MAX_STATEMENTS: Final = 1_000
MAX_ROLES: Final = 100
"""How many custom roles a member or a token can have."""
RESOURCE_CATEGORIES: Final = ("organization", "project", "any")

_CREATE: Final = "createRole"
_DELETE: Final = "deleteRole"
_GIVING: Final = frozenset({"updatePolicy", "updateBasePermissions"})
_ID: Final = re.compile(r"[0-9a-f]{24}")
_RESERVED: Final = frozenset({*BuiltInRole, "owner", NO_ACCESS})
_SEEN_BY: Final = tuple(sorted(ACTIONS["role"]))
_SHOWN_HOLDERS: Final = 10


class RoleChanges(TypedDict, total=False):
    """What of a role can be changed: see `CustomRole`."""

    name: str
    description: str
    policy: Policy
    base_permissions: BasePermissions


class RoleService:
    """Makes, lists, changes and deletes custom roles. Its methods may block: call them from a worker thread.

    Where a principal is given, what it may not do is refused, and a role that it may neither view nor
    change is treated as one that does not exist. None is the installation's operator.
    """

    def __init__(self, roles: RoleStore, trail: AuditTrail, clock: Clock) -> None:
        self._roles = roles
        self._trail = trail
        self._clock = clock

    def create_role(
        self,
        key: str,
        name: str,
        policy: Policy,
        *,
        description: str = "",
        base_permissions: BasePermissions = BasePermissions.NO_ACCESS,
        resource_category: str | None = None,
        principal: Principal | None = None,
    ) -> CustomRole:
        """Make a custom role.

        It may allow more than the principal may: nobody gives a role away that does (see `TokenService`
        and `MemberService`).

        Args:
            key: names it for ever: letters, digits, `.`, `_` and `-`; no built-in role's name.
            name: what people know it by: 1 to 256 characters.
            resource_category: one of `RESOURCE_CATEGORIES`, or None.

        Raises:
            InvalidRequestError: a value is not valid.
            ForbiddenError: the principal may not make it.
            ConflictError: there is a role with this key.
        """
        role = CustomRole(
            id=RoleId(new_id()),
            key=RoleKey(key),
            name=name.strip(),
            description=description,
            policy=policy,
            base_permissions=base_permissions,
            resource_category=resource_category,
            created_at=self._clock.now(),
        )
        _check(role)
        if principal is not None:
            principal.require(_CREATE, role.resource)
        with self._trail.changing(principal) as notes:
            self._roles.create_role(role)
            accesses = [Access(_CREATE, role.resource)]
            notes.note("role", role.name, "created", accesses, after=role.snapshot())
        return role

    def list_roles(
        self, page: PageRequest, *, principal: Principal | None = None
    ) -> Page[CustomRole]:
        """Return the roles that the principal may view or change, ordered by key."""
        if principal is None:
            return self._roles.list_roles(page)
        return visible_page(self._roles.list_roles, lambda role: _may_see(principal, role), page)

    def get_role(self, key_or_id: str, *, principal: Principal | None = None) -> CustomRole:
        """Return a role.

        Raises:
            NotFoundError: there is none with this key or id that the principal may see.
        """
        role = self._roles.find_role(key_or_id)
        if role is None or not (principal is None or _may_see(principal, role)):
            raise NotFoundError(
                f"There is no custom role {key_or_id[:MAX_KEY_LENGTH]!r}, or it is not yours to see."
            )
        return role

    def update_role(
        self,
        key_or_id: str,
        changes: RoleChanges,
        *,
        comment: str = "",
        principal: Principal | None = None,
    ) -> CustomRole:
        """Change a role; what those who have it may do changes within a second.

        Args:
            changes: what is to be another; what is given and is so already is no change.

        Raises:
            NotFoundError: there is none with this key or id that the principal may see.
            ForbiddenError: the principal may not change this of it, or it would allow what the
                principal may not do: else whoever has a role and may change it could do everything.
            InvalidRequestError: a value is not valid.
        """
        before = self.get_role(key_or_id, principal=principal)
        after = replace(before, **changes)
        actions = _actions(before, after)
        if not actions:
            return before
        _check(after)
        if principal is not None:
            for action in actions:
                principal.require(action, before.resource)
            if not _GIVING.isdisjoint(actions) and not principal.covers([after.whole_policy]):
                raise ForbiddenError(
                    f"The token {principal.name!r} may not let a role do more than itself."
                )
        after = replace(after, modified_at=self._clock.now())
        with self._trail.changing(principal) as notes:
            if not self._roles.update_role(after):
                raise NotFoundError(f"The custom role {before.key} has just been deleted.")
            notes.note(
                "role",
                after.name,
                "updated",
                [Access(action, before.resource) for action in actions],
                before=before.snapshot(),
                after=after.snapshot(),
                comment=comment,
            )
        return after

    def delete_role(self, key_or_id: str, *, principal: Principal | None = None) -> None:
        """Delete a role that nobody has.

        Raises:
            NotFoundError: there is none with this key or id that the principal may see.
            ForbiddenError: the principal may see it, and not delete it.
            ConflictError: members or tokens have it; the message names them.
        """
        role = self.get_role(key_or_id, principal=principal)
        if principal is not None:
            principal.require(_DELETE, role.resource)
        with self._trail.changing(principal) as notes:
            holders = self._roles.list_role_holders(role.id)
            if holders:
                raise ConflictError(
                    f"The custom role {role.key} can't be deleted: {_named(holders)} "
                    f"{'has' if len(holders) == 1 else 'have'} it. Take it from them first."
                )
            if self._roles.delete_role(role.id):
                accesses = [Access(_DELETE, role.resource)]
                notes.note("role", role.name, "deleted", accesses, before=role.snapshot())


def find_roles(
    roles: RoleStore, keys_or_ids: Collection[str], *, pointer: str
) -> tuple[CustomRole, ...]:
    """Return the custom roles that keys or ids name, each once, ordered by key.

    Args:
        pointer: where the list stands in a request.

    Raises:
        InvalidRequestError: one of them is not there, or there are too many.
    """
    if len(keys_or_ids) > MAX_ROLES:
        raise InvalidRequestError(f"{MAX_ROLES} custom roles are the most.", pointer=pointer)
    found: dict[str, CustomRole] = {}
    for key_or_id in keys_or_ids:
        role = roles.find_role(key_or_id)
        if role is None:
            raise InvalidRequestError(
                f"There is no custom role {key_or_id[:MAX_KEY_LENGTH]!r}. Name one by its key or id, as the "
                "list of custom roles shows them.",
                pointer=pointer,
            )
        found[role.key] = role
    return tuple(found[key] for key in sorted(found))


def names_others(roles: Collection[CustomRole], keys_or_ids: Collection[str]) -> bool:
    """Tell whether keys or ids name a role that is none of these, be it there or not.

    Whether a role is there is not for everybody to know: whoever may not give one is refused before it
    is looked for.
    """
    return not {name for role in roles for name in (role.key, role.id)}.issuperset(keys_or_ids)


def _may_see(principal: Principal, role: CustomRole) -> bool:
    return any(principal.allows(action, role.resource) for action in _SEEN_BY)


def _named(holders: Sequence[str]) -> str:
    """Return names in a row, the last ones as their number where there are many."""
    shown, more = holders[:_SHOWN_HOLDERS], len(holders) - _SHOWN_HOLDERS
    return ", ".join([*shown, *([f"and {more:,} more"] if more > 0 else [])])


def _actions(before: CustomRole, after: CustomRole) -> list[str]:
    """Return the actions that make one role of the other."""
    changed = (
        ("updateName", before.name != after.name),
        ("updateDescription", before.description != after.description),
        ("updatePolicy", before.policy != after.policy),
        ("updateBasePermissions", before.base_permissions is not after.base_permissions),
    )
    return [action for action, is_changed in changed if is_changed]


def _check(role: CustomRole) -> None:
    """Check what a role is, whoever made it so."""
    _check_key(role.key)
    check_name(role.name, "role")
    check_text(
        role.description,
        "A role's description",
        "/description",
        max_length=MAX_DESCRIPTION_LENGTH,
    )
    if len(role.policy.statements) > MAX_STATEMENTS:
        raise InvalidRequestError(
            f"A role's policy has at most {MAX_STATEMENTS:,} statements.", pointer="/policy"
        )
    if role.resource_category not in (None, *RESOURCE_CATEGORIES):
        raise InvalidRequestError(
            f"resourceCategory is one of {', '.join(RESOURCE_CATEGORIES)}.",
            pointer="/resourceCategory",
        )


def _check_key(key: str) -> None:
    check_key(key, "role")
    if key in _RESERVED or _ID.fullmatch(key):
        what = "a built-in role's name" if key in _RESERVED else "like an id"
        raise InvalidRequestError(
            f"A role's key can't be {key!r}, which is {what}.", pointer="/key"
        )
