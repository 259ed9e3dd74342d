"""What the account's services need of a store. Implementations live under `storage/`.

Every method may block on a disk or a network: call it from a worker thread, not from the event loop.
`find_x` returns None where `get_x` would raise.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from muster.accounts.model import AccessToken, Account, Environment, Member, Project
from muster.core.ids import MemberId, TokenId
from muster.core.paging import Page, PageRequest


class AccountStore(Protocol):
    """Keeps the account, its members, its projects and their environments."""

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

    def find_project(self, key: str) -> Project | None:
        """Return the project with this key."""
        ...

    def list_projects(self, page: PageRequest) -> Page[Project]:
        """Return projects, ordered by key."""
        ...

    def find_environment(self, project_key: str, key: str) -> Environment | None:
        """Return a project's environment by its key."""
        ...

    def find_environment_by_id(self, environment_id: str) -> Environment | None:
        """Return the environment with this client-side ID."""
        ...

    def list_environments(self, project_key: str, page: PageRequest) -> Page[Environment]:
        """Return a project's environments, ordered by creation, then by key."""
        ...

    def find_member(self, member_id: MemberId) -> Member | None:
        """Return the member of the account with this id."""
        ...

    def find_member_by_email(self, email: str) -> Member | None:
        """Return the member of the account with this e-mail address (compared without case)."""
        ...


class TokenStore(Protocol):
    """Keeps access tokens."""

    def create_token(self, token: AccessToken, token_hash: str) -> None:
        """Store a new token.

        Raises:
            ConflictError: a token with this hash exists.
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

    def update_token(self, token: AccessToken) -> bool:
        """Store what has changed of a token but for its secret; tell whether it is still there."""
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
