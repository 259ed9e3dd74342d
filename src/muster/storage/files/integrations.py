"""Folders of integrations, read into memory whole, and written.

A folder may come from anybody: nothing outside it is read through a link, and nothing without a bound.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from muster.core.errors import ConflictError, NotFoundError
from muster.manifests.folder import MANIFEST_NAME, IntegrationFolder
from muster.storage.files.catalog import bundled_integrations


def read_integration_folders(places: Sequence[Path]) -> list[IntegrationFolder]:
    """Read folders of integrations into memory; see `muster.cli.runtime.Runtime`."""
    folders: list[IntegrationFolder] = []
    for place in places or [bundled_integrations()]:
        if (place / MANIFEST_NAME).is_file():
            folders.append(_read(place))
        else:
            inner = place / "integrations"
            root = inner if inner.is_dir() else place
            folders.extend(_read(one) for one in sorted(root.iterdir()) if one.is_dir())
    return folders


def find_integration_folder(name: str) -> IntegrationFolder:
    """Read one integration's folder, by its path or key; see `muster.cli.runtime.Runtime`."""
    for place in (Path(name), Path("integrations") / name, bundled_integrations() / name.lower()):
        if (place / MANIFEST_NAME).is_file():
            return _read(place)
    raise NotFoundError(f"There is no integration {name!r}.")


def write_integration_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a new folder with these files by relative path; see `muster.cli.runtime.Runtime`."""
    if folder.exists() and any(folder.iterdir()):
        raise ConflictError(f"{folder} is there already.")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _read(folder: Path) -> IntegrationFolder:
    files: dict[str, bytes] = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    return IntegrationFolder(folder.name, dict(files), str(folder))
