"""Archives that are the same, byte for byte, whenever the same files are put into them.

Names are sorted, and times, modes and owners are fixed. Only another version of zlib, which compresses
otherwise, gives other bytes. What is written appears whole under its name, or not at all.
"""

import gzip
import io
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final

from muster.core.errors import ConfigurationError, ConflictError
from muster.manifests.folder import MANIFEST_NAME

_FILE_MODE: Final = 0o644
_MODIFIED_SECONDS: Final = 315_532_800
"""1980-01-01 00:00 UTC, the first moment that a zip archive can name; since the epoch."""
_MODIFIED: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_BEST_COMPRESSION: Final = 9


class ArchiveFormat(StrEnum):
    """How files are put into one; the value is the ending of the archive's name."""

    TAR_GZ = "tar.gz"
    ZIP = "zip"


def build_archive(files: Mapping[str, bytes], archive_format: ArchiveFormat) -> bytes:
    """Return an archive of files, given by relative path with `/` between its parts.

    Raises:
        ValueError: a path leads out of the archive.
    """
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or not path.parts or ".." in path.parts:
            raise ValueError(f"{name!r} is no path inside an archive.")
    build = _build_zip if archive_format is ArchiveFormat.ZIP else _build_tar_gz
    return build(sorted(files.items()))


def write_file(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a file whole; until it is, nothing is seen of it but a hidden temporary file beside it.

    Raises:
        ConflictError: there is something of that name already, and it may not be replaced.
        ConfigurationError: the file can't be written.
    """
    if path.is_dir():
        raise ConflictError(f"{path} is a folder. Name a file.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor is no path
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), _FILE_MODE)
                os.fsync(file.fileno())
            _give_name(temporary, path, replace=replace)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{path} can't be written: {error.strerror}.") from error


@contextmanager
def set_aside(folder: Path) -> Iterator[None]:
    """Move an integration's folder out of the way, to be replaced in the block, and then remove it.

    Where the block fails, the folder is put back. A folder that is not there is none to move.

    Raises:
        ConflictError: what is there is no integration's folder, so nothing of it is touched.
        ConfigurationError: it can't be moved.
    """
    if not os.path.lexists(folder):
        yield
        return
    if folder.is_symlink() or not (folder / MANIFEST_NAME).is_file():
        raise ConflictError(
            f"{folder} is there, and is no folder of an integration: it holds no {MANIFEST_NAME}. "
            "Move it away yourself."
        )
    try:
        shelter = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        former = folder.rename(shelter / folder.name)
    except OSError as error:
        raise ConfigurationError(f"{folder} can't be replaced: {error.strerror}.") from error
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        former.rename(folder)
        shelter.rmdir()
        raise
    shutil.rmtree(shelter, ignore_errors=True)


def _give_name(temporary: Path, path: Path, *, replace: bool) -> None:
    if replace:
        temporary.replace(path)
        return
    try:
        # A link, unlike a rename, never takes the place of a file that came in the meantime.
        path.hardlink_to(temporary)
    except OSError:  # it is there, or this file system has no links
        if os.path.lexists(path):
            raise ConflictError(f"{path} is there already.") from None
        temporary.rename(path)


def _build_tar_gz(files: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(
            filename="", mode="wb", compresslevel=_BEST_COMPRESSION, fileobj=buffer, mtime=0
        ) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = _FILE_MODE
            entry.mtime = _MODIFIED_SECONDS
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _build_zip(files: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, _MODIFIED)
            entry.create_system = _UNIX
            entry.external_attr = (0o100000 | _FILE_MODE) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, _BEST_COMPRESSION)
    return buffer.getvalue()
