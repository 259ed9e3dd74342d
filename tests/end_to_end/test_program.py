"""A fork of the program that is loaded is what an interpreter is that loads it; see `tests.program`.

The comparisons also prove that each group of commands loads what it needs by itself: where they run as
forks, everything is loaded.
"""

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.harness import INTEGRATIONS, Muster, clean_environment, run_fresh
from tests.end_to_end.official_segments import eventually
from tests.end_to_end.rest import push
from tests.program import ForkedProgram, run_forked, start_forked

COMMANDS = (
    *("projects list", "environments list", "segments members rudderstack-vip", "contexts kinds"),
    *("segments export rudderstack-vip", "segments show nowhere", "token list", "roles list"),
    *("members list", "webhooks list", "relay-configs list", "integration-configs list"),
    *("requests list", "audit list --json", "catalog list", "nonsense", "serve --port many"),
)
OF_INTEGRATIONS = ("validate", "docs", "checklist", "sample", "pack")
_PASSED = re.compile(r" +(just now|\d+ (second|minute)s? ago|\(\d\.\d+ s\))")
_PADDING = re.compile(r" {2,}")
"""Between columns: how wide they are depends on the time that has passed."""


@pytest.fixture(scope="module")
def synced(server: Muster, environment: str) -> Muster:
    """A server with a segment, which has written down all that happened to it."""
    push(server, environment, "vip", "anna", "zoë/ä b")
    eventually(lambda: shown(server, "requests list")["totalCount"], 1)
    eventually(lambda: shown(server, "token list")["items"][0]["lastUsedAt"] is not None, True)
    return server


def shown(server: Muster, command: str) -> Any:
    """Return what a command shows as JSON."""
    return json.loads(server.cli(*command.split(), "--json").stdout)


def outcome(done: "subprocess.CompletedProcess[str]") -> tuple[int, str, str]:
    """Return the exit code, and what was printed, but for the time that has passed."""
    return done.returncode, _PADDING.sub("  ", _PASSED.sub("", done.stdout)), done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_on_a_data_directory(synced: Muster, command: str) -> None:
    fresh = outcome(synced.cli(*command.split(), fresh=True))
    assert outcome(synced.cli(*command.split())) == fresh
    assert "Traceback" not in fresh[2]


@pytest.mark.parametrize("command", OF_INTEGRATIONS)
def test_commands_of_integrations(tmp_path: Path, command: str) -> None:
    arguments = ("integration", command, str(INTEGRATIONS / "hightouch"))
    folders = [tmp_path / name for name in ("forked", "fresh")]
    for one in folders:
        one.mkdir()
    forked = run_forked(*arguments, variables=clean_environment(), folder=folders[0])
    fresh = run_fresh(*arguments, folder=folders[1])
    assert outcome(forked) == outcome(fresh)
    assert [files(one) for one in folders] == [files(folders[1])] * 2


def files(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder."""
    found = (one for one in folder.rglob("*") if one.is_file())
    return {str(one.relative_to(folder)): one.read_bytes() for one in found}


def test_a_fork_has_the_variables_and_the_folder_that_it_is_given(
    synced: Muster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTER_DATA_DIR", "nowhere")
    here = clean_environment()
    named = run_forked("segments", "list", variables=here | {"MUSTER_DATA_DIR": "data"})
    assert (named.returncode, "data/memberships holds no" in named.stderr) == (1, True)
    beside = synced.data_dir.parent
    for variables in ({"MUSTER_DATA_DIR": "data"}, {}):
        found = run_forked("segments", "list", variables=here | variables, folder=beside)
        assert (found.returncode, "rudderstack-vip" in found.stdout) == (0, True)


@pytest.fixture
def forked(tmp_path: Path) -> Iterator[ForkedProgram]:
    """A server that has only been started."""
    arguments = ("serve", "--data-dir", str(tmp_path / "data"), "--port", "0")
    with (tmp_path / "log").open("w") as log:
        process = start_forked(*arguments, variables=clean_environment(), stderr=log)
    try:
        deadline = time.monotonic() + 60
        while "listening" not in (tmp_path / "log").read_text():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -9), (signal.SIGQUIT, -3)],
)
def test_a_fork_hears_signals(forked: ForkedProgram, number: int, code: int) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        forked.wait(timeout=0.01)
    assert forked.poll() is None
    forked.send_signal(number)
    assert forked.wait(timeout=60) == code
    forked.send_signal(number)  # it is gone, and so may be its number
    assert forked.poll() == code


def test_a_fork_dies_without_a_word(forked: ForkedProgram) -> None:
    """SIGKILL is not heard by the process, nor told by another: the kernel knows of no such process."""
    forked.kill()
    forked.wait()
    assert not Path(f"/proc/{forked.pid}").exists()


def test_forks_are_started_at_once_and_each_has_its_own_output() -> None:
    names = [f"command-{number}" for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        done = pool.map(lambda name: run_forked(name, variables=clean_environment()), names)
    for name, one in zip(names, done, strict=True):
        assert (one.returncode, f"'{name}'" in one.stderr) == (2, True)
