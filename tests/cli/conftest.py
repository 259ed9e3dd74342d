"""Commands over real stores: SQLite and RocksDB in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.accounts.installation import ensure_installation
from muster.accounts.members import MemberService
from muster.accounts.project_environments import EnvironmentService
from muster.accounts.projects import ProjectService
from muster.accounts.roles import RoleService
from muster.accounts.tokens import TokenService
from muster.audit.service import AuditService
from muster.audit.trail import AuditTrail
from muster.cli.runtime import Tools
from muster.configurations.integrations.service import IntegrationConfigurationService
from muster.configurations.relay_proxies.service import RelayProxyService
from muster.contexts.kinds import ContextKindService
from muster.contexts.service import ContextService
from muster.core.clock import SystemClock
from muster.segments.service import SegmentService
from muster.storage.rocksdb.store import RocksMembershipStore
from muster.storage.sql.accounts import SqlAccountStore
from muster.storage.sql.audit import SqlAuditLog
from muster.storage.sql.context_kinds import SqlContextKindStore
from muster.storage.sql.contexts import SqlContextStore
from muster.storage.sql.engine import open_engine
from muster.storage.sql.integration_configurations import SqlIntegrationConfigurationStore
from muster.storage.sql.members import SqlMemberStore
from muster.storage.sql.relay_proxies import SqlRelayProxyStore
from muster.storage.sql.roles import SqlRoleStore
from muster.storage.sql.segments import SqlSegmentStore
from muster.storage.sql.sync_log import SqlSyncLogStore
from muster.storage.sql.tokens import SqlTokenStore
from muster.storage.sql.transactions import SqlTransactions
from muster.storage.sql.webhooks import SqlWebhookStore
from muster.webhooks.service import WebhookService
from tests.cli.world import RecordingRuntime, World
from tests.configurations.integrations.forms import API_KEY, REGION, form


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A new installation without segments; no variable of Muster's is set."""
    for name in ("MUSTER_PROJECT", "MUSTER_ENVIRONMENT", "MUSTER_TRACEBACK", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    clock = SystemClock()
    engine = open_engine(f"sqlite:///{tmp_path / 'muster.db'}")
    memberships = RocksMembershipStore.open(tmp_path / "memberships")
    try:
        accounts = SqlAccountStore(engine)
        segments = SqlSegmentStore(engine)
        token_store = SqlTokenStore(engine)
        members, roles = SqlMemberStore(engine), SqlRoleStore(engine)
        audit_log = SqlAuditLog(engine)
        trail = AuditTrail(audit_log, SqlTransactions(engine), clock)
        created = ensure_installation(accounts, clock, None)
        assert created is not None
        projects = ProjectService(accounts, trail, clock)
        webhooks = SqlWebhookStore(engine)
        environments = EnvironmentService(accounts, projects, trail, clock)
        contexts = SqlContextStore(engine)
        tools = Tools(
            accounts=accounts,
            projects=projects,
            environments=environments,
            audit=AuditService(audit_log),
            tokens=TokenService(token_store, members, roles, trail, clock),
            roles=RoleService(roles, trail, clock),
            members=MemberService(members, roles, token_store, trail, clock),
            webhooks=WebhookService(webhooks, webhooks, trail, clock, private_addresses=False),
            relay_proxies=RelayProxyService(SqlRelayProxyStore(engine), trail, clock),
            integration_configurations=IntegrationConfigurationService(
                SqlIntegrationConfigurationStore(engine),
                lambda key: form(REGION, API_KEY) if key == "acme" else None,
                trail,
                clock,
            ),
            segments=SegmentService(segments, memberships),
            contexts=ContextService(environments, contexts, contexts, memberships),
            context_kinds=ContextKindService(
                SqlContextKindStore(engine), contexts, projects, environments, trail, clock
            ),
            sync_log=SqlSyncLogStore(engine),
        )
        yield World(
            created, segments, memberships, token_store, RecordingRuntime(tools), clock.now()
        )
    finally:
        memberships.close()
        engine.dispose()
