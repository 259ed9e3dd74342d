"""An installation in a SQLite file, for the tests of the account's services."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from muster.access.principal import Principal
from muster.access.roles import BuiltInRole
from muster.accounts.installation import NewInstallation, ensure_installation
from muster.accounts.model import AccessToken, Environment, Member, TokenKind
from muster.accounts.tokens import NewToken, TokenService
from muster.audit.trail import AuditTrail
from muster.core.errors import UnavailableError
from muster.core.ids import MemberId, TokenId
from muster.storage.sql.accounts import SqlAccountStore
from muster.storage.sql.audit import SqlAuditLog
from muster.storage.sql.engine import open_engine
from muster.storage.sql.tokens import SqlTokenStore
from muster.storage.sql.transactions import SqlTransactions
from tests.clock import FakeClock


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
    """A store that counts how often an environment was looked up, and can forget its members."""

    lookups = 0
    forgets_members = False

    def find_environment_by_id(self, environment_id: str) -> Environment | None:
        """Count, and look."""
        self.lookups += 1
        return super().find_environment_by_id(environment_id)

    def find_member(self, member_id: MemberId) -> Member | None:
        """Look, unless told that the member is gone."""
        return None if self.forgets_members else super().find_member(member_id)


class Office:
    """A new installation: its stores, its token service, and what it began with."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.clock = clock
        self.engine = open_engine(f"sqlite:///{folder / 'muster.db'}")
        self.accounts = CountingAccountStore(self.engine)
        self.token_store = CountingTokenStore(self.engine)
        self.audit_log = SqlAuditLog(self.engine)
        trail = AuditTrail(self.audit_log, SqlTransactions(self.engine), clock)
        self.tokens = TokenService(self.token_store, self.accounts, trail, clock)
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
        member = self.accounts.find_member(token.member_id)
        assert member is not None
        limits = member.policies if kind is TokenKind.PERSONAL else None
        return Principal(token.id, token.name, kind, token.member_id, token.policies, limits)
