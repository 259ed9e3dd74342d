"""Access tokens: made, listed, deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypedDict

from muster.access.explanation import Explanation, explain
from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.resources import Resource
from muster.access.roles import BuiltInRole
from muster.accounts.authentication import find_principal
from muster.accounts.model import AccessToken, TokenKind
from muster.accounts.roles import find_roles, names_others
from muster.accounts.store import MemberStore, RoleStore, TokenStore
from muster.accounts.visible import visible_page
from muster.audit.model import Access
from muster.audit.trail import AuditTrail
from muster.core.clock import Clock
from muster.core.errors import ForbiddenError, InvalidRequestError, NotFoundError
from muster.core.ids import MemberId, TokenId, new_id
from muster.core.paging import Page, PageRequest
from muster.core.secrets import Secret, hash_secret, looks_like_access_token, new_access_token
from muster.core.texts import check_text

MAX_TOKEN_NAME_LENGTH: Final = 256
MAX_DESCRIPTION_LENGTH: Final = 2048
_CREATE: Final = "createAccessToken"
_DELETE: Final = "deleteAccessToken"
_RESET: Final = "resetAccessToken"
_UPDATE_POLICY: Final = "updateAccessTokenPolicy"
_CUSTOM_ROLES: Final = "/customRoleIds"


class TokenChanges(TypedDict, total=False):
    """What of a token can be changed: see `AccessToken`. Custom roles are named by key or id."""

    name: str
    description: str
    role: BuiltInRole | None
    inline_policy: Policy | None
    custom_roles: Sequence[str]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made, with the one sight of its secret."""

    token: AccessToken
    secret: Secret


class TokenService:
    """Makes, lists and deletes access tokens. Its methods may block: call them from a worker thread.

    Where a principal is given, what it may not do is refused. None is the installation's operator, who
    is at its machine and may do everything.
    """

    def __init__(
        self,
        tokens: TokenStore,
        members: MemberStore,
        roles: RoleStore,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._tokens = tokens
        self._members = members
        self._roles = roles
        self._trail = trail
        self._clock = clock

    def create_token(  # noqa: PLR0913 - all but two of them are named
        self,
        name: str,
        kind: TokenKind,
        *,
        description: str = "",
        role: BuiltInRole | None = None,
        inline_policy: Policy | None = None,
        custom_roles: Sequence[str] = (),
        expires_at: datetime | None = None,
        member: str | None = None,
        principal: Principal | None = None,
    ) -> NewToken:
        """Make a token of the principal's member; when the operator asks, of whomever they name.

        Args:
            name: what people know the token by: 1 to 256 characters.
            kind: whether it acts for the member or for nobody but itself.
            role: a built-in role; one of this, `inline_policy` and `custom_roles` is given.
            inline_policy: what it may do, where no role fits.
            custom_roles: keys or ids of custom roles.
            expires_at: from then on it is worth nothing; None for never.
            member: id or e-mail address of the member whose it is, for the operator to say; None for the
                first admin.
            principal: who asks; None for the operator.

        Raises:
            NotFoundError: there is no such member.
            InvalidRequestError: the name is empty, too long or not printable; not one of role, policy
                and custom roles is given; a custom role is not there; or the expiry is not in the future.
            ForbiddenError: the principal may not make tokens, or none that may do so much.
        """
        now = self._clock.now()
        secret = new_access_token()
        token = AccessToken(
            id=TokenId(new_id()),
            name=name.strip(),
            kind=kind,
            member_id=self._owner(principal, member),
            role=role,
            inline_policy=inline_policy,
            ending=secret.ending,
            created_at=now,
            expires_at=expires_at,
            last_used_at=None,
            description=description,
        )
        if principal is not None:
            principal.require(_CREATE, token.resource)
        roles = find_roles(self._roles, custom_roles, pointer=_CUSTOM_ROLES)
        token = replace(token, custom_roles=roles)
        _check(token)
        _check_future(expires_at, now)
        if principal is not None:
            _check_gives_no_more(principal, token)
        with self._trail.changing(principal) as notes:
            self._tokens.create_token(token, hash_secret(secret.reveal()))
            accesses = [Access(_CREATE, token.resource)]
            notes.note("token", token.name, "created", accesses, after=token.snapshot())
        return NewToken(token, secret)

    def list_tokens(
        self, page: PageRequest, *, principal: Principal | None = None
    ) -> Page[AccessToken]:
        """Return tokens, newest first; to a principal those of its member and those that it may delete.

        A service token has no member: it sees none of whoever made it.
        """
        if principal is None:
            return self._tokens.list_tokens(page)
        return visible_page(
            self._tokens.list_tokens, lambda token: _may_see(principal, token), page
        )

    def get_token(self, token_id: str, *, principal: Principal | None = None) -> AccessToken:
        """Return a token.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
        """
        if looks_like_access_token(token_id):
            # It stays out of the message, which may be logged.
            raise NotFoundError(
                "What was given is a token's secret. Name a token by its id, which the list of tokens shows."
            )
        token = self._tokens.find_token(token_id)
        if token is None or not (principal is None or _may_see(principal, token)):
            raise NotFoundError(
                f"There is no access token with the id {token_id[:64]!r}, or it is not yours to see."
            )
        return token

    def delete_token(self, token_id: str, *, principal: Principal | None = None) -> None:
        """Delete a token; it stops working within a second.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
            ForbiddenError: the principal may see it, and not delete it.
        """
        token = self.get_token(token_id, principal=principal)
        if principal is not None:
            principal.require(_DELETE, token.resource)
        with self._trail.changing(principal) as notes:
            if self._tokens.delete_token(token.id):
                accesses = [Access(_DELETE, token.resource)]
                notes.note("token", token.name, "deleted", accesses, before=token.snapshot())

    def update_token(
        self,
        token_id: str,
        changes: TokenChanges,
        *,
        comment: str = "",
        principal: Principal | None = None,
    ) -> AccessToken:
        """Change a token; what it may do changes within a second.

        Args:
            changes: what is to be another; what is given and is so already is no change.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
            ForbiddenError: the principal may not change this of it, or would give it more than itself.
            InvalidRequestError: a value is not valid; or it would not have one of role, policy and
                custom roles.
        """
        before = self.get_token(token_id, principal=principal)
        if principal is not None and names_others(
            before.custom_roles, changes.get("custom_roles", ())
        ):
            principal.require(_UPDATE_POLICY, before.resource)
        after = self._changed(before, changes)
        actions = _actions(before, after)
        if not actions:
            return before
        _check(after)
        if after.expires_at != before.expires_at:
            _check_future(after.expires_at, self._clock.now())
        if principal is not None:
            for action in actions:
                principal.require(action, before.resource)
            if _UPDATE_POLICY in actions:
                _check_gives_no_more(principal, after)
        after = replace(after, modified_at=self._clock.now())
        with self._trail.changing(principal) as notes:
            if not self._tokens.update_token(after):
                raise NotFoundError(f"The access token {token_id} has just been deleted.")
            accesses = [Access(action, before.resource) for action in actions]
            notes.note(
                "token",
                after.name,
                "updated",
                accesses,
                before=before.snapshot(),
                after=after.snapshot(),
                comment=comment,
            )
        return after

    def reset_token(
        self,
        token_id: str,
        *,
        old_secret_until: datetime | None = None,
        principal: Principal | None = None,
    ) -> NewToken:
        """Give a token another secret; it stays the same token.

        Args:
            old_secret_until: until when the secret of before is good, too; None: it stops working within
                a second.

        Raises:
            NotFoundError: there is none with this id that the principal may see.
            ForbiddenError: the principal may not reset it, or it can do more than the principal.
            InvalidRequestError: the moment is not in the future.
        """
        before = self.get_token(token_id, principal=principal)
        now = self._clock.now()
        _check_future(old_secret_until, now)
        if principal is not None:
            principal.require(_RESET, before.resource)
            _check_gives_no_more(principal, before)
        secret = new_access_token()
        after = replace(before, ending=secret.ending, modified_at=now)
        with self._trail.changing(principal) as notes:
            is_there = self._tokens.replace_secret(
                after, hash_secret(secret.reveal()), old_secret_until=old_secret_until
            )
            if not is_there:
                raise NotFoundError(f"The access token {token_id} has just been deleted.")
            accesses = [Access(_RESET, before.resource)]
            notes.note(
                "token",
                after.name,
                "reset",
                accesses,
                before=before.snapshot(),
                after=after.snapshot(),
            )
        return NewToken(after, secret)

    def explain(self, token_id: str, action: str, resource: Resource) -> Explanation:
        """Return why requests with a token may do something, or may not; the token may have expired.

        Raises:
            NotFoundError: there is no such token, or the member that it acts for is gone.
        """
        token = self.get_token(token_id)
        principal = find_principal(token, self._members)
        if principal is None:
            raise NotFoundError(
                f"The member that the token {token.name!r} acts for is gone: it may do nothing."
            )
        return explain(principal, action, resource)

    def _changed(self, token: AccessToken, changes: TokenChanges) -> AccessToken:
        values: dict[str, Any] = {**changes}
        if "custom_roles" in changes:
            values["custom_roles"] = find_roles(
                self._roles, changes["custom_roles"], pointer=_CUSTOM_ROLES
            )
        return replace(token, **values)

    def _owner(self, principal: Principal | None, named: str | None) -> MemberId:
        if principal is not None:
            return principal.member_id
        if named is not None:
            member = self._members.find_member(named) or self._members.find_member_by_email(named)
            if member is None:
                raise NotFoundError(
                    f"There is no member {named[:64]!r}. `muster members list` shows those there are."
                )
            return member.id
        admin = self._members.find_first_admin()
        if admin is None:
            raise NotFoundError(
                "This installation has no account yet: start it once with `muster serve`."
            )
        return admin.id


def _may_see(principal: Principal, token: AccessToken) -> bool:
    acts_for_a_member = principal.kind == TokenKind.PERSONAL  # a service token: only for itself
    own = token.kind is TokenKind.PERSONAL and token.member_id == principal.member_id
    return (acts_for_a_member and own) or principal.allows(_DELETE, token.resource)


def _check(token: AccessToken) -> None:
    """Check what a token is, whoever made it so."""
    name = token.name
    if not 1 <= len(name.strip()) <= MAX_TOKEN_NAME_LENGTH or not name.isprintable():
        raise InvalidRequestError(
            f"A token's name has 1 to {MAX_TOKEN_NAME_LENGTH} printable characters.",
            pointer="/name",
        )
    check_text(
        token.description,
        "A token's description",
        "/description",
        max_length=MAX_DESCRIPTION_LENGTH,
    )
    given = [token.role is not None, token.inline_policy is not None, bool(token.custom_roles)]
    if sum(given) != 1:
        found = "more than one was" if any(given) else "none was"
        raise InvalidRequestError(
            f"A token has either a role, or a policy, or custom roles; {found} given."
        )


def _check_future(moment: datetime | None, now: datetime) -> None:
    if moment is not None and moment <= now:
        raise InvalidRequestError(
            f"The expiry {moment:%Y-%m-%d %H:%M:%S %Z} is not in the future.", pointer="/expiry"
        )


def _actions(before: AccessToken, after: AccessToken) -> list[str]:
    """Return the actions that make one token of the other."""
    was, is_now = (
        (token.role, token.inline_policy, {role.id for role in token.custom_roles})
        for token in (before, after)
    )
    changed = (
        ("updateAccessTokenName", before.name != after.name),
        ("updateAccessTokenDescription", before.description != after.description),
        (_UPDATE_POLICY, was != is_now),
        ("updateAccessTokenExpiry", before.expires_at != after.expires_at),
    )
    return [action for action, is_changed in changed if is_changed]


def _check_gives_no_more(principal: Principal, token: AccessToken) -> None:
    if not principal.covers(token.given_policies):
        raise ForbiddenError(
            f"The token {principal.name!r} may not make or change a token that could do more than itself. "
            "Give that one the same roles or policy, or a lesser role."
        )
