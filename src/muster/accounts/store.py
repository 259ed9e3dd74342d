"""What the account's services need of a store. Implementations live under `storage/`.

Every method may block on a disk or a network: call it from a worker thread, not from the event loop.
`find_x` returns None where `get_x` would raise.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from muster.accounts.model import AccessToken, Account, CustomRole, Environment, Member, Project
from muster.accounts.project_store import ProjectStore
from muster.core.ids import MemberId, RoleId, TokenId
from muster.core.paging import Page, PageRequest


class AccountStore(ProjectStore, Protocol):
    """Keeps the account, its projects and their environments."""

    def find_account(self) -> Account | None:
        """Return the installation's account, or None before the first start."""
        ...

    def create_account(
        self,
        account: Account,
        member: Member,
        project: Project,
        environments: Collection[Environment],
        token: AccessToken,
        token_hash: str,
    ) -> None:
        """Create all that a new installation starts with, in one transaction.

        Raises:
            ConflictError: the installation has an account already; nothing is created.
        """
        ...


class RoleStore(Protocol):
    """Keeps custom roles."""

    def create_role(self, role: CustomRole) -> None:
        """Store a new role.

        Raises:
            ConflictError: a role with this key exists.
        """
        ...

    def find_role(self, key_or_id: str) -> CustomRole | None:
        """Return the role with this key or this id."""
        ...

    def list_roles(self, page: PageRequest) -> Page[CustomRole]:
        """Return roles, ordered by key."""
        ...

    def update_role(self, role: CustomRole) -> bool:
        """Store what has changed of a role; tell whether it is still there."""
        ...

    def delete_role(self, role_id: RoleId) -> bool:
        """Delete a role; tell whether there was one.

        Raises:
            ConflictError: a member or a token has it.
        """
        ...

    def list_role_holders(self, role_id: RoleId) -> Sequence[str]:
        """Return who has a role, in words: the e-mail addresses of members, the names of tokens."""
        ...


class MemberStore(Protocol):
    """Keeps the members of the account."""

    def create_member(self, member: Member) -> None:
        """Store a new member.

        Raises:
            ConflictError: a member with this e-mail address exists, or one of its roles is gone.
        """
        ...

    def find_member(self, member_id: str) -> Member | None:
        """Return the member with this id."""
        ...

    def find_member_by_email(self, email: str) -> Member | None:
        """Return the member with this e-mail address (compared without case)."""
        ...

    def find_first_admin(self) -> Member | None:
        """Return the member who has been here longest of those with the role admin."""
        ...

    def list_members(self, page: PageRequest) -> Page[Member]:
        """Return members, in the order in which they came."""
        ...

    def lock_admins(self) -> Sequence[MemberId]:
        """Return the members with the role admin; they stay so until the transaction that holds ends."""
        ...

    def update_member(self, member: Member) -> bool:
        """Store what has changed of a member; tell whether it is still there.

        Raises:
            ConflictError: one of its roles is gone.
        """
        ...

    def delete_member(self, member_id: MemberId) -> bool:
        """Delete a member; tell whether there was one. Its tokens stay."""
        ...


class TokenStore(Protocol):
    """Keeps access tokens."""

    def create_token(self, token: AccessToken, token_hash: str) -> None:
        """Store a new token.

        Raises:
            ConflictError: a token with this hash exists, or one of its roles is gone.
        """
        ...

    def find_token_by_hash(self, token_hash: str) -> AccessToken | None:
        """Return the token whose secret has this SHA-256 hash, also when it has expired."""
        ...

    def find_token(self, token_id: str) -> AccessToken | None:
        """Return the token with this id."""
        ...

    def list_tokens(self, page: PageRequest) -> Page[AccessToken]:
        """Return tokens, newest first."""
        ...

    def list_personal_tokens(self, member_id: MemberId) -> Sequence[AccessToken]:
        """Return all tokens that act for a member."""
        ...

    def update_token(self, token: AccessToken) -> bool:
        """Store what has changed of a token but for its secret; tell whether it is still there.

        Raises:
            ConflictError: one of its roles is gone.
        """
        ...

    def replace_secret(
        self, token: AccessToken, token_hash: str, *, old_secret_until: datetime | None
    ) -> bool:
        """Give a token another secret, and store what has changed; tell whether it is still there.

        Args:
            old_secret_until: until when the secret of before is good, too; None: it is not. One that
                was retired earlier never is.
        """
        ...

    def delete_token(self, token_id: TokenId) -> bool:
        """Delete a token; tell whether there was one."""
        ...

    def record_token_use(self, used_at: Mapping[TokenId, datetime]) -> None:
        """Set when each of these tokens was last used; ids that are gone are passed over."""
        ...


class EnvironmentDirectory(Protocol):
    """Finds an environment by its client-side ID without blocking; what the hot paths ask."""

    def cached(self, environment_id: str, now: datetime) -> Environment | None:
        """Return the environment if it is in memory and fresh; it may exist all the same."""
        ...

    async def find(self, environment_id: str) -> Environment | None:
        """Return the environment with this client-side ID."""
        ...
