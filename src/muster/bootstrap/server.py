"""Running one server: start, signals, an orderly end."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TextIO

import structlog
import uvicorn
import uvloop

from muster.bootstrap.app import Faces, create_faces
from muster.bootstrap.backup import back_up
from muster.bootstrap.container import Container
from muster.bootstrap.control import ControlServer
from muster.bootstrap.segment_commands import SegmentCommands
from muster.bootstrap.settings import Settings
from muster.bootstrap.welcome import welcome_text
from muster.core.errors import ConfigurationError, MusterError

_log = structlog.get_logger(__name__)

_SWITCH_INTERVAL_SECONDS: Final = 0.001
"""How long a thread may keep the interpreter: the event loop must not wait long for the writer."""
_BACKLOG: Final = 2048


def serve(settings: Settings, output: TextIO = sys.stdout) -> None:
    """Run a server until SIGINT or SIGTERM; then let requests finish, and close the stores.

    Args:
        output: where the first start prints its token and keys, once.

    Raises:
        ConfigurationError: it can't start with these settings.
    """
    with listen(settings.host, settings.port) as listener:
        container = Container.open(settings)

        def on_started(url: str) -> None:
            _log.info("listening", url=url)
            if container.new_installation is not None:
                program = sys.argv[0] if Path(sys.argv[0]).name == "muster" else "muster"
                output.write(welcome_text(container.new_installation, url, program))
                output.flush()

        try:
            run(container, listener, on_started)
        finally:
            container.close()
    _log.info("stopped")


def run(
    container: Container,
    listener: socket.socket,
    on_started: Callable[[str], None],
    on_stopping: Callable[[], None] | None = None,
    make_faces: Callable[[Container], Faces] = create_faces,
) -> None:
    """Answer requests until SIGINT or SIGTERM, then let those that have begun finish.

    Args:
        listener: bound to the address; see `listen`.
        on_started: told of the server's own address, in its event loop, once it listens.
        on_stopping: called in the event loop before requests are waited for.
    """
    server = _make_server(container, listener, make_faces(container), on_started, on_stopping)
    # From now on no signal is lost; and uvicorn hands them on once it has shut down, when all is done.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    sys.setswitchinterval(_SWITCH_INTERVAL_SECONDS)
    # What is here by now lives as long as the process.
    gc.collect()
    gc.freeze()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(container, listener, server))


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address; a port of 0 is any free one.

    Raises:
        ConfigurationError: the address can't be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"Muster can't listen on {host} port {port}: {error.strerror}. Choose another with "
            "--host and --port (MUSTER_HOST, MUSTER_PORT)."
        ) from error
    return listener


async def _run(container: Container, listener: socket.socket, server: uvicorn.Server) -> None:
    control = ControlServer(container.settings.data_dir, _commands(container))
    await control.start()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _reload, container)
    try:
        await server.serve(sockets=[listener])
    finally:
        await control.stop()


def _make_server(
    container: Container,
    listener: socket.socket,
    faces: Faces,
    on_started: Callable[[str], None],
    on_stopping: Callable[[], None] | None,
) -> "_Server":
    settings = container.settings
    url = f"http://{_shown_host(settings.host)}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        faces.app,
        http=faces.protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=settings.shutdown_timeout_seconds,
    )
    return _Server(config, lambda: on_started(url), on_stopping)


class _Server(uvicorn.Server):
    """uvicorn, telling when it has started, and when it is about to stop."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_started: Callable[[], None],
        on_stopping: Callable[[], None] | None,
    ) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._on_stopping = on_stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._on_stopping is not None:
            self._on_stopping()
        await super().shutdown(sockets)


def _shown_host(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - shown, not listened on
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _reload(container: Container) -> None:
    try:
        container.catalog.reload()
    except MusterError as error:
        _log.error("catalog not read again; the old one stays", reason=error.message)


def _commands(container: Container) -> dict[str, Callable[[dict[str, Any]], Any]]:
    async def reload_catalog(_: dict[str, Any]) -> dict[str, Any]:
        container.catalog.reload()
        return {
            "folders": [str(folder.absolute()) for folder in container.settings.catalog],
            "problems": list(container.catalog.problems),
        }

    async def backup(request: dict[str, Any]) -> dict[str, Any]:
        directory = Path(request["directory"])
        size = await back_up(directory, container.engine, container.memberships, container.clock)
        return {"sizeBytes": size}

    async def ping(_: dict[str, Any]) -> None:
        """Answer: somebody is here."""

    return {
        "ping": ping,
        "reload-catalog": reload_catalog,
        "backup": backup,
        **SegmentCommands(container).handlers(),
    }
