"""Starting a real server, and speaking to it."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.program import ForkedProgram, run_forked, start_forked

INTEGRATIONS = Path(__file__).parents[2] / "integrations"
"""The bundled integrations."""
TOKEN = "api-00000000-test-0000-0000-000000000000"
_START_SECONDS = 60.0

Process = subprocess.Popen[str] | ForkedProgram
MakeToken = Callable[..., str]
"""Makes a token with the flags of `muster token create`, and returns it."""


@dataclass(slots=True)
class Muster:
    """A server that runs: its process, its address, and a client that carries the admin token."""

    process: Process
    url: str
    data_dir: Path
    output: Path
    log: Path
    client: httpx.Client

    def environment_id(self, key: str = "production") -> str:
        """Return an environment's client-side ID."""
        found = self.client.get("/api/v2/projects/default/environments").raise_for_status().json()
        return str(next(one["_id"] for one in found["items"] if one["key"] == key))

    def push(self, integration: str, body: Any, **options: Any) -> httpx.Response:
        """Send a sync request."""
        return self.client.post(f"/api/v2/segment-targets/{integration}", json=body, **options)

    def segments(self, environment: str = "production") -> dict[str, dict[str, Any]]:
        """Return the environment's segments by key, as the REST API shows them."""
        found = self.client.get(f"/api/v2/segments/default/{environment}?limit=1000")
        return {one["key"]: one for one in found.raise_for_status().json()["items"]}

    def count(self, segment: str, environment: str = "production") -> int:
        """Return how many contexts a segment includes."""
        found = self.client.get(f"/api/v2/segments/default/{environment}/{segment}")
        return int(found.raise_for_status().json()["_unboundedMetadata"]["includedCount"])

    def includes(self, segment: str, context: str, environment: str = "production") -> bool:
        """Tell whether a segment includes a context."""
        found = self.client.get(
            f"/api/v2/segments/default/{environment}/{segment}/contexts/{quote(context)}"
        )
        return bool(found.raise_for_status().json()["included"])

    def cli(self, *arguments: str, fresh: bool = False) -> subprocess.CompletedProcess[str]:
        """Run `muster` on the server's data directory; see `run_cli`."""
        return run_cli(self.data_dir, *arguments, fresh=fresh)

    def stop(self) -> int:
        """End the server as an operator would (SIGTERM); return its exit code."""
        self.client.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        """End the server as a crash would (SIGKILL)."""
        self.client.close()
        self.process.kill()
        self.process.wait()


def quote(text: str) -> str:
    """Percent-encode a path parameter."""
    return urllib.parse.quote(text, safe="")


def run_cli(
    data_dir: Path, *arguments: str, fresh: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run `muster` on a data directory; return what it printed.

    Args:
        fresh: see `start`.
    """
    arguments = (*arguments, "--data-dir", str(data_dir))
    if not fresh:
        return run_forked(*arguments, variables=clean_environment())
    return run_fresh(*arguments)


def run_fresh(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `muster` in an interpreter that loads it; return what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "muster", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=folder,
        env=clean_environment(),
    )


def clean_environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's variables without Muster's own, and with the given ones."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
    return kept | dict(variables or {})


def start(
    data_dir: Path,
    *flags: str,
    variables: Mapping[str, str] | None = None,
    token: str | None = TOKEN,
    fresh: bool = False,
) -> Muster:
    """Start a server on a free port and wait until it listens.

    Args:
        token: presets the first start's admin token; None lets the server choose one.
        fresh: whether an interpreter starts and loads Muster, as for a user, or a process is forked that
            has loaded it.
    """
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    output, log = (data_dir.with_suffix(suffix) for suffix in (".out", ".log"))
    preset = {"MUSTER_BOOTSTRAP_TOKEN": token} if token else {}
    with output.open("a") as out, log.open("a") as err:
        already = log.stat().st_size
        arguments = ("serve", "--data-dir", str(data_dir), *flags)
        environment = clean_environment({"MUSTER_PORT": "0", **preset, **(variables or {})})
        process: Process
        if fresh:
            command = [sys.executable, "-m", "muster", *arguments]
            process = subprocess.Popen(command, env=environment, stdout=out, stderr=err, text=True)
        else:
            process = start_forked(*arguments, variables=environment, stdout=out, stderr=err)
    url = _wait_for_address(process, log, already)
    client = httpx.Client(base_url=url, headers={"Authorization": token or ""}, timeout=60)
    return Muster(process, url, data_dir, output, log, client)


@contextmanager
def running(data_dir: Path, *flags: str, **options: Any) -> Iterator[Muster]:
    """Run a server for the length of a block."""
    server = start(data_dir, *flags, **options)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def _wait_for_address(process: Process, log: Path, already: int) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        text = log.read_bytes()[already:].decode()
        found = re.search(r'"url":"(http://[^"]+)"', text)
        if found:
            return found[1]
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}:\n{text[-4000:]}")
        time.sleep(0.01)
    raise RuntimeError("the server did not start in time")


def log_lines(server: Muster) -> Sequence[str]:
    """Return what the server has logged so far."""
    return server.log.read_text().splitlines()
