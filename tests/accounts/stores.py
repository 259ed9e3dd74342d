"""An installation in a SQLite file, for the tests of the account's services."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from muster.access.principal import Principal
from muster.access.roles import BuiltInRole
from muster.accounts.authentication import find_principal
from muster.accounts.installation import NewInstallation, ensure_installation
from muster.accounts.members import MemberService
from muster.accounts.model import AccessToken, Environment, TokenKind
from muster.accounts.project_environments import EnvironmentService
from muster.accounts.projects import ProjectService
from muster.accounts.roles import RoleService
from muster.accounts.tokens import NewToken, TokenService
from muster.audit.trail import AuditTrail
from muster.core.errors import UnavailableError
from muster.core.ids import TokenId
from muster.storage.sql.accounts import SqlAccountStore
from muster.storage.sql.audit import SqlAuditLog
from muster.storage.sql.engine import open_engine
from muster.storage.sql.members import SqlMemberStore
from muster.storage.sql.roles import SqlRoleStore
from muster.storage.sql.tokens import SqlTokenStore
from muster.storage.sql.transactions import SqlTransactions
from tests.clock import FakeClock
from tests.sqlite import new_control_store


class CountingTokenStore(SqlTokenStore):
    """A store that counts what it is asked, and fails when it is told to."""

    lookups = 0
    fails = False

    def find_token_by_hash(self, token_hash: str) -> AccessToken | None:
        """Count, and look."""
        self.lookups += 1
        self._fail_if_told()
        return super().find_token_by_hash(token_hash)

    def record_token_use(self, used_at: Mapping[TokenId, datetime]) -> None:
        """Record, unless told to fail."""
        self._fail_if_told()
        super().record_token_use(used_at)

    def _fail_if_told(self) -> None:
        if self.fails:
            raise UnavailableError("The disk is gone.")


class CountingAccountStore(SqlAccountStore):
    """A store that counts how often an environment was looked up."""

    lookups = 0

    def find_environment_by_id(self, environment_id: str) -> Environment | None:
        """Count, and look."""
        self.lookups += 1
        return super().find_environment_by_id(environment_id)


class Office:
    """A new installation: its stores, its token service, and what it began with."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.clock = clock
        self.engine = open_engine(new_control_store(folder))
        self.accounts = CountingAccountStore(self.engine)
        self.token_store = CountingTokenStore(self.engine)
        self.audit_log = SqlAuditLog(self.engine)
        self.member_store = SqlMemberStore(self.engine)
        self.role_store = SqlRoleStore(self.engine)
        self.trail = trail = AuditTrail(self.audit_log, SqlTransactions(self.engine), clock)
        self.projects = ProjectService(self.accounts, trail, clock)
        self.environments = EnvironmentService(self.accounts, self.projects, trail, clock)
        self.tokens = TokenService(
            self.token_store, self.member_store, self.role_store, trail, clock
        )
        self.roles = RoleService(self.role_store, trail, clock)
        self.members = MemberService(
            self.member_store, self.role_store, self.token_store, trail, clock
        )
        created = ensure_installation(self.accounts, clock, None)
        assert created is not None
        self.created: NewInstallation = created

    def make_token(
        self, role: BuiltInRole = BuiltInRole.WRITER, kind: TokenKind = TokenKind.SERVICE
    ) -> NewToken:
        """Make a token as the operator does."""
        return self.tokens.create_token("a token", kind, role=role)

    def principal(self, role: BuiltInRole, kind: TokenKind = TokenKind.SERVICE) -> Principal:
        """Return the principal of a new token."""
        token = self.make_token(role, kind).token
        principal = find_principal(token, self.member_store)
        assert principal is not None
        return principal
