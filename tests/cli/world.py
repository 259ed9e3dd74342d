"""What the commands are tested over: real stores, and a `Runtime` that records what it was asked."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from muster.accounts.installation import NewInstallation
from muster.accounts.model import Environment
from muster.bootstrap.elsewhere import connect, connect_segment_writer
from muster.bootstrap.segment_commands import ControlledSegmentWriter
from muster.cli.app import build_cli
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
from muster.core.errors import UnavailableError
from muster.core.ids import IntegrationKey, RequestId, SegmentId, SegmentKey, new_id
from muster.core.secrets import Secret
from muster.manifests.folder import IntegrationFolder
from muster.segments.model import (
    MemberChanges,
    MemberList,
    MembershipCommit,
    Segment,
    SyncSource,
)
from muster.storage.files.catalog import bundled_integrations, read_catalog
from muster.storage.files.integrations import (
    find_integration_folder,
    read_integration_folders,
    write_integration_folder,
)
from muster.storage.files.recordings import FileRecordingStore
from muster.storage.rocksdb.store import RocksMembershipStore
from muster.storage.sql.segments import SqlSegmentStore
from muster.storage.sql.tokens import SqlTokenStore
from muster.sync.recording import Recording


@dataclass
class RecordingRuntime:
    """Implements `Runtime`: stores and folders are real; of the server it records what was asked."""

    tools: LocalTools
    server_is_running: bool = True
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def serve(self, overrides: Overrides) -> None:
        """Record the flags."""
        self.asked.append(("serve", dict(overrides)))

    @contextmanager
    def open_tools(self, overrides: Overrides) -> Iterator[LocalTools]:
        """Give the test's stores."""
        self.asked.append(("open_tools", dict(overrides)))
        yield self.tools

    @contextmanager
    def open_segment_writer(self, overrides: Overrides) -> Iterator[ControlledSegmentWriter]:
        """Record what a server would be asked."""
        self.asked.append(("open_segment_writer", dict(overrides)))

        def ask(command: str, request: Mapping[str, Any]) -> None:
            self.asked.append((command, dict(request)))

        yield ControlledSegmentWriter(ask)

    def connect(self, url: str, token: Secret) -> AbstractContextManager[Tools]:
        """Speak to a real server."""
        self.asked.append(("connect", {"url": url}))
        return connect(url, token)

    def connect_segment_writer(
        self, url: str, token: Secret
    ) -> AbstractContextManager[SegmentWriter]:
        """Speak to a real server."""
        self.asked.append(("connect_segment_writer", {"url": url}))
        return connect_segment_writer(url, token)

    def read_catalog(self, overrides: Overrides) -> CatalogReport:
        """Read the bundled integrations and the folders given."""
        self.asked.append(("read_catalog", dict(overrides)))
        reading = read_catalog([bundled_integrations(), *overrides.get("catalog", ())])
        return CatalogReport(reading.catalog, [str(problem) for problem in reading.problems])

    def read_integration_folders(self, places: Sequence[Path]) -> Sequence[IntegrationFolder]:
        """Read real folders."""
        return read_integration_folders(places)

    def find_integration_folder(self, name: str) -> IntegrationFolder:
        """Find a real folder."""
        return find_integration_folder(name)

    def write_integration_folder(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """Write a real folder."""
        write_integration_folder(folder, files)

    def find_recording(self, overrides: Overrides, request_id: str) -> Recording | None:
        """Look into a real folder."""
        return FileRecordingStore(overrides["data_dir"] / "recordings", capacity=1).find(request_id)

    def run_sandbox(self, options: SandboxOptions, observer: SandboxObserver) -> None:
        """Record what kind of sandbox was asked for, and who is told of it."""
        self.asked.append(("run_sandbox", {"options": options, "observer": observer}))

    def reload_catalog(self, overrides: Overrides) -> CatalogReport:
        """Read the bundled integrations."""
        self.asked.append(("reload_catalog", dict(overrides)))
        self._require_server()
        return CatalogReport(read_catalog([bundled_integrations()]).catalog, ["one: is broken"])

    def backup(self, overrides: Overrides, directory: Path) -> BackupReport:
        """Report a backup of 12,345,678 bytes."""
        self.asked.append(("backup", dict(overrides)))
        return BackupReport(directory.absolute(), 12_345_678, online=self.server_is_running)

    def restore(self, overrides: Overrides, directory: Path) -> BackupReport:
        """Report what was restored."""
        self.asked.append(("restore", dict(overrides)))
        return BackupReport(directory.absolute(), 12_345_678, online=False)

    def _require_server(self) -> None:
        if not self.server_is_running:
            raise UnavailableError("No server is running on data.")


both_ways = pytest.mark.parametrize("world", ["local", "remote"], indirect=True)
"""Runs tests on a data directory, and again on the same one through the REST API of its server."""


@dataclass
class World:
    """An installation, and what the tests fill it with.

    Attributes:
        remote: whether commands work on its server, through variables that name it.
    """

    created: NewInstallation
    segments: SqlSegmentStore
    memberships: RocksMembershipStore
    token_store: SqlTokenStore
    runtime: RecordingRuntime
    now: datetime
    remote: bool = False

    @property
    def tools(self) -> LocalTools:
        """Return the stores and services that commands see."""
        return self.runtime.tools

    @property
    def environment(self) -> Environment:
        """Return the environment production."""
        return next(one for one in self.created.environments if one.key == "production")

    def add_segment(
        self,
        key: str,
        members: list[str],
        *,
        name: str = "",
        cohort_url: str | None = None,
        excluded: list[str] | None = None,
        synced: timedelta = timedelta(minutes=3),
    ) -> Segment:
        """Add a synced segment of Hightouch to production."""
        segment = Segment(
            id=SegmentId(new_id()),
            environment_id=self.environment.id,
            key=SegmentKey(key),
            unbounded=True,
            generation=1,
            context_kind="user",
            name=name or key,
            description="",
            tags=(),
            source=SyncSource(IntegrationKey("hightouch"), f"cohort of {key}", cohort_url),
            created_at=self.now - timedelta(days=2),
            modified_at=self.now - timedelta(days=1),
        )
        self.segments.save_segments([segment])
        changes = [MemberChanges(segment.id, members, [])]
        if excluded:
            changes.append(MemberChanges(segment.id, excluded, [], MemberList.EXCLUDED))
        commit = MembershipCommit(
            environment_id=segment.environment_id,
            request_id=RequestId(new_id()),
            committed_at=self.now - synced,
            changes=changes,
            is_sync=True,
        )
        asyncio.run(self.memberships.commit(commit))
        return segment

    def run(self, *args: str, **options: Any) -> Result:
        """Run a command as if its output went to a pipe."""
        # As the program does, which then builds only the commands that it needs.
        command = build_cli(self.runtime, next(iter(args), None))
        return CliRunner().invoke(command, args, **options)

    def run_json(self, *args: str) -> Any:
        """Run a command with --json; return what it printed."""
        result = self.run(*args, "--json")
        assert result.exit_code == 0, result.output
        return orjson.loads(result.stdout)
