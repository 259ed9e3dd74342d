"""What the commands need of the program around them; `muster.bootstrap` implements it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # every command imports this module, and few need what it speaks of
    from muster.accounts.members import MemberService
    from muster.accounts.project_environments import EnvironmentService
    from muster.accounts.projects import ProjectService
    from muster.accounts.roles import RoleService
    from muster.accounts.store import AccountStore
    from muster.accounts.tokens import TokenService
    from muster.audit.service import AuditService
    from muster.cli.services import (
        AuditEntries,
        Environments,
        Members,
        Places,
        Projects,
        Roles,
        Segments,
        SegmentWriter,
        Tokens,
        Webhooks,
    )
    from muster.configurations.integrations.service import IntegrationConfigurationService
    from muster.configurations.relay_proxies.service import RelayProxyService
    from muster.contexts.kinds import ContextKindService
    from muster.contexts.service import ContextService
    from muster.core.pointers import Json
    from muster.core.secrets import Secret
    from muster.manifests.edits import Edit
    from muster.manifests.folder import IntegrationFolder
    from muster.segments.service import SegmentService
    from muster.storage.files.catalog import CatalogProblem
    from muster.sync.catalog import Catalog
    from muster.sync.exchange import Exchange
    from muster.sync.log import SyncLogStore
    from muster.sync.recording import Recording
    from muster.sync.simulation import FaultPlan, Simulation
    from muster.webhooks.service import WebhookService

Overrides = Mapping[str, Any]
"""Settings given as flags, by the setting's name; they overrule variables and files."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What commands work with: a data directory or a server elsewhere, which of them they do not know."""

    accounts: Places
    projects: Projects
    environments: Environments
    audit: AuditEntries
    tokens: Tokens
    roles: Roles
    members: Members
    segments: Segments
    webhooks: Webhooks


@dataclass(frozen=True, slots=True)
class LocalTools(Tools):
    """A data directory, opened for the commands: beside a running server, or without one.

    Memberships are read as they are at the moment of opening; tokens and the rest of the control
    store may also be written.
    """

    accounts: AccountStore
    projects: ProjectService
    environments: EnvironmentService
    audit: AuditService
    tokens: TokenService
    roles: RoleService
    members: MemberService
    webhooks: WebhookService
    relay_proxies: RelayProxyService
    integration_configurations: IntegrationConfigurationService
    segments: SegmentService
    contexts: ContextService
    context_kinds: ContextKindService
    sync_log: SyncLogStore


@dataclass(frozen=True, slots=True)
class CatalogReport:
    """The catalog as the folders hold it now, and what in them can't be used, a line each."""

    catalog: Catalog
    problems: Sequence[str]


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds.

    Attributes:
        size_bytes: of all its files together.
        online: whether it was made through a running server.
    """

    directory: Path
    size_bytes: int
    online: bool


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """What kind of sandbox is asked for.

    Attributes:
        integration: an integration's key or the path of its folder.
        port: where to listen on 127.0.0.1; 0 for any free port.
        watch: read the manifest again whenever it is edited.
        faults: what to simulate; None for nothing.
        seed: what chance begins with.
    """

    integration: str
    port: int
    watch: bool = False
    faults: FaultPlan | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that listens.

    Attributes:
        url: its address, without a slash at the end.
        token: a service token that may sync this integration's cohorts to the environment, no more.
        admin_token: may do everything.
        data_directory: where its stores are; it is gone when the sandbox ends.
        sample: a body that the integration's manifest reads; None where none can be made.
        has_template: whether the manifest has answers of its own.
        options: what was asked for.
    """

    url: str
    integration_key: str
    manifest: Path
    token: Secret
    admin_token: Secret
    project_key: str
    environment_key: str
    client_side_id: str
    data_directory: Path
    sample: Json | None
    has_template: bool
    options: SandboxOptions

    @property
    def endpoint(self) -> str:
        """Where the partner sends cohorts."""
        return f"{self.url}/api/v2/segment-targets/{self.integration_key}"


class SandboxObserver(Protocol):
    """Is told what happens in a sandbox, as it happens: be quick."""

    def started(self, sandbox: Sandbox) -> None:
        """It listens."""
        ...

    def answered(self, exchange: Exchange, simulation: Simulation | None) -> None:
        """A sync request was answered, or what was simulated befell it (status 0: no answer)."""
        ...

    def refused_elsewhere(self, method: str, path: str, status: int) -> None:
        """A request that is none to the sync endpoint was answered with an error."""
        ...

    def manifest_read(self, edits: Sequence[Edit], sandbox: Sandbox) -> None:
        """The manifest was edited, and is in force as it is now.

        Args:
            sandbox: with the sample body that the manifest reads now.
        """
        ...

    def manifest_refused(self, problems: Sequence[CatalogProblem], *, has_older: bool) -> None:
        """The manifest can't be used as it is now: the older one stays in force, where there is one."""
        ...


class Runtime(Protocol):
    """The program around the commands.

    Every method may raise a `MusterError`, whose message is for the user: `ConfigurationError` for
    settings or a data directory that can't be used, `NotFoundError`, `UnavailableError`, ...
    """

    def serve(self, overrides: Overrides) -> None:
        """Run the server until SIGINT or SIGTERM."""
        ...

    def open_tools(self, overrides: Overrides) -> AbstractContextManager[LocalTools]:
        """Open the data directory that the settings name.

        Raises:
            ConfigurationError: there is none yet, or it can't be read.
        """
        ...

    def open_segment_writer(self, overrides: Overrides) -> AbstractContextManager[SegmentWriter]:
        """Open what changes the segments of the data directory that the settings name.

        Raises:
            ConfigurationError: there is none yet, or it can't be opened.
        """
        ...

    def connect(self, url: str, token: Secret) -> AbstractContextManager[Tools]:
        """Speak to a server elsewhere; it is asked when the tools are used.

        Args:
            url: its address, as a user wrote it.
            token: an access token that it knows.

        Raises:
            InvalidRequestError: that is no address of a server, or no token.
        """
        ...

    def connect_segment_writer(
        self, url: str, token: Secret
    ) -> AbstractContextManager[SegmentWriter]:
        """Speak to a server elsewhere to change segments; see `connect`."""
        ...

    def read_catalog(self, overrides: Overrides) -> CatalogReport:
        """Read the folders of integrations that the settings name."""
        ...

    def reload_catalog(self, overrides: Overrides) -> CatalogReport:
        """Make the running server read its catalog again; return what it found.

        Only keys and problems are sure to be the server's; it may have been started with other folders.

        Raises:
            UnavailableError: no server is running on this data directory.
        """
        ...

    def read_integration_folders(self, places: Sequence[Path]) -> Sequence[IntegrationFolder]:
        """Read folders of integrations into memory, by name; nothing in them stops the rest.

        Args:
            places: each an integration's folder, a folder of such folders, or a checkout that holds
                one as `integrations`. None at all: the nearest `integrations` of the working
                directory and the folders above it, else the bundled ones.

        Raises:
            ConfigurationError: a place is not there or can't be listed.
        """
        ...

    def find_integration_folder(self, name: str) -> IntegrationFolder:
        """Read one integration's folder, by the path of it or by its key, in whatever case.

        Raises:
            NotFoundError: there is none, neither near the working directory nor bundled.
        """
        ...

    def write_integration_folder(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """Make a new folder with these files by relative path: all of them or none.

        Raises:
            ConflictError: the folder is there already and not empty.
            ConfigurationError: it can't be written.
        """
        ...

    def find_recording(self, overrides: Overrides, request_id: str) -> Recording | None:
        """Return the recording of a request in the data directory that the settings name.

        Raises:
            InvalidRequestError: it is damaged.
        """
        ...

    def run_sandbox(self, options: SandboxOptions, observer: SandboxObserver) -> None:
        """Run a server with one integration and stores of its own until SIGINT or SIGTERM.

        Raises:
            NotFoundError: there is no such integration.
            InvalidRequestError: its manifest can't be used, or has no synced segments.
        """
        ...

    def backup(self, overrides: Overrides, directory: Path) -> BackupReport:
        """Write a consistent backup into a new or empty directory; online where a server runs."""
        ...

    def restore(self, overrides: Overrides, directory: Path) -> BackupReport:
        """Fill the (absent or empty) data directory and control store from a backup."""
        ...
