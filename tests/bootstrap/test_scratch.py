"""Directories that end with their process, and those of processes that were killed."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from muster.bootstrap.scratch import scratch_directory

HOLD = """
from muster.bootstrap.scratch import scratch_directory
with scratch_directory() as place:
    (place / "data").mkdir()
    (place / "data" / "file").write_text("x")
    print(place, flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary directories are made."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def hold() -> tuple[subprocess.Popen[str], Path]:
    """Start a process that holds a directory."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str]) -> None:
    """Kill a process, as a crash would."""
    process.kill()
    process.communicate()


def test_it_is_its_owners_alone_and_is_gone_in_the_end(root: Path) -> None:
    with scratch_directory() as place:
        assert place.parent == root
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        (place / "data").mkdir()
        (place / "data" / "file").write_text("x")
    assert list(root.iterdir()) == []


def test_it_is_gone_when_something_goes_wrong(root: Path) -> None:
    with pytest.raises(ValueError, match="x"), scratch_directory():
        raise ValueError("x")
    assert list(root.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next(root: Path) -> None:
    process, left = hold()
    end(process)
    assert (left / "data" / "file").exists()
    with scratch_directory() as place:
        assert [one for one in root.iterdir() if one != place] == []


def test_what_another_process_uses_is_left_alone() -> None:
    process, used = hold()
    try:
        with scratch_directory():
            assert (used / "data" / "file").exists()
    finally:
        end(process)


def test_what_is_no_scratch_directory_is_left_alone(root: Path, tmp_path: Path) -> None:
    (root / "muster-sandbox-notes").mkdir()
    (root / "muster-sandbox-notes" / "mine").write_text("x")
    elsewhere = root / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lock").write_text("")
    (root / "muster-sandbox-link").symlink_to(elsewhere)
    with scratch_directory():
        pass
    assert (root / "muster-sandbox-notes" / "mine").exists()
    assert (elsewhere / "lock").exists()
