"""Reading files of folders that may come from anybody.

Nothing outside a folder is read through a link, nothing is waited for, and nothing is read without a
bound.
"""

import errno
import os
import stat
from typing import Final

MAX_FILE_BYTES: Final = 1024 * 1024
"""How large a file may be to be read. Manifests and logos have some kilobytes."""

_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class UnreadableFileError(Exception):
    """A file can't be read, or may not be.

    Attributes:
        message: why, in a sentence.
        hint: how to mend it, in a sentence; empty where the message says all.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def resolve_inside(root: str, path: str) -> str:
    """Return the real path of a file or folder, with all links followed, inside a root folder.

    Args:
        root: the real path of a folder.

    Raises:
        UnreadableFileError: there is nothing at the path, or a link leads out of the root or in a loop.
    """
    try:
        real = os.path.realpath(path, strict=True)
    except FileNotFoundError:
        if os.path.lexists(path):
            raise UnreadableFileError(
                "This link leads to nothing.", "Put what it should lead to here."
            ) from None
        raise UnreadableFileError(
            "There is no such file.", "Add it, or move the folder away."
        ) from None
    except OSError as error:
        raise _unreadable(error) from error
    if real != root and not real.startswith(root.rstrip("/") + "/"):
        raise UnreadableFileError("This link leads out of the folder.", "Copy the file here.")
    return real


def read_plain_file(path: str) -> bytes:
    """Return what is in a file of at most 1 MiB.

    Args:
        path: a real path; a link at its end is not followed.

    Raises:
        UnreadableFileError: it is no file, too large, or can't be read.
    """
    try:
        # A device or a pipe may be changed by being opened, so it is not.
        _check_is_plain(os.lstat(path))
        descriptor = os.open(path, _FLAGS)
        try:
            found = os.fstat(descriptor)
            _check_is_plain(found)
            return _read_all(descriptor, found.st_size)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unreadable(error) from error


def _check_is_plain(found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise UnreadableFileError("This is a folder, not a file.", "Put a file here.")
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableFileError("This is not a file.", "Put a file here.")


def _read_all(descriptor: int, size: int) -> bytes:
    if size > MAX_FILE_BYTES:
        raise _too_large(f"{size:,}")
    parts: list[bytes] = []
    left = MAX_FILE_BYTES + 1
    while left and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    if not left:  # it grew while it was read
        raise _too_large("too many")
    return b"".join(parts)


def _too_large(size: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"The file has {size} bytes; none of more than {MAX_FILE_BYTES:,} bytes is read.",
        "Shorten it.",
    )


def _unreadable(error: OSError) -> UnreadableFileError:
    if error.errno == errno.ELOOP:
        return UnreadableFileError("This link leads to itself.", "Put a file here.")
    reason = error.strerror or "the system does not say why"
    return UnreadableFileError(f"It can't be read: {reason}.")
