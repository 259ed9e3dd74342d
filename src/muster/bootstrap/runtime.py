"""What the commands run: `muster.cli.runtime.Runtime`, over real settings and stores.

Each method imports what it needs when it is called: most commands start in a third of the time that all
of Muster takes to load.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from muster.core.clock import SystemClock
from muster.core.errors import ConfigurationError

if TYPE_CHECKING:
    from muster.bootstrap.settings import Settings
    from muster.cli.runtime import (
        BackupReport,
        CatalogReport,
        LocalTools,
        Overrides,
        SandboxObserver,
        SandboxOptions,
        Tools,
    )
    from muster.cli.services import SegmentWriter
    from muster.configurations.integrations.form import IntegrationForm
    from muster.core.secrets import Secret
    from muster.manifests.folder import IntegrationFolder
    from muster.sync.recording import Recording


class ProgramRuntime:
    """Implements `Runtime`."""

    def serve(self, overrides: "Overrides") -> None:
        """Run the server until SIGINT or SIGTERM."""
        from muster.bootstrap.logs import configure_logs
        from muster.bootstrap.server import serve
        from muster.bootstrap.settings import load_settings

        settings = load_settings(**overrides)
        configure_logs(settings.log_level, settings.log_format)
        serve(settings)

    @contextmanager
    def open_tools(self, overrides: "Overrides") -> "Iterator[LocalTools]":
        """Open the data directory that the settings name."""
        import tempfile

        from muster.accounts.members import MemberService
        from muster.accounts.project_environments import EnvironmentService
        from muster.accounts.projects import ProjectService
        from muster.accounts.roles import RoleService
        from muster.accounts.tokens import TokenService
        from muster.audit.service import AuditService
        from muster.audit.trail import AuditTrail
        from muster.cli.runtime import LocalTools
        from muster.configurations.integrations.service import IntegrationConfigurationService
        from muster.configurations.relay_proxies.service import RelayProxyService
        from muster.contexts.kinds import ContextKindService
        from muster.contexts.service import ContextService
        from muster.segments.service import SegmentService
        from muster.storage.rocksdb.database import Database
        from muster.storage.rocksdb.reader import RocksMembershipReader
        from muster.storage.sql.accounts import SqlAccountStore
        from muster.storage.sql.audit import SqlAuditLog
        from muster.storage.sql.context_kinds import SqlContextKindStore
        from muster.storage.sql.contexts import SqlContextStore
        from muster.storage.sql.engine import open_engine
        from muster.storage.sql.flags import SqlFlagStore
        from muster.storage.sql.integration_configurations import (
            SqlIntegrationConfigurationStore,
        )
        from muster.storage.sql.members import SqlMemberStore
        from muster.storage.sql.relay_proxies import SqlRelayProxyStore
        from muster.storage.sql.roles import SqlRoleStore
        from muster.storage.sql.segments import SqlSegmentStore
        from muster.storage.sql.sync_log import SqlSyncLogStore
        from muster.storage.sql.tokens import SqlTokenStore
        from muster.storage.sql.transactions import SqlTransactions
        from muster.storage.sql.webhooks import SqlWebhookStore
        from muster.webhooks.service import WebhookService

        settings = _quiet_settings(overrides)
        with ExitStack() as held:
            scratch = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="muster-")))
            database = Database.open_secondary(settings.memberships_path, scratch)
            held.callback(database.close)
            engine = open_engine(settings.control_store_url)
            held.callback(engine.dispose)
            accounts = SqlAccountStore(engine)
            log, clock = SqlAuditLog(engine), SystemClock()
            trail = AuditTrail(log, SqlTransactions(engine), clock)
            tokens, roles = SqlTokenStore(engine), SqlRoleStore(engine)
            members = SqlMemberStore(engine)
            projects = ProjectService(accounts, trail, clock)
            webhooks = SqlWebhookStore(engine)
            environments = EnvironmentService(accounts, projects, trail, clock)
            memberships, contexts = RocksMembershipReader(database), SqlContextStore(engine)
            yield LocalTools(
                accounts=accounts,
                projects=projects,
                environments=environments,
                audit=AuditService(log),
                tokens=TokenService(tokens, members, roles, trail, clock),
                roles=RoleService(roles, trail, clock),
                members=MemberService(members, roles, tokens, trail, clock),
                webhooks=WebhookService(
                    webhooks,
                    webhooks,
                    trail,
                    clock,
                    private_addresses=settings.webhook_private_addresses,
                ),
                relay_proxies=RelayProxyService(SqlRelayProxyStore(engine), trail, clock),
                integration_configurations=IntegrationConfigurationService(
                    SqlIntegrationConfigurationStore(engine),
                    lambda key: _find_form(settings, key),
                    trail,
                    clock,
                ),
                segments=SegmentService(SqlSegmentStore(engine), memberships, SqlFlagStore(engine)),
                contexts=ContextService(environments, contexts, contexts, memberships),
                context_kinds=ContextKindService(
                    SqlContextKindStore(engine), contexts, projects, environments, trail, clock
                ),
                sync_log=SqlSyncLogStore(engine),
            )

    def open_segment_writer(
        self, overrides: "Overrides"
    ) -> "AbstractContextManager[SegmentWriter]":
        """Open what changes the segments of the data directory that the settings name."""
        from muster.bootstrap.segment_commands import open_segment_writer

        return open_segment_writer(_quiet_settings(overrides))

    @contextmanager
    def connect(self, url: str, token: "Secret") -> "Iterator[Tools]":
        """Speak to a server elsewhere."""
        from muster.bootstrap.elsewhere import connect

        with connect(url, token) as tools:
            yield tools

    def connect_segment_writer(
        self, url: str, token: "Secret"
    ) -> "AbstractContextManager[SegmentWriter]":
        """Speak to a server elsewhere to change segments."""
        from muster.bootstrap.elsewhere import connect_segment_writer

        return connect_segment_writer(url, token)

    def read_catalog(self, overrides: "Overrides") -> "CatalogReport":
        """Read the folders of integrations that the settings name."""
        from muster.bootstrap.container import read_configured_catalog
        from muster.cli.runtime import CatalogReport

        reading = read_configured_catalog(_quiet_settings(overrides))
        return CatalogReport(reading.catalog, [str(problem) for problem in reading.problems])

    def reload_catalog(self, overrides: "Overrides") -> "CatalogReport":
        """Make the running server read its catalog again; return what it found."""
        from muster.bootstrap.container import read_configured_catalog
        from muster.bootstrap.control import ask_server
        from muster.cli.runtime import CatalogReport

        settings = _quiet_settings(overrides)
        result = ask_server(settings.data_dir, "reload-catalog")
        folders = tuple(Path(folder) for folder in result["folders"])
        reading = read_configured_catalog(settings.model_copy(update={"catalog": folders}))
        return CatalogReport(reading.catalog, result["problems"])

    def read_integration_folders(self, places: Sequence[Path]) -> "Sequence[IntegrationFolder]":
        """Read folders of integrations into memory."""
        from muster.storage.files.integrations import read_integration_folders

        return read_integration_folders(places)

    def find_integration_folder(self, name: str) -> "IntegrationFolder":
        """Read one integration's folder, by its path or key."""
        from muster.storage.files.integrations import find_integration_folder

        return find_integration_folder(name)

    def write_integration_folder(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """Make a new folder with these files."""
        from muster.storage.files.integrations import write_integration_folder

        write_integration_folder(folder, files)

    def find_recording(self, overrides: "Overrides", request_id: str) -> "Recording | None":
        """Return the recording of a request."""
        from muster.storage.files.recordings import FileRecordingStore

        settings = _quiet_settings(overrides)
        return FileRecordingStore(settings.recordings_path, capacity=1).find(request_id)

    def run_sandbox(self, options: "SandboxOptions", observer: "SandboxObserver") -> None:
        """Run a server with one integration and stores of its own until SIGINT or SIGTERM."""
        from muster.bootstrap.logs import configure_logs
        from muster.bootstrap.sandbox import run_sandbox

        folder = self.find_integration_folder(options.integration)
        configure_logs("warning", "auto")
        run_sandbox(Path(folder.place), folder.name, options, observer)

    def backup(self, overrides: "Overrides", directory: Path) -> "BackupReport":
        """Write a consistent backup; online where a server runs."""
        from muster.bootstrap.control import NoServerError, ask_server
        from muster.cli.runtime import BackupReport

        settings = _quiet_settings(overrides)
        directory = directory.absolute()
        try:
            result = ask_server(settings.data_dir, "backup", directory=str(directory))
        except NoServerError:
            return _back_up_offline(settings, directory)
        return BackupReport(directory, result["sizeBytes"], online=True)

    def restore(self, overrides: "Overrides", directory: Path) -> "BackupReport":
        """Fill the (absent or empty) data directory and control store from a backup."""
        from muster.bootstrap.backup import restore
        from muster.bootstrap.container import make_data_directory
        from muster.cli.runtime import BackupReport
        from muster.storage.sql.engine import open_engine

        settings = _quiet_settings(overrides)
        make_data_directory(settings.data_dir)
        engine = open_engine(settings.control_store_url)
        try:
            size = restore(directory.absolute(), engine, settings)
        finally:
            engine.dispose()
        return BackupReport(directory.absolute(), size, online=False)


def _quiet_settings(overrides: "Overrides") -> "Settings":
    """Read the settings of a command; it logs only what goes wrong."""
    from muster.bootstrap.logs import configure_logs
    from muster.bootstrap.settings import load_settings

    settings = load_settings(**overrides)
    configure_logs("error", settings.log_format)
    return settings


def _find_form(settings: "Settings", integration_key: str) -> "IntegrationForm | None":
    """Read the catalog, which few commands need, and return what an integration asks for."""
    from muster.bootstrap.container import find_form, read_configured_catalog

    return find_form(read_configured_catalog(settings).catalog, integration_key)


def _back_up_offline(settings: "Settings", directory: Path) -> "BackupReport":
    import asyncio

    from muster.bootstrap.backup import back_up
    from muster.cli.runtime import BackupReport
    from muster.storage.rocksdb.store import RocksMembershipStore
    from muster.storage.sql.engine import open_engine

    if not settings.memberships_path.exists():
        raise ConfigurationError(
            f"{settings.data_dir} holds no memberships: name the data directory with --data-dir."
        )
    with ExitStack() as held:
        memberships = RocksMembershipStore.open(settings.memberships_path)
        held.callback(memberships.close)
        engine = open_engine(settings.control_store_url)
        held.callback(engine.dispose)
        size = asyncio.run(back_up(directory, engine, memberships, SystemClock()))
    return BackupReport(directory, size, online=False)
