"""Reading all files of one integration's folder, whoever made it: whole, and within bounds.

Hidden files and `node_modules` are passed over. A link is followed where it leads to something in the
same folder. Whatever can't be read is there as an `UnreadableFile` that says why.
"""

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from muster.manifests.folder import MANIFEST_NAME, UnreadableFile
from muster.storage.files.plain_file import (
    UnreadableFileError,
    read_plain_file,
    resolve_inside,
)

MAX_ENTRIES: Final = 1000
"""How many files and folders of one integration are looked at."""
MAX_DEPTH: Final = 8
"""How many folders deep."""
MAX_TOTAL_BYTES: Final = 16 * 1024 * 1024
"""How much of one integration is read."""

_PASSED_OVER: Final = "node_modules"

Files = dict[str, bytes | UnreadableFile]


def read_files(root: str) -> Files:
    """Return the files of an integration's folder by relative path; the nearest to its top come first.

    The manifest is always among them where it is there, whatever else there is.

    Args:
        root: the real path of the folder.
    """
    return _Reading(root).read()


def is_passed_over(name: str) -> bool:
    """Tell whether a file or folder is none of an integration's by its name alone."""
    return name.startswith(".") or name == _PASSED_OVER


def in_utf8(name: str) -> str:
    r"""Return a file's name with the bytes escaped that are not UTF-8, as in `caf\udce9`."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True, slots=True, order=True)
class _Entry:
    """Something in a folder; what is neither folder nor link should be a file."""

    name: str
    is_directory: bool
    is_link: bool


@dataclass(frozen=True, slots=True)
class _Directory:
    """A folder that is still to be listed.

    Attributes:
        real: its real path.
        path: what the relative paths of its files begin with: nothing, or `assets/`.
        around: the real paths of the folders that it was reached through.
    """

    real: str
    path: str
    around: tuple[str, ...]


class _Reading:
    """The reading of one folder: what was found, and how much more may be."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._files: Files = {}
        self._waiting = deque([_Directory(root, "", ())])
        self._entries_left = MAX_ENTRIES
        self._bytes_left = MAX_TOTAL_BYTES

    def read(self) -> Files:
        """Return what is in the folder."""
        self._take_manifest()
        while self._waiting:
            self._list(self._waiting.popleft())
        return self._files

    def _take_manifest(self) -> None:
        place = f"{self._root}/{MANIFEST_NAME}"
        if os.path.lexists(place):
            try:
                self._take(MANIFEST_NAME, resolve_inside(self._root, place))
            except UnreadableFileError as error:
                self._files[MANIFEST_NAME] = UnreadableFile(error.message, error.hint)

    def _list(self, directory: _Directory) -> None:
        try:
            with os.scandir(directory.real) as found:
                # One more than is read: where it goes on, the rest is reported.
                entries = sorted(islice(_entries(found), self._entries_left + 1))
        except OSError as error:
            reason = f"The folder can't be listed: {error.strerror}."
            self._files[directory.path.rstrip("/")] = UnreadableFile(reason)
            return
        for entry in entries:
            path = directory.path + in_utf8(entry.name)
            if path == MANIFEST_NAME:
                continue
            if not self._entries_left:
                self._stop(path)
                return
            self._entries_left -= 1
            self._look_at(entry, path, directory)

    def _look_at(self, entry: _Entry, path: str, directory: _Directory) -> None:
        place = f"{directory.real}/{entry.name}"
        if entry.name != in_utf8(entry.name):
            self._files.setdefault(path, _NOT_UTF8)
        elif entry.is_directory:
            self._enter(path, place, directory)
        elif not entry.is_link:
            self._take(path, place)
        else:
            self._follow(path, place, directory)

    def _follow(self, path: str, link: str, directory: _Directory) -> None:
        try:
            real = resolve_inside(self._root, link)
        except UnreadableFileError as error:
            self._files[path] = UnreadableFile(error.message, error.hint)
            return
        if Path(real).is_dir():
            self._enter(path, real, directory)
        else:
            self._take(path, real)

    def _enter(self, path: str, real: str, directory: _Directory) -> None:
        around = (*directory.around, directory.real)
        if real in around:
            self._files[path] = _LOOP
        elif len(around) > MAX_DEPTH:
            self._files[path] = _TOO_DEEP
        else:
            self._waiting.append(_Directory(real, f"{path}/", around))

    def _take(self, path: str, place: str) -> None:
        if not self._bytes_left:
            self._files[path] = _TOO_MUCH
            return
        try:
            content = read_plain_file(place)
        except UnreadableFileError as error:
            self._files[path] = UnreadableFile(error.message, error.hint)
            return
        if len(content) > self._bytes_left:
            self._bytes_left = 0
            self._files[path] = _TOO_MUCH
        else:
            self._bytes_left -= len(content)
            self._files[path] = content

    def _stop(self, path: str) -> None:
        """Read no more, and say so at a file that would have come next."""
        self._files[path] = _TOO_MANY
        self._waiting.clear()


def _entries(found: Iterator["os.DirEntry[str]"]) -> Iterator[_Entry]:
    for entry in found:
        if not is_passed_over(entry.name):
            yield _Entry(entry.name, entry.is_dir(follow_symlinks=False), entry.is_symlink())


_NOT_UTF8: Final = UnreadableFile("Its name is not UTF-8.", "Rename it.")
_LOOP: Final = UnreadableFile("This link leads to a folder that it lies in.", "Take it away.")
_TOO_DEEP: Final = UnreadableFile(
    f"It lies more than {MAX_DEPTH} folders deep: nothing in it is read.", "Move it up."
)
_TOO_MUCH: Final = UnreadableFile(
    f"The integration has more than {MAX_TOTAL_BYTES:,} bytes of files: this one is not read.",
    "Take away what does not belong to it.",
)
_TOO_MANY: Final = UnreadableFile(
    f"The integration has more than {MAX_ENTRIES:,} files and folders: this one and others are not "
    "read.",
    "Take away what does not belong to it.",
)
