"""Data directories that end with the process: no later start meets what an earlier one left behind."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PREFIX: Final = "muster-sandbox-"
_LOCK: Final = "lock"


@contextmanager
def scratch_directory() -> Iterator[Path]:
    """Make a directory that only its owner can read, and remove it in the end.

    Those of processes that were killed go first: each process holds a lock in its own.
    """
    root = Path(tempfile.gettempdir())
    _remove_abandoned(root)
    # A hidden name until the lock is held, so that no other process takes it for abandoned.
    hidden = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=root))
    held = _lock(hidden / _LOCK)
    place = hidden.rename(root / hidden.name.removeprefix("."))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(held)


def _lock(path: Path) -> int:
    """Lock a file; return its descriptor.

    Raises:
        BlockingIOError: another process has locked it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _remove_abandoned(root: Path) -> None:
    for place in root.glob(f"{_PREFIX}*"):
        # Somebody else's, or a link that leads elsewhere, is not ours to remove.
        if place.is_symlink() or not _is_ours(place) or not (place / _LOCK).is_file():
            continue
        try:
            held = _lock(place / _LOCK)
        except OSError:
            continue
        shutil.rmtree(place, ignore_errors=True)
        os.close(held)


def _is_ours(place: Path) -> bool:
    try:
        return place.lstat().st_uid == os.getuid()
    except OSError:
        return False
