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

from muster.bootstrap.app import create_faces
from muster.bootstrap.backup import back_up
from muster.bootstrap.container import Container
from muster.bootstrap.control import ControlServer
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
    sys.setswitchinterval(_SWITCH_INTERVAL_SECONDS)
    with _listen(settings.host, settings.port) as listener:
        container = Container.open(settings)
        try:
            # uvicorn hands a signal on once it has shut down; by then all is done.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: None)
            _tune_collector()
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_run(container, listener, output))
        finally:
            container.close()
    _log.info("stopped")


def _tune_collector() -> None:
    """Let the garbage collector pass over what lives as long as the process, and run less often.

    Requests leave no cycles behind; by default the collector would look at each batch of 700 objects,
    which is every few requests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _listen(host: str, port: int) -> socket.socket:
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


async def _run(container: Container, listener: socket.socket, output: TextIO) -> None:
    settings = container.settings
    control = ControlServer(settings.data_dir, _commands(container))
    await control.start()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _reload, container)
    url = f"http://{_shown_host(settings.host)}:{listener.getsockname()[1]}"

    def on_started() -> None:
        _log.info("listening", url=url)
        if container.new_installation is not None:
            program = sys.argv[0] if Path(sys.argv[0]).name == "muster" else "muster"
            output.write(welcome_text(container.new_installation, url, program))
            output.flush()

    faces = create_faces(container)
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
    try:
        await _Server(config, on_started).serve(sockets=[listener])
    finally:
        await control.stop()


class _Server(uvicorn.Server):
    """uvicorn, telling when it has started."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()


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

    return {"reload-catalog": reload_catalog, "backup": backup}
