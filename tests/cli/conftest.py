"""Commands over real stores: SQLite and RocksDB in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.audit.trail import AuditTrail
from muster.bootstrap.container import Container
from muster.bootstrap.settings import load_settings
from muster.cli.runtime import LocalTools
from muster.configurations.integrations.service import IntegrationConfigurationService
from muster.storage.sql.audit import SqlAuditLog
from muster.storage.sql.integration_configurations import SqlIntegrationConfigurationStore
from muster.storage.sql.segments import SqlSegmentStore
from muster.storage.sql.sync_log import SqlSyncLogStore
from muster.storage.sql.tokens import SqlTokenStore
from muster.storage.sql.transactions import SqlTransactions
from muster.sync.catalog import Catalog
from tests.cli.server import serving
from tests.cli.world import RecordingRuntime, World
from tests.configurations.integrations.forms import API_KEY, REGION, form
from tests.sqlite import new_control_store

VARIABLES = (
    *("MUSTER_PROJECT", "MUSTER_ENVIRONMENT", "MUSTER_TRACEBACK", "FORCE_COLOR"),
    *("MUSTER_URL", "MUSTER_TOKEN"),
)


@pytest.fixture
def world(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """A new installation without segments; no variable of Muster's is set but those that name its server.

    Commands work on its data directory, or if the parameter is `remote`, on its server and nothing else;
    with `remote and local`, a flag such as --data-dir leads to the data directory.
    """
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    how = getattr(request, "param", "local")
    # Commands read the catalog themselves, and nothing is synced.
    new_control_store(tmp_path)
    container = Container.open(load_settings(data_dir=tmp_path), read=lambda: (Catalog(), ()))
    try:
        world = new_world(container, remote=how != "local")
        if not world.remote:
            yield world
            return
        with serving(container) as url:
            monkeypatch.setenv("MUSTER_URL", url)
            monkeypatch.setenv("MUSTER_TOKEN", world.created.token.reveal())
            yield world
        assert how != "remote" or "open_tools" not in [what for what, _ in world.runtime.asked]
    finally:
        container.close()


def new_world(container: Container, *, remote: bool) -> World:
    """Return the world of an installation that has just been made."""
    assert container.new_installation is not None
    engine = container.engine
    tools = LocalTools(
        accounts=container.accounts,
        projects=container.projects,
        environments=container.project_environments,
        audit=container.audit,
        tokens=container.tokens,
        roles=container.roles,
        members=container.members,
        webhooks=container.webhooks,
        relay_proxies=container.relay_proxies,
        integration_configurations=IntegrationConfigurationService(
            SqlIntegrationConfigurationStore(engine),
            lambda key: form(REGION, API_KEY) if key == "acme" else None,
            AuditTrail(SqlAuditLog(engine), SqlTransactions(engine), container.clock),
            container.clock,
        ),
        segments=container.segments,
        contexts=container.contexts,
        context_kinds=container.context_kinds,
        sync_log=SqlSyncLogStore(engine),
    )
    return World(
        container.new_installation,
        SqlSegmentStore(engine),
        container.memberships,
        SqlTokenStore(engine),
        RecordingRuntime(tools),
        container.clock.now(),
        remote,
    )
