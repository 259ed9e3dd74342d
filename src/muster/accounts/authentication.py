"""Who makes a request: the principal behind an access token."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Protocol

from muster.access.principal import Principal
from muster.accounts.fresh_cache import FreshCache
from muster.accounts.model import AccessToken, Member, TokenKind
from muster.accounts.store import MemberStore, TokenStore
from muster.core.clock import Clock
from muster.core.errors import MusterError, UnauthenticatedError
from muster.core.ids import TokenId

MAX_CREDENTIAL_LENGTH: Final = 512

_SCHEMES: Final = frozenset({"bearer", "basic", "digest", "token", "apikey", "api_key", "key"})
_CREDENTIAL: Final = re.compile(r"[!-~]+")
_CLIENT_SIDE_ID: Final = re.compile(r"[0-9a-fA-F]{24}")
_OTHER_CREDENTIALS: Final = {"sdk-": "an SDK key", "mob-": "a mobile key"}
_HOW: Final = "Send an access token, bare, as the Authorization header: 'Authorization: api-...'."


@dataclass(frozen=True, slots=True)
class _Identity:
    """A token that the store knows, and the principal that it makes."""

    token_hash: str
    expires_at: datetime | None
    principal: Principal


class Authenticator:
    """Finds the principal of a request, from one event loop.

    Tokens are looked up by their SHA-256, in memory first. What is remembered is at most a second old,
    so a token that is deleted stops working within a second, on every node.
    """

    def __init__(self, tokens: TokenStore, members: MemberStore, clock: Clock) -> None:
        self._tokens = tokens
        self._members = members
        self._clock = clock
        self._cache = FreshCache(self._load, clock)
        self._used_at: dict[TokenId, datetime] = {}

    def cached(self, credential: str | None) -> Principal | None:
        """Return the principal where memory has it; else `authenticate` may find it all the same.

        Args:
            credential: the value of the request's Authorization header, None where it has none.
        """
        if not credential or len(credential) > MAX_CREDENTIAL_LENGTH or not credential.isascii():
            return None
        token_hash = sha256(credential.encode()).hexdigest()
        now = self._clock.now()
        return self._accept(self._cache.cached(token_hash, now), token_hash, now)

    async def authenticate(self, credential: str | None) -> Principal:
        """Return the principal of a request.

        Args:
            credential: the value of the request's Authorization header, None where it has none.

        Raises:
            UnauthenticatedError: there is no token, or nobody is known by it.
            UnavailableError: the store can't be read.
        """
        credential = _check_shape(credential)
        token_hash = sha256(credential.encode()).hexdigest()
        identity = await self._cache.find(token_hash)
        now = self._clock.now()
        principal = self._accept(identity, token_hash, now)
        if principal is None:
            raise UnauthenticatedError(_why_unknown(credential, identity))
        return principal

    async def flush_token_uses(self) -> None:
        """Write down when tokens were last used; what a failing store refuses is kept for next time.

        Raises:
            UnavailableError: the store can't be written.
        """
        used_at, self._used_at = self._used_at, {}
        if not used_at:
            return
        try:
            await asyncio.to_thread(self._tokens.record_token_use, used_at)
        except MusterError:
            self._used_at = used_at | self._used_at
            raise

    def _accept(
        self, identity: _Identity | None, token_hash: str, now: datetime
    ) -> Principal | None:
        if (
            identity is None
            or not compare_digest(identity.token_hash, token_hash)
            or (identity.expires_at is not None and identity.expires_at <= now)
        ):
            return None
        principal = identity.principal
        self._used_at[principal.token_id] = now
        return principal

    def _load(self, token_hash: str) -> _Identity | None:
        token = self._tokens.find_token_by_hash(token_hash)
        if token is None:
            return None
        principal = find_principal(token, self._members)
        return None if principal is None else _Identity(token_hash, token.expires_at, principal)


class MemberFinder(Protocol):
    """Finds members; a `MemberStore` does."""

    def find_member(self, member_id: str) -> Member | None:
        """Return the member with this id."""
        ...


def find_principal(token: AccessToken, members: MemberFinder) -> Principal | None:
    """Return whom requests with a token act as; None where its member is gone.

    Raises:
        UnavailableError: the store can't be read.
    """
    is_personal = token.kind is TokenKind.PERSONAL
    return principal_of(token, members.find_member(token.member_id) if is_personal else None)


def principal_of(token: AccessToken, member: Member | None) -> Principal | None:
    """Return whom requests with a token act as; None for a personal token whose member is gone.

    Args:
        member: whom a personal token acts for; a service token acts for nobody.
    """
    limits = None
    if token.kind is TokenKind.PERSONAL:
        if member is None:
            return None
        limits = member.policies
    return Principal(
        token.id, token.name, token.kind.value, token.member_id, token.policies, limits
    )


def _check_shape(credential: str | None) -> str:
    """Return the credential if it can be a token at all. What it is stays out of every message."""
    if not credential:
        raise UnauthenticatedError(f"The request has no access token. {_HOW}")
    if len(credential) > MAX_CREDENTIAL_LENGTH:
        raise UnauthenticatedError(
            f"The Authorization header has {len(credential)} characters; a token has at most "
            f"{MAX_CREDENTIAL_LENGTH}. {_HOW}"
        )
    scheme, space, _ = credential.partition(" ")
    if space and scheme.lower() in _SCHEMES:
        raise UnauthenticatedError(
            f"The Authorization header begins with the scheme {scheme}. Leave that out. {_HOW}"
        )
    if not _CREDENTIAL.fullmatch(credential):
        raise UnauthenticatedError(
            "The Authorization header holds spaces or characters that no token has; perhaps more than "
            f"the token was copied. {_HOW}"
        )
    return credential


def _why_unknown(credential: str, identity: _Identity | None) -> str:
    if identity is not None and identity.expires_at is not None:
        return (
            f"This access token expired at {identity.expires_at:%Y-%m-%d %H:%M:%S} UTC. "
            "Create another one with `muster token create`."
        )
    looks_like = next(
        (kind for prefix, kind in _OTHER_CREDENTIALS.items() if credential.startswith(prefix)),
        "a client-side ID" if _CLIENT_SIDE_ID.fullmatch(credential) else None,
    )
    if looks_like is not None:
        return f"The Authorization header holds what looks like {looks_like}. {_HOW}"
    return (
        "Nobody is known by this access token: it may have been deleted, or belong to another "
        "installation. Create one with `muster token create`."
    )
