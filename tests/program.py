"""The program `muster`, started hundreds of times without being loaded each time.

To load Muster takes most of what a test's server or command needs: about a second and a half of a
processor. So each test process starts one that loads it once, has no threads, and does nothing but fork.
A fork becomes what `python -m muster` is: a process with the given arguments, variables, folder and
standard streams, that runs the same module from its first line, hears the same signals, and ends as the
interpreter ends. What it does not show is how Muster loads, and all forks hash strings alike: tests of
these start an interpreter (`tests.end_to_end.harness.start`, `fresh`).
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from muster.bootstrap.runtime import ProgramRuntime
from muster.cli.app import build_cli

_LOADED_LATER: Final = (
    *("muster.bootstrap.server", "muster.bootstrap.logs", "muster.bootstrap.settings"),
    *("muster.bootstrap.sandbox", "muster.bootstrap.elsewhere"),
    # What these only load once they need it:
    *("alembic.command", "jsonschema", "mako.template", "pygments.lexers", "tomllib"),
)
_MESSAGE_BYTES: Final = 1 << 20
_STREAMS: Final = 3


class ForkedProgram:
    """A process that was forked; it is used as one of `subprocess` is."""

    def __init__(self, pid: int, answers: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        """The exit code, or the negative number of the signal that ended it; None while it runs."""
        self._answers = answers

    def poll(self) -> int | None:
        """Return the exit code; None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(timeout=0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; return the exit code.

        Args:
            timeout: in seconds.

        Raises:
            subprocess.TimeoutExpired: it has not ended in time.
        """
        if self.returncode is None:
            self._answers.settimeout(timeout)
            try:
                self.returncode = _receive_number(self._answers)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("muster", timeout or 0) from None
            self._answers.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        self.send_signal(signal.SIGKILL)


def start_forked(
    *arguments: str,
    variables: Mapping[str, str],
    folder: Path | None = None,
    stdin: IO[Any] | None = None,
    stdout: IO[Any] | None = None,
    stderr: IO[Any] | None = None,
) -> ForkedProgram:
    """Start `muster` with these arguments.

    Args:
        variables: all that its environment has.
        folder: where it works; by default in that of this process.
        stdin: what it reads; by default nothing.
        stdout: an open file or pipe, not a terminal; by default what it writes is lost.
        stderr: likewise.
    """
    request = {
        "arguments": arguments,
        "variables": dict(variables),
        "folder": str(folder or Path.cwd()),
    }
    answers, answering = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with answering, Path(os.devnull).open("r+b") as nothing:
        streams = [(one or nothing).fileno() for one in (stdin, stdout, stderr)]
        message = json.dumps(request).encode()
        socket.send_fds(_fork_server(), [message], [*streams, answering.fileno()])
    return ForkedProgram(_receive_number(answers), answers)


def run_forked(
    *arguments: str,
    variables: Mapping[str, str],
    folder: Path | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run `muster` with these arguments; return what it printed.

    Args:
        variables: see `start_forked`.
        folder: see `start_forked`.
        timeout: in seconds.

    Raises:
        subprocess.TimeoutExpired: it did not end in time; it has been killed.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = start_forked(
            *arguments, variables=variables, folder=folder, stdout=output, stderr=errors
        )
        try:
            process.wait(timeout)
        finally:
            process.kill()
            process.wait()
        for written in (output, errors):
            written.seek(0)
        return subprocess.CompletedProcess(arguments, process.wait(), output.read(), errors.read())


def _receive_number(answers: socket.socket) -> int:
    message = answers.recv(_MESSAGE_BYTES)
    if not message:
        raise RuntimeError("what forks `muster` has ended; its standard error says why")
    return int(message)


@cache
def _fork_server() -> socket.socket:
    """Start what forks; return where it is asked to. It ends when that is closed."""
    requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            # The library of numpy would start a thread.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            cwd=Path(__file__).parents[1],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # an interruption is this process's to handle
        )
    atexit.register(process.wait)
    atexit.register(requests.close)
    return requests


class _Fork(NamedTuple):
    """What a fork is asked to be: see `start_forked`."""

    arguments: Sequence[str]
    variables: Mapping[str, str]
    folder: str
    streams: Sequence[int]

    def become(self) -> None:
        """Be it; the interpreter ends after that."""
        for number, stream in enumerate(self.streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.variables)
        time.tzset()
        tempfile.tempdir = None
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv = ["-m", *self.arguments]
        sys.path[0] = self.folder
        runpy.run_module("muster", run_name="__main__", alter_sys=True)


def _load() -> None:
    """Load Muster, and keep what is loaded in memory that the forks can share."""
    for name in _LOADED_LATER:
        importlib.import_module(name)
    build_cli(ProgramRuntime())  # it loads every command
    if len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208 - only how many
        raise RuntimeError("a module that Muster loads has started a thread, and no fork has that")
    gc.collect()
    gc.freeze()


def _fork_on_request(requests: socket.socket) -> _Fork | None:
    """Fork until nobody can ask any more; then kill what still runs.

    Returns:
        in each fork, what it is to be; None in this process.
    """
    ended, wakeup = socket.socketpair()
    for end in (ended, wakeup):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
    running: dict[int, socket.socket] = {}
    while True:
        readable, _, _ = select.select([requests, ended], [], [])
        if ended in readable:
            ended.recv(_MESSAGE_BYTES)
            _tell_ends(running)
        if requests not in readable:
            continue
        message, descriptors, _, _ = socket.recv_fds(requests, _MESSAGE_BYTES, _STREAMS + 1)
        if not message:
            break
        *streams, answering = descriptors
        answers = socket.socket(fileno=answering)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for one in (requests, ended, wakeup, answers, *running.values()):
                one.close()
            return _Fork(**json.loads(message), streams=streams)
        for stream in streams:
            os.close(stream)
        running[pid] = answers
        answers.send(str(pid).encode())
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    return None


def _tell_ends(running: dict[int, socket.socket]) -> None:
    """Tell of each fork that has ended how it did, and forget it."""
    for pid in [*running]:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            with running.pop(pid) as answers, suppress(OSError):  # nobody may wait for it
                answers.send(str(os.waitstatus_to_exitcode(status)).encode())


if __name__ == "__main__":
    _load()
    fork = _fork_on_request(socket.socket(fileno=int(sys.argv[1])))
    if fork is not None:
        fork.become()
