"""The sandbox: a server for one integration, with no set-up and nothing left behind."""

import asyncio
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, Final, Self

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from muster.access.partners import partner_policy
from muster.accounts.model import Environment, TokenKind
from muster.api.faults import FaultyApp, current_simulation, long_way
from muster.api.other_requests import OtherRequests
from muster.bootstrap.app import Faces, create_faces
from muster.bootstrap.container import Container
from muster.bootstrap.manifest_source import (
    POLL_SECONDS,
    BrokenManifestError,
    ManifestSource,
    Signature,
    watch,
)
from muster.bootstrap.scratch import scratch_directory
from muster.bootstrap.server import listen, run
from muster.bootstrap.settings import Settings
from muster.cli.runtime import Sandbox, SandboxObserver, SandboxOptions
from muster.core.errors import ConfigurationError
from muster.core.pointers import Json
from muster.core.secrets import Secret
from muster.manifests.edits import list_edits
from muster.payloads.errors import BuildError
from muster.payloads.parser import RequestParser
from muster.payloads.sampling import SampleShape, make_samples
from muster.sync.catalog import Catalog
from muster.sync.exchange import Exchange
from muster.sync.simulation import Simulator

_HOST: Final = "127.0.0.1"
_SHUTDOWN_SECONDS: Final = 3
_ENVIRONMENT_KEY: Final = "production"


class SandboxSettings(Settings):
    """Settings that no variable and no file has a say in: a sandbox is the same everywhere."""

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Return these settings, and the defaults of all others."""
        return cls(**values)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings names it
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what the sandbox gives, and nothing else."""
        return (init_settings,)


class _StoppedError(BaseException):
    """SIGINT or SIGTERM came before there was a server to take it."""


def run_sandbox(
    folder: Path, name: str, options: SandboxOptions, observer: SandboxObserver
) -> None:
    """Run a sandbox until SIGINT or SIGTERM; see `muster.cli.runtime.Runtime.run_sandbox`.

    Args:
        folder: the integration's folder.
        name: the folder's name, which its key comes from.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        source = ManifestSource(folder, name)
        seen = _read_first(source, observer, wait=options.watch)
        with ExitStack() as held:
            listener = held.enter_context(_listen(options.port))
            place = held.enter_context(scratch_directory())
            running = _RunningSandbox(source, seen, options, observer, place)
            try:
                running.run(listener)
            finally:
                running.close()
    except _StoppedError:
        return


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _StoppedError


def _read_first(source: ManifestSource, observer: SandboxObserver, *, wait: bool) -> Signature:
    """Read the manifest for the first time; return the signature of what was read.

    Args:
        wait: wait until the manifest can be used, and tell of each version that can't be.

    Raises:
        BrokenManifestError: it can't be used, and nobody is going to wait.
    """
    while True:
        seen = source.signature()
        try:
            source.read()
        except BrokenManifestError as error:
            if not wait:
                raise
            observer.manifest_refused(error.problems, has_older=False)
        else:
            return seen
        while source.signature() == seen:
            time.sleep(POLL_SECONDS)


def _listen(port: int) -> socket.socket:
    try:
        return listen(_HOST, port)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"The sandbox can't listen on port {port}: something else does, or it may not. Choose "
            "another with --port; 0 takes any free one."
        ) from error


class _RunningSandbox:
    """A container with one integration, and those who are told of what happens in it.

    Implements `ExchangeObserver`.
    """

    def __init__(
        self,
        source: ManifestSource,
        seen: Signature,
        options: SandboxOptions,
        observer: SandboxObserver,
        place: Path,
    ) -> None:
        self._source = source
        self._seen = seen
        self._options = options
        self._observer = observer
        self._failure: OSError | None = None
        self._faulty: FaultyApp | None = None
        self._watching: asyncio.Task[None] | None = None
        settings = SandboxSettings.of(
            host=_HOST,
            port=options.port,
            data_dir=place / "data",
            log_level="warning",
            shutdown_timeout_seconds=_SHUTDOWN_SECONDS,
        )
        self._is_read = True
        self._container = Container.open(settings, (self,), self._read)

    def close(self) -> None:
        """Close the stores."""
        self._container.close()

    def run(self, listener: socket.socket) -> None:
        """Answer requests until SIGINT or SIGTERM.

        Raises:
            OSError: the observer could not tell anybody, such as over a pipe that was closed.
        """
        run(self._container, listener, self._start, self._end, self._make_faces)
        if self._failure is not None:
            raise self._failure

    def observe(self, exchange: Exchange) -> None:
        """Tell of a sync request."""
        with self._telling():
            self._observer.answered(exchange, current_simulation.get())

    def _start(self, url: str) -> None:
        self._sandbox = self._describe(url)
        with self._telling():
            self._observer.started(self._sandbox)
        if self._options.watch:
            watching = watch(self._source, self._seen, self._read_again)
            self._watching = asyncio.get_running_loop().create_task(watching)

    def _end(self) -> None:
        if self._faulty is not None:
            self._faulty.end()
        if self._watching is not None:
            self._watching.cancel()

    def _make_faces(self, container: Container) -> Faces:
        faces = create_faces(container)
        plan = self._options.faults
        if plan is None:
            return Faces(OtherRequests(faces.app, self._tell_refusal), faces.protocol)
        random = Random(self._options.seed)  # noqa: S311 - chance, not secrets
        simulator = Simulator(plan, random, container.clock)
        self._faulty = FaultyApp(faces.app, simulator, container.clock, (self,))
        return Faces(OtherRequests(self._faulty, self._tell_refusal), long_way(faces.protocol))

    def _tell_refusal(self, method: str, path: str, status: int) -> None:
        with self._telling():
            self._observer.refused_elsewhere(method, path, status)

    def _read(self) -> tuple[Catalog, Sequence[str]]:
        """Return the catalog; the first time as it was read before the start, whatever came since."""
        if self._is_read and self._source.integration is not None:
            self._is_read = False
            return Catalog([self._source.integration]), ()
        return self._source.read()

    def _read_again(self) -> None:
        before = self._source.document
        try:
            self._container.catalog.reload()
        except BrokenManifestError as error:
            with self._telling():
                self._observer.manifest_refused(error.problems, has_older=True)
            return
        self._sandbox = replace(
            self._sandbox,
            sample=self._make_sample(self._sandbox.client_side_id),
            has_template=self._has_template(),
        )
        with self._telling():
            self._observer.manifest_read(list_edits(before, self._source.document), self._sandbox)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """End the sandbox when there is nobody left to tell."""
        try:
            yield
        except OSError as error:
            if self._failure is None:
                self._failure = error
                signal.raise_signal(signal.SIGTERM)

    def _describe(self, url: str) -> Sandbox:
        container = self._container
        created = container.new_installation
        assert created is not None  # noqa: S101 - its directory was empty
        environment = next(one for one in created.environments if one.key == _ENVIRONMENT_KEY)
        return Sandbox(
            url=url,
            integration_key=self._source.key,
            manifest=self._source.path,
            token=self._make_token(environment),
            admin_token=created.token,
            project_key=environment.project_key,
            environment_key=environment.key,
            client_side_id=environment.id,
            data_directory=container.settings.data_dir,
            sample=self._make_sample(environment.id),
            has_template=self._has_template(),
            options=self._options,
        )

    def _make_token(self, environment: Environment) -> Secret:
        policy = partner_policy(environment.project_key, environment.key, self._source.key)
        created = self._container.tokens.create_token(
            self._source.key, TokenKind.SERVICE, inline_policy=policy
        )
        return created.secret

    def _has_template(self) -> bool:
        integration = self._source.integration
        return integration is not None and integration.response_template is not None

    def _make_sample(self, environment_id: str) -> Json | None:
        integration = self._source.integration
        if integration is None or integration.parser is None:
            return None
        return sample_body(integration.parser, environment_id)


def sample_body(parser: RequestParser, environment_id: str) -> Json | None:
    """Return a body that adds two users to a cohort; None where the manifest can't say that."""
    shape = SampleShape(environment_id, cohort_id="first-cohort", cohort_name="My first cohort")
    try:
        return make_samples(parser, shape)[0].body
    except BuildError:
        return None
