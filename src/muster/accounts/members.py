"""The members of the account: made, listed, changed, deleted."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, TypedDict

from muster.access.actions import ACTIONS
from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.roles import BuiltInRole
from muster.accounts.model import Member, TokenKind
from muster.accounts.roles import find_roles, names_others
from muster.accounts.store import MemberStore, RoleStore, TokenStore
from muster.accounts.visible import visible_page
from muster.audit.model import Access
from muster.audit.trail import AuditTrail, ChangeNotes
from muster.core.clock import Clock
from muster.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
)
from muster.core.ids import MemberId, new_id
from muster.core.naming import folded, is_part_of_any
from muster.core.paging import Page, PageRequest
from muster.core.sorting import SortFields, SortKey, sorted_by

ME: Final = "me"
"""In the place of an id: the member that a personal token acts for."""
MAX_NEW_MEMBERS: Final = 50
MAX_EMAIL_LENGTH: Final = 254
MAX_NAME_LENGTH: Final = 256

_CREATE: Final = "createMember"
_DELETE: Final = "deleteMember"
_UPDATE_CUSTOM_ROLE: Final = "updateCustomRole"
_DELETE_TOKEN: Final = "deleteAccessToken"
_SEEN_BY: Final = tuple(sorted(ACTIONS["member"]))
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_SORTED_BY: Final["SortFields[Member]"] = {
    "displayName": lambda member: member.display_name.casefold(),
    "lastSeen": lambda member: member.last_seen_at or _NEVER,
}
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class NewMember:
    """A member to be made.

    Attributes:
        role: None for none: custom roles alone say what they may do.
        custom_roles: keys or ids.
    """

    email: str
    role: BuiltInRole | None = None
    custom_roles: Sequence[str] = ()
    first_name: str = ""
    last_name: str = ""


class MemberChanges(TypedDict, total=False):
    """What of a member can be changed: see `Member`. Custom roles are named by key or id."""

    role: BuiltInRole | None
    custom_roles: Sequence[str]
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members are wanted: those for which all that is given holds.

    Attributes:
        text: is part of the e-mail address or the name, in whatever case.
        roles: has one of these: built-in roles, `no_access`, keys or ids of custom roles.
        emails: has one of these addresses, in whatever case.
        ids: is one of these.
        not_seen_since: was not seen from then on, or never.
        never_seen: was never seen.
    """

    text: str = ""
    roles: frozenset[str] | None = None
    emails: frozenset[str] | None = None
    ids: frozenset[str] | None = None
    not_seen_since: datetime | None = None
    never_seen: bool = False

    def matches(self, member: Member) -> bool:
        """Tell whether a member is wanted."""
        names = (member.email, f"{member.first_name} {member.last_name}")
        has = {
            member.role_name,
            *(name for one in member.custom_roles for name in (one.key, one.id)),
        }
        return (
            is_part_of_any(self.text, *names)
            and (self.roles is None or not self.roles.isdisjoint(has))
            and (self.emails is None or member.email.casefold() in folded(self.emails))
            and (self.ids is None or member.id in self.ids)
            and self._matches_last_seen(member.last_seen_at)
        )

    def _matches_last_seen(self, seen_at: datetime | None) -> bool:
        if seen_at is None:
            return True
        return not self.never_seen and (
            self.not_seen_since is None or seen_at < self.not_seen_since
        )


class MemberService:
    """Makes, lists, changes and deletes members. Its methods may block: call them from a worker thread.

    Where a principal is given, what it may not do is refused, and a member whom it may neither view nor
    change, and who is not its own, is treated as one that does not exist. None is the installation's
    operator.
    """

    def __init__(
        self,
        members: MemberStore,
        roles: RoleStore,
        tokens: TokenStore,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._members = members
        self._roles = roles
        self._tokens = tokens
        self._trail = trail
        self._clock = clock

    def create_members(
        self, wanted: Sequence[NewMember], *, principal: Principal | None = None
    ) -> Sequence[Member]:
        """Make members: all of them or none.

        Raises:
            InvalidRequestError: there are none or more than 50, one is not valid, or has an e-mail
                address that another has.
            ForbiddenError: the principal may not make members, or none that may do so much.
        """
        if not 1 <= len(wanted) <= MAX_NEW_MEMBERS:
            raise InvalidRequestError(
                f"1 to {MAX_NEW_MEMBERS} members can be made at once; {len(wanted)} were given."
            )
        made = [self._make(one, f"/{place}", principal) for place, one in enumerate(wanted)]
        with self._trail.changing(principal) as notes:
            for place, member in enumerate(made):
                if self._members.find_member_by_email(member.email) is not None:
                    raise InvalidRequestError(
                        f"There is a member {member.email} already.", pointer=f"/{place}/email"
                    )
                self._members.create_member(member)
                accesses = [Access(_CREATE, member.resource)]
                notes.note("member", member.email, "created", accesses, after=member.snapshot())
        return made

    def list_members(
        self,
        page: PageRequest,
        wanted: MemberFilter = MemberFilter(),
        sort: Sequence[SortKey] = (),
        *,
        principal: Principal | None = None,
    ) -> Page[Member]:
        """Return the members that are wanted and that the principal may see, as they came.

        Args:
            sort: another order: by `displayName` or `lastSeen`; whoever was never seen comes first.

        Raises:
            InvalidRequestError: members can't be sorted by one of these.
        """
        return visible_page(
            self._members.list_members,
            lambda member: wanted.matches(member) and _may_see(principal, member),
            page,
            lambda members: sorted_by(members, sort, _SORTED_BY),
        )

    def get_member(self, member_id: str, *, principal: Principal | None = None) -> Member:
        """Return a member.

        Args:
            member_id: an id, an e-mail address where the operator asks, or `ME`.

        Raises:
            NotFoundError: there is none such that the principal may see, or a service token, which acts
                for nobody, asks for `ME`.
        """
        member = self._find(member_id, principal)
        if member is None or not _may_see(principal, member):
            raise NotFoundError(
                f"There is no member {member_id[:64]!r}, or they are not yours to see."
            )
        return member

    def update_member(
        self,
        member_id: str,
        changes: MemberChanges,
        *,
        comment: str = "",
        principal: Principal | None = None,
    ) -> Member:
        """Change a member; what their personal tokens may do changes within a second.

        Args:
            changes: what is to be another; what is given and is so already is no change.

        Raises:
            NotFoundError: there is no such member that the principal may see.
            ForbiddenError: the principal may not change this of them, or would give them more than
                itself.
            InvalidRequestError: a value is not valid.
            ConflictError: nobody would be an admin any more.
        """
        before = self.get_member(member_id, principal=principal)
        if principal is not None and names_others(
            before.custom_roles, changes.get("custom_roles", ())
        ):
            principal.require(_UPDATE_CUSTOM_ROLE, before.resource)
        after = self._changed(before, changes)
        actions = _actions(before, after)
        if not actions:
            return before
        _check(after, "")
        if principal is not None:
            for action in actions:
                principal.require(action, before.resource)
            _check_gives_no_more(principal, before, after)
        with self._trail.changing(principal) as notes:
            if after.role is not BuiltInRole.ADMIN:
                self._check_not_last_admin(before.id)
            if not self._members.update_member(after):
                raise NotFoundError(f"The member {before.email} has just been deleted.")
            notes.note(
                "member",
                after.email,
                "updated",
                [Access(action, before.resource) for action in actions],
                before=before.snapshot(),
                after=after.snapshot(),
                comment=comment,
            )
        return after

    def check_custom_roles(self, keys_or_ids: Sequence[str]) -> None:
        """Check that members could have these custom roles.

        Raises:
            InvalidRequestError: one of them is not there, or there are too many.
        """
        find_roles(self._roles, keys_or_ids, pointer="/customRoles")

    def delete_member(self, member_id: str, *, principal: Principal | None = None) -> None:
        """Delete a member and their personal tokens; service tokens that they made stay.

        Raises:
            NotFoundError: there is no such member that the principal may see.
            ForbiddenError: the principal may see them, and not delete them.
            ConflictError: they are the last admin.
        """
        member = self.get_member(member_id, principal=principal)
        if principal is not None:
            principal.require(_DELETE, member.resource)
        with self._trail.changing(principal) as notes:
            self._check_not_last_admin(member.id)
            if not self._members.delete_member(member.id):
                return
            self._delete_tokens(member.id, notes)
            accesses = [Access(_DELETE, member.resource)]
            notes.note("member", member.email, "deleted", accesses, before=member.snapshot())

    def _make(self, wanted: NewMember, pointer: str, principal: Principal | None) -> Member:
        member = Member(
            id=MemberId(new_id()),
            email=wanted.email.strip(),
            role=wanted.role,
            created_at=self._clock.now(),
            first_name=wanted.first_name.strip(),
            last_name=wanted.last_name.strip(),
        )
        if principal is not None:
            principal.require(_CREATE, member.resource)
        roles = find_roles(self._roles, wanted.custom_roles, pointer=f"{pointer}/customRoles")
        member = replace(member, custom_roles=roles)
        _check(member, pointer)
        if principal is not None:
            _check_gives_no_more(principal, None, member)
        return member

    def _changed(self, member: Member, changes: MemberChanges) -> Member:
        values: dict[str, Any] = {**changes}
        if "custom_roles" in changes:
            values["custom_roles"] = find_roles(
                self._roles, changes["custom_roles"], pointer="/customRoles"
            )
        return replace(member, **values)

    def _find(self, member_id: str, principal: Principal | None) -> Member | None:
        if principal is None:
            return self._members.find_member(member_id) or self._members.find_member_by_email(
                member_id
            )
        if member_id != ME:
            return self._members.find_member(member_id)
        if principal.kind != TokenKind.PERSONAL:
            raise NotFoundError("This is a service token, which acts for no member.")
        return self._members.find_member(principal.member_id)

    def _delete_tokens(self, member_id: MemberId, notes: ChangeNotes) -> None:
        for token in self._tokens.list_personal_tokens(member_id):
            self._tokens.delete_token(token.id)
            accesses = [Access(_DELETE_TOKEN, token.resource)]
            notes.note("token", token.name, "deleted", accesses, before=token.snapshot())

    def _check_not_last_admin(self, member_id: MemberId) -> None:
        if list(self._members.lock_admins()) == [member_id]:
            raise ConflictError(
                "This is the last member with the role admin. Give that to another first."
            )


def _may_see(principal: Principal | None, member: Member) -> bool:
    if principal is None:
        return True
    own = principal.kind == TokenKind.PERSONAL and member.id == principal.member_id
    return own or any(principal.allows(action, member.resource) for action in _SEEN_BY)


def _actions(before: Member, after: Member) -> list[str]:
    """Return the actions that make one member of the other."""
    had, has = ({role.id for role in one.custom_roles} for one in (before, after))
    names = [(one.first_name, one.last_name) for one in (before, after)]
    changed = (
        ("updateRole", before.role is not after.role),
        (_UPDATE_CUSTOM_ROLE, had != has),
        ("updateName", names[0] != names[1]),
    )
    return [action for action, is_changed in changed if is_changed]


def _check_gives_no_more(principal: Principal, before: Member | None, after: Member) -> None:
    """Check that no role that a member gets allows more than the principal may do.

    That is so also of a role that adds nothing to what they have: they might keep it when that is taken.
    """
    if not principal.covers(list(_new_policies(before, after))):
        raise ForbiddenError(
            f"The token {principal.name!r} may not give a member a role that can do more than itself."
        )


def _new_policies(before: Member | None, after: Member) -> Iterator[Policy]:
    """Yield what the roles allow that a member has after a change and had not before."""
    if after.role is not None and (before is None or after.role is not before.role):
        yield after.role.policy
    had = {role.id for role in before.custom_roles} if before is not None else set()
    for role in after.custom_roles:
        if role.id not in had:
            yield role.whole_policy


def _check(member: Member, pointer: str) -> None:
    """Check what a member is, whoever made it so."""
    if (
        len(member.email) > MAX_EMAIL_LENGTH
        or not member.email.isprintable()
        or not _EMAIL.fullmatch(member.email)
    ):
        raise InvalidRequestError(
            f"{member.email[:64]!r} is no e-mail address: it has one @ between two parts, no spaces, and "
            f"at most {MAX_EMAIL_LENGTH} characters.",
            pointer=f"{pointer}/email",
        )
    for field, name in (("firstName", member.first_name), ("lastName", member.last_name)):
        if len(name) > MAX_NAME_LENGTH or not name.isprintable():
            raise InvalidRequestError(
                f"A name has at most {MAX_NAME_LENGTH} printable characters.",
                pointer=f"{pointer}/{field}",
            )
