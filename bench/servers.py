"""The servers that are measured, each in a process of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOKEN = "api-benchmark-00000000-0000"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    process: subprocess.Popen[bytes]
    port: int
    started_in_seconds: float

    def memory_bytes(self) -> tuple[int, int]:
        """Return resident memory: now, and at most so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        now, peak = (int(lines[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
        return now, peak


@contextmanager
def muster(data_dir: Path) -> Iterator[Server]:
    """Run `muster serve` on a data directory, its log going to a file there."""
    command = [sys.executable, "-m", "muster", "serve", "--data-dir", str(data_dir)]
    with _running(command, {"MUSTER_BOOTSTRAP_TOKEN": TOKEN}, data_dir, "/readyz") as server:
        yield server


@contextmanager
def empty_route(directory: Path) -> Iterator[Server]:
    """Run a Starlette app of one empty route under uvicorn, set up as Muster's is."""
    with _running([sys.executable, "-m", "bench.empty_app"], {}, directory, "/") as server:
        yield server


@contextmanager
def _running(
    command: list[str], variables: dict[str, str], directory: Path, ready_path: str
) -> Iterator[Server]:
    directory.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    began = time.perf_counter()
    with (directory / "bench.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            env=os.environ | variables | {"MUSTER_PORT": str(port)},
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_ready(process, f"http://127.0.0.1:{port}{ready_path}")
        yield Server(process, port, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}; see bench.log")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.01)
    raise RuntimeError("the server did not become ready within 60 seconds")
