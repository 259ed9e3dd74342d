"""Folders of integrations, read into memory whole, and written.

A folder may come from anybody: nothing outside it is read through a link, and nothing without a bound.
What is wrong inside an integration's folder is part of what was read, for the linter to tell; only a
place that can't be read at all is an error here.
"""

import difflib
import errno
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from muster.core.errors import ConfigurationError, ConflictError, NotFoundError
from muster.manifests.folder import MANIFEST_NAME, IntegrationFolder, UnreadableFile
from muster.storage.files.catalog import bundled_integrations
from muster.storage.files.integration_folder import in_utf8, is_passed_over, read_files
from muster.storage.files.plain_file import UnreadableFileError, resolve_inside

MAX_INTEGRATIONS: Final = 2000
"""How many integrations a folder of them may hold."""

_FOLDER_NAME: Final = "integrations"
_SHOWN_LENGTH: Final = 200


def read_integration_folders(places: Sequence[Path]) -> list[IntegrationFolder]:
    """Read folders of integrations into memory, by name; nothing in them stops the rest.

    Each place is an integration's folder, a folder of such folders, or a checkout that holds one as
    `integrations`. None at all: the nearest `integrations`, else the bundled ones. Where no folder in
    a place holds a manifest, the place has no integrations, unless it is named `integrations`, or lies
    in a folder of that name and so is an integration without manifest itself.

    Raises:
        ConfigurationError: a place is not there or can't be listed.
    """
    if not places:
        root = find_nearest_integrations() or bundled_integrations()
        return [_read_child(root, name) for name in _list_children(root)]
    return [folder for place in places for folder in _read_place(place)]


def find_integration_folder(name: str) -> IntegrationFolder:
    """Read one integration's folder, by the path of it or by its key, in whatever case.

    Raises:
        NotFoundError: there is none, neither near the working directory nor bundled; the message
            names the nearest.
    """
    if "\0" not in name and _holds_manifest(Path(name)):
        return _read_folder(Path(name))
    known: list[str] = []
    for root in (find_nearest_integrations(), bundled_integrations()):
        children = [] if root is None or "/" in name else list(_list_children(root))
        same = [child for child in children if child.lower() == name.lower()]
        if root and same:
            return _read_child(root, name if name in same else same[0])
        known.extend(children)
    near = difflib.get_close_matches(name.lower(), known, n=1) if len(name) < _SHOWN_LENGTH else ()
    hint = f"Did you mean {near[0]!r}?" if near else "Name its key, or the path of its folder."
    raise NotFoundError(f"There is no integration {name[:_SHOWN_LENGTH]!r}. {hint}")


def write_integration_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a new folder with these files by relative path: all of them or none.

    Raises:
        ConflictError: the folder is there already and not empty.
        ConfigurationError: it can't be written.
        ValueError: a path leads out of the folder.
    """
    for name in files:
        parts = PurePosixPath(name).parts
        if not parts or parts[0] == "/" or ".." in parts:
            raise ValueError(f"{name!r} is no path inside a folder.")
    target = _absolute(folder)
    temporary = target.with_name(f".muster-{secrets.token_hex(4)}")
    try:
        if not _is_free(target):
            raise _conflict(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(temporary, files)
            _rename(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise ConfigurationError(f"{folder} can't be written: {error.strerror}.") from error


def _conflict(folder: Path) -> ConflictError:
    return ConflictError(f"{folder} is there already. Name another folder.")


def _rename(temporary: Path, target: Path) -> None:
    try:
        temporary.rename(target)  # an empty folder makes way
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:  # something came in the meantime
            raise _conflict(target) from error
        raise


def _is_free(target: Path) -> bool:
    """Tell whether there is nothing, or an empty folder, where a folder is to be."""
    if target.is_symlink() or not target.is_dir():
        return not os.path.lexists(target)
    return not _has_entries(target)


def _has_entries(folder: Path) -> bool:
    with os.scandir(folder) as found:
        return any(True for _ in found)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _read_place(place: Path) -> list[IntegrationFolder]:
    if _holds_manifest(place):
        return [_read_folder(place)]
    inner = place / _FOLDER_NAME
    root = _check_leads_inside(inner) if _is_directory(inner) else place
    children = list(_list_children(root))
    if _absolute(root).name == _FOLDER_NAME or any(
        _holds_manifest(root / child) for child in children
    ):
        return [_read_child(root, child) for child in children]
    if _absolute(root).parent.name == _FOLDER_NAME:
        return [_read_folder(root)]
    return []


def find_nearest_integrations() -> Path | None:
    """Return the nearest `integrations` of the working directory and the folders above it, if any."""
    try:
        working_directory = Path.cwd()
    except OSError as error:
        raise ConfigurationError(
            f"The working directory can't be read: {error.strerror}. Change to another."
        ) from error
    for folder in (working_directory, *working_directory.parents):
        found = folder / _FOLDER_NAME
        if _is_directory(found):
            _check_leads_inside(found)
            return Path(_FOLDER_NAME) if folder == working_directory else found
    return None


def _check_leads_inside(integrations: Path) -> Path:
    """Return a checkout's folder of integrations, which is not a link to somewhere else."""
    try:
        resolve_inside(os.path.realpath(integrations.parent), str(integrations))
    except UnreadableFileError as error:
        raise ConfigurationError(
            f"{integrations} can't be read: {error.message} Name a folder of integrations itself."
        ) from error
    return integrations


def _list_children(root: Path) -> list[str]:
    """Return, by name, what in a folder should be an integration: all but files and hidden things."""
    try:
        with os.scandir(root) as found:
            names = list(islice(filter(None, map(_child_name, found)), MAX_INTEGRATIONS + 1))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or "it is no path"
        raise ConfigurationError(
            f"{root} can't be read: {reason}. Name the folder of an integration, a folder of such "
            f"folders, or a checkout that holds one as `{_FOLDER_NAME}`."
        ) from error
    if len(names) > MAX_INTEGRATIONS:
        raise ConfigurationError(
            f"{root} holds more than {MAX_INTEGRATIONS:,} folders. Name those that are to be read."
        )
    return sorted(names)


def _child_name(entry: "os.DirEntry[str]") -> str | None:
    """Return the name of what should be an integration, or None; a link may lead to one."""
    if is_passed_over(entry.name):
        return None
    if entry.is_dir(follow_symlinks=False):
        return entry.name
    is_link_to_file = entry.is_symlink() and _is_file(entry)
    return entry.name if entry.is_symlink() and not is_link_to_file else None


def _is_file(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_file()
    except OSError:  # a loop of links; reading it will say so
        return False


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # it may not be looked at; listing the place will say so
        return False


def _holds_manifest(place: Path) -> bool:
    return os.path.lexists(place / MANIFEST_NAME)


def _read_child(root: Path, name: str) -> IntegrationFolder:
    """Read an integration in a folder of integrations; as a link it must not lead out of that."""
    place = root / name
    if place.is_symlink():
        try:
            resolve_inside(os.path.realpath(root), str(place))
        except UnreadableFileError as error:
            problem = UnreadableFile(error.message, error.hint)
            return IntegrationFolder(in_utf8(name), {MANIFEST_NAME: problem}, str(place))
    return _read_folder(place)


def _read_folder(place: Path) -> IntegrationFolder:
    files = read_files(os.path.realpath(place))
    return IntegrationFolder(in_utf8(_absolute(place).name), files, str(place))


def _absolute(path: Path) -> Path:
    """Return a path from the root, without `..`, and through links under their own names."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - `absolute` keeps `..`, `resolve` no links
