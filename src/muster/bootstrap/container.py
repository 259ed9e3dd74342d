"""The container: every store and service of one server, made in order and closed in reverse."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Self

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

from muster import __version__
from muster.accounts.authentication import Authenticator
from muster.accounts.environment_keys import EnvironmentKeys
from muster.accounts.environments import CachingEnvironmentDirectory
from muster.accounts.installation import NewInstallation, ensure_installation
from muster.accounts.members import MemberService
from muster.accounts.project_environments import EnvironmentService
from muster.accounts.projects import ProjectService
from muster.accounts.roles import RoleService
from muster.accounts.tokens import TokenService
from muster.api.audit_log import show_entry
from muster.audit.service import AuditService
from muster.audit.trail import AuditTrail
from muster.bootstrap.rate_limits import make_limiter
from muster.bootstrap.settings import Settings
from muster.configurations.big_segment_stores.service import BigSegmentStoreService
from muster.configurations.integrations.form import IntegrationForm
from muster.configurations.integrations.service import IntegrationConfigurationService
from muster.configurations.relay_proxies.service import RelayProxyService
from muster.contexts.kinds import ContextKindService
from muster.contexts.recorder import ContextRecorder
from muster.contexts.service import ContextService
from muster.core.clock import Clock, SystemClock
from muster.core.ids import AccountId, SegmentId
from muster.core.secrets import Secret
from muster.flags.evaluation import FlagEvaluator
from muster.flags.service import FlagService
from muster.limits.limiter import RateLimiter
from muster.segments.directory import SegmentDirectory
from muster.segments.editor import SegmentEditor
from muster.segments.evaluation import SegmentEvaluator
from muster.segments.expiry import ExpiringTargetService, TargetExpirer
from muster.segments.exports import ExportService
from muster.segments.imports import ImportService
from muster.segments.member_notes import MemberNotes
from muster.segments.model import Segment
from muster.segments.place import FindPlace, Place
from muster.segments.purging import SegmentPurger
from muster.segments.service import SegmentService
from muster.storage.files.catalog import CatalogReading, bundled_integrations, read_catalog
from muster.storage.files.recordings import FileRecordingStore
from muster.storage.files.transfers import TransferFolder
from muster.storage.rocksdb.store import LogRetention, RocksMembershipStore
from muster.storage.sql.accounts import SqlAccountStore
from muster.storage.sql.audit import SqlAuditLog
from muster.storage.sql.big_segment_stores import SqlBigSegmentStoreStore
from muster.storage.sql.context_kinds import SqlContextKindStore
from muster.storage.sql.contexts import SqlContextStore
from muster.storage.sql.engine import open_engine
from muster.storage.sql.expiring_targets import SqlExpiringTargetStore
from muster.storage.sql.flags import SqlFlagStore
from muster.storage.sql.integration_configurations import SqlIntegrationConfigurationStore
from muster.storage.sql.members import SqlMemberStore
from muster.storage.sql.purges import SqlPurgeStore
from muster.storage.sql.relay_proxies import SqlRelayProxyStore
from muster.storage.sql.roles import SqlRoleStore
from muster.storage.sql.segments import SqlSegmentStore
from muster.storage.sql.sync_log import SqlSyncLogStore
from muster.storage.sql.tags import SqlFlagTagStore, SqlSegmentTagStore
from muster.storage.sql.tokens import SqlTokenStore
from muster.storage.sql.transactions import SqlTransactions
from muster.storage.sql.transfers import SqlTransferStore
from muster.storage.sql.webhooks import SqlWebhookStore
from muster.sync.catalog import Catalog
from muster.sync.exchange import ExchangeObserver
from muster.sync.live_catalog import LiveCatalog
from muster.sync.log_writer import SyncLogWriter
from muster.sync.recorder import RequestRecorder
from muster.sync.service import SyncService
from muster.tags.service import TagService, TagSources
from muster.webhooks.sender import HttpSender
from muster.webhooks.service import WebhookService
from muster.webhooks.worker import WebhookWorker

_log = structlog.get_logger(__name__)

CatalogReader = Callable[[], tuple[Catalog, Sequence[str]]]
"""Reads the catalog anew: the catalog, and what had to be left out of it, a line each."""


@dataclass(frozen=True, slots=True)
class Container:
    """What one server is made of.

    Attributes:
        limiter: None where there are no rate limits.
        new_installation: what the first start created, with the one sight of its token; else None.
    """

    settings: Settings
    clock: Clock
    registry: CollectorRegistry
    engine: Engine
    account_id: AccountId
    accounts: SqlAccountStore
    authenticator: Authenticator
    environment_keys: EnvironmentKeys
    environments: CachingEnvironmentDirectory
    projects: ProjectService
    project_environments: EnvironmentService
    audit: AuditService
    tokens: TokenService
    roles: RoleService
    members: MemberService
    webhooks: WebhookService
    webhook_worker: WebhookWorker
    relay_proxies: RelayProxyService
    big_segment_stores: BigSegmentStoreService
    integration_configurations: IntegrationConfigurationService
    tags: TagService
    memberships: RocksMembershipStore
    segments: SegmentService
    segment_directory: SegmentDirectory
    segment_editor: SegmentEditor
    segment_evaluator: SegmentEvaluator
    member_notes: MemberNotes
    expiring_targets: ExpiringTargetService
    target_expirer: TargetExpirer
    imports: ImportService
    exports: ExportService
    find_place: FindPlace
    purger: SegmentPurger
    flags: FlagService
    flag_evaluator: FlagEvaluator
    contexts: ContextService
    context_kinds: ContextKindService
    context_recorder: ContextRecorder
    catalog: LiveCatalog
    sync: SyncService
    sync_log: SyncLogWriter
    retention: LogRetention
    limiter: RateLimiter | None
    observers: tuple[ExchangeObserver, ...]
    new_installation: NewInstallation | None
    _held: ExitStack

    @classmethod
    def open(
        cls,
        settings: Settings,
        observers: Sequence[ExchangeObserver] = (),
        read: CatalogReader | None = None,
    ) -> Self:
        """Open the stores and make the services; a start that fails half-way closes what it opened.

        Args:
            observers: who else is told of each sync request.
            read: reads the catalog; None for that of the settings.

        Raises:
            ConfigurationError: a store or a folder of integrations can't be used.
        """
        with ExitStack() as held:
            clock = SystemClock()
            make_data_directory(settings.data_dir)
            memberships = RocksMembershipStore.open(settings.memberships_path)
            held.callback(memberships.close)
            engine = open_engine(settings.control_store_url)
            held.callback(engine.dispose)
            accounts = SqlAccountStore(engine)
            tokens = SqlTokenStore(engine)
            members, roles = SqlMemberStore(engine), SqlRoleStore(engine)
            segment_store, flag_store = SqlSegmentStore(engine), SqlFlagStore(engine)
            audit_log = SqlAuditLog(engine)
            trail = AuditTrail(audit_log, SqlTransactions(engine), clock)
            projects = ProjectService(accounts, trail, clock)
            project_environments = EnvironmentService(accounts, projects, trail, clock)
            preset = settings.bootstrap_token
            created = ensure_installation(
                accounts, clock, Secret(preset.get_secret_value()) if preset else None
            )
            environments = CachingEnvironmentDirectory(accounts, clock)
            directory = SegmentDirectory(segment_store, memberships)
            asyncio.run(directory.recover())
            notes = MemberNotes(trail)
            editor = SegmentEditor(
                segment_store, directory, memberships, flag_store, trail, notes, clock
            )
            expiring = SqlExpiringTargetStore(engine)
            find_place = _place_finder(segment_store, accounts)
            transfers = SqlTransferStore(engine)
            transfer_files = TransferFolder(settings.transfers_path)
            catalog = LiveCatalog(read or (lambda: _read_catalog_and_tell(settings)))
            big_segment_stores = BigSegmentStoreService(
                SqlBigSegmentStoreStore(engine), projects, project_environments, trail
            )
            integration_configurations = IntegrationConfigurationService(
                SqlIntegrationConfigurationStore(engine),
                lambda key: find_form(catalog.current, key),
                trail,
                clock,
            )
            context_store, kind_store = SqlContextStore(engine), SqlContextKindStore(engine)
            recorders = _make_recorders(settings)
            account_id = accounts.get_account().id
            webhooks = SqlWebhookStore(engine)
            private_addresses = settings.webhook_private_addresses
            sender = HttpSender(private_addresses=private_addresses)
            held.callback(sender.close)
            for recorder in recorders:
                recorder.start()
                held.callback(recorder.close)
            return cls(
                settings=settings,
                clock=clock,
                registry=CollectorRegistry(),
                engine=engine,
                account_id=account_id,
                accounts=accounts,
                authenticator=Authenticator(tokens, members, clock),
                environment_keys=EnvironmentKeys(accounts, clock),
                environments=environments,
                projects=projects,
                project_environments=project_environments,
                audit=AuditService(audit_log),
                tokens=TokenService(tokens, members, roles, trail, clock),
                roles=RoleService(roles, trail, clock),
                members=MemberService(members, roles, tokens, trail, clock),
                webhooks=WebhookService(
                    webhooks, webhooks, trail, clock, private_addresses=private_addresses
                ),
                webhook_worker=WebhookWorker(
                    webhooks,
                    audit_log,
                    sender,
                    partial(show_entry, account_id=account_id),
                    clock,
                    user_agent=f"Muster/{__version__}",
                ),
                relay_proxies=RelayProxyService(SqlRelayProxyStore(engine), trail, clock),
                big_segment_stores=big_segment_stores,
                integration_configurations=integration_configurations,
                tags=TagService(
                    TagSources(
                        projects,
                        project_environments,
                        SqlFlagTagStore(engine),
                        SqlSegmentTagStore(engine),
                        big_segment_stores,
                        integration_configurations,
                    )
                ),
                memberships=memberships,
                segments=SegmentService(segment_store, memberships, flag_store),
                flags=FlagService(flag_store, projects, project_environments, trail, clock),
                flag_evaluator=FlagEvaluator(flag_store, segment_store, memberships),
                segment_directory=directory,
                segment_editor=editor,
                segment_evaluator=SegmentEvaluator(segment_store, memberships),
                member_notes=notes,
                expiring_targets=ExpiringTargetService(expiring, memberships, trail, clock),
                target_expirer=TargetExpirer(expiring, editor, find_place, clock),
                imports=ImportService(transfers, transfer_files, memberships, trail, clock),
                exports=ExportService(transfers, transfer_files, memberships, clock),
                find_place=find_place,
                purger=SegmentPurger(SqlPurgeStore(engine), memberships, clock),
                contexts=ContextService(
                    project_environments, context_store, context_store, memberships
                ),
                context_kinds=ContextKindService(
                    kind_store, context_store, projects, project_environments, trail, clock
                ),
                context_recorder=ContextRecorder(
                    context_store,
                    kind_store,
                    clock,
                    retention=timedelta(days=settings.context_days),
                ),
                catalog=catalog,
                sync=SyncService(environments, directory, memberships, notes, clock),
                sync_log=SyncLogWriter(
                    SqlSyncLogStore(engine), clock, retention=timedelta(days=settings.sync_log_days)
                ),
                retention=LogRetention(settings.revision_log_changes),
                limiter=make_limiter(settings, clock),
                observers=(*recorders, *observers),
                new_installation=created,
                _held=held.pop_all(),
            )

    @property
    def revision_age(self) -> timedelta:
        """How long the revision log keeps an environment's changes."""
        return timedelta(days=self.settings.revision_log_days)

    def close(self) -> None:
        """Close every store, in reverse."""
        self._held.close()


def _make_recorders(settings: Settings) -> tuple[RequestRecorder, ...]:
    if not settings.record_requests:
        return ()
    store = FileRecordingStore(settings.recordings_path, capacity=settings.record_requests)
    return (RequestRecorder(store, plain=settings.record_member_ids),)


def _place_finder(segments: SqlSegmentStore, accounts: SqlAccountStore) -> FindPlace:
    def find(segment_id: SegmentId) -> tuple[Place, Segment] | None:
        segment = segments.find_segment_by_id(segment_id)
        if segment is None:
            return None
        environment = accounts.find_environment_by_id(segment.environment_id)
        return None if environment is None else (environment, segment)

    return find


def find_form(catalog: Catalog, integration_key: str) -> IntegrationForm | None:
    """Return what an integration of the catalog asks for; None where there is none with this key."""
    found = catalog.find(integration_key)
    if found is None:
        return None
    return IntegrationForm.read(found.key, found.manifest.form_variables)


def make_data_directory(path: Path) -> None:
    """Make the data directory, readable by its owner alone, where there is none."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def read_configured_catalog(settings: Settings) -> CatalogReading:
    """Read the bundled integrations, and the folders that the settings lay over them."""
    return read_catalog([bundled_integrations(), *settings.catalog])


def _read_catalog_and_tell(settings: Settings) -> tuple[Catalog, Sequence[str]]:
    reading = read_configured_catalog(settings)
    problems = [str(problem) for problem in reading.problems]
    for problem in problems:
        _log.warning("integration skipped", problem=problem)
    _log.info("catalog read", integrations=len(reading.catalog))
    return reading.catalog, problems
