"""A real Redis server for the tests, on a free port of 127.0.0.1."""

import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

_DATABASES = 4096
_START_SECONDS = 60.0


class RedisServer:
    """A server that runs. Each URL that it gives is of a database that nobody has used."""

    def __init__(self, port: int, password: str, process: subprocess.Popen[bytes]) -> None:
        self._port = port
        self._password = password
        self._process = process
        self._given = 0

    def url(self) -> str:
        """Return the URL of a new database."""
        self._given += 1
        return f"redis://:{self._password}@127.0.0.1:{self._port}/{self._given}"

    def kill(self) -> None:
        """End the server as a crash would."""
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """Let the server answer nothing, though its connections stay."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """End a pause."""
        self._process.send_signal(signal.SIGCONT)


def find_redis() -> Path | None:
    """Return the program, or None where it is not installed."""
    found = shutil.which("redis-server")
    return Path(found) if found else None


@contextmanager
def run_redis(program: Path) -> Iterator[RedisServer]:
    """Run a server that keeps everything in memory; stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="muster-redis-"))
    password, port = secrets.token_urlsafe(16), _free_port()
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "requirepass": password,
        "databases": str(_DATABASES),
        "save": "",
        "dir": str(folder),
    }
    try:
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    program,
                    *(word for name, value in settings.items() for word in (f"--{name}", value)),
                ],
                stdout=log,
                stderr=log,
            )
        try:
            _wait_until_ready(port, password, process, folder / "log")
            yield RedisServer(port, password, process)
        finally:
            process.kill()  # nothing in it is kept, and a paused one hears nothing else
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(
    port: int, password: str, process: subprocess.Popen[bytes], log: Path
) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with redis.Redis(port=port, password=password) as client:
        while True:
            try:
                client.ping()
            except redis.RedisError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"Redis did not start:\n{log.read_text()}") from None
                time.sleep(0.05)
            else:
                return
