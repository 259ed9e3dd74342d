"""Reading the catalog from folders of integrations: `<key>/manifest.json` in each.

What is broken is reported and left out; it never stops the rest. A folder may come from anybody, so
nothing outside it is read through a link, and no file without a bound; see `plain_file`.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from muster.core.errors import ConfigurationError, InvalidRequestError
from muster.core.ids import IntegrationKey
from muster.core.json_text import JsonSyntaxError, JsonText
from muster.manifests.check import read_manifest
from muster.manifests.findings import InvalidManifestError
from muster.manifests.folder import MANIFEST_NAME
from muster.manifests.keys import parse_integration_key
from muster.storage.files.plain_file import (
    MAX_FILE_BYTES,
    UnreadableFileError,
    read_plain_file,
    resolve_inside,
)
from muster.sync.catalog import Catalog, Integration, compile_integration

MAX_MANIFEST_BYTES: Final = MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class CatalogProblem:
    """Why an integration was left out of the catalog.

    Attributes:
        path: the file at fault, or the folder when there is no such file.
        message: what is wrong.
        hint: how to mend it; empty where the message says all.
        pointer: JSON pointer of the value at fault, or None when the fault is not at a value.
        line: the line of the value in the file, from 1, where it is known.
        column: the column of the value in its line, in Unicode characters from 1, where it is known.
    """

    path: Path
    message: str
    hint: str = ""
    pointer: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        parts = (f"{_printable(place)}:", self.pointer, self.message, self.hint)
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class CatalogReading:
    """A catalog as it was read, and what had to be left out of it."""

    catalog: Catalog
    problems: tuple[CatalogProblem, ...]


class _SkippedError(Exception):
    """An integration can't be used, for these problems."""

    def __init__(self, *problems: CatalogProblem) -> None:
        super().__init__(*problems)
        self.problems = problems


def bundled_integrations() -> Path:
    """Return the folder of the integrations that come with Muster.

    An installed Muster has them in its package; a checkout of the repository, beside `src`.

    Raises:
        ConfigurationError: neither is there.
    """
    package = Path(str(resources.files("muster")))
    places = (package / "integrations", package.parents[1] / "integrations")
    for place in places:
        if place.is_dir():
            return place
    raise ConfigurationError(
        f"Muster's own integrations are missing: there is neither {places[0]} nor {places[1]}. "
        "Install Muster again."
    )


def read_catalog(folders: Sequence[Path]) -> CatalogReading:
    """Read folders of integrations, each laid over the ones before it.

    Where two folders hold the same key, the later is kept; one that is broken hides nothing. Hidden
    folders and plain files beside the integrations are passed over.

    Raises:
        ConfigurationError: one of the folders does not exist or can't be listed.
    """
    catalog = Catalog()
    problems: list[CatalogProblem] = []
    for folder in folders:
        reading = _read_folder(folder)
        catalog = catalog.overlay(reading.catalog)
        problems.extend(reading.problems)
    return CatalogReading(catalog, tuple(problems))


def _read_folder(folder: Path) -> CatalogReading:
    integrations: list[Integration] = []
    problems: list[CatalogProblem] = []
    by_key: defaultdict[IntegrationKey, list[Path]] = defaultdict(list)
    for place in _list_integration_folders(folder):
        try:
            by_key[parse_integration_key(place.name)].append(place)
        except InvalidRequestError as error:
            problems.append(CatalogProblem(place, error.message))
    for key, places in by_key.items():
        try:
            integrations.append(_read_integration(folder, key, places))
        except _SkippedError as skipped:
            problems.extend(skipped.problems)
    return CatalogReading(Catalog(integrations), tuple(problems))


def _list_integration_folders(folder: Path) -> Iterator[Path]:
    """Yield, by name, what in a folder should be an integration: all but files and hidden things."""
    try:
        places = sorted(folder.iterdir())
    except OSError as error:
        raise ConfigurationError(
            f"The folder of integrations {folder} can't be read: {error.strerror}. "
            "Name a folder that holds one folder for each integration."
        ) from error
    for place in places:
        if not place.name.startswith(".") and not _is_file(place):
            yield place


def _is_file(place: Path) -> bool:
    try:
        return place.is_file()
    except OSError:  # a link into a folder that may not be entered; reading it will say so
        return False


def _read_integration(root: Path, key: IntegrationKey, places: Sequence[Path]) -> Integration:
    first = places[0]
    if len(places) > 1:
        names = " and ".join(place.name for place in places)
        raise _SkippedError(
            CatalogProblem(
                first,
                f"The folders {names} are one integration: their names differ only in case.",
                "Keep one of them; neither is used.",
            )
        )
    path = first / MANIFEST_NAME
    source = _decode(path, _read_bytes(root, path))
    try:
        return compile_integration(key, read_manifest(source.document), str(first))
    except InvalidManifestError as error:
        raise _SkippedError(*_problems(path, source, error)) from error


def _problems(
    path: Path, source: JsonText, error: InvalidManifestError
) -> Iterator[CatalogProblem]:
    for finding in error.findings:
        position = source.locate(finding.pointer)
        yield CatalogProblem(
            path, finding.message, finding.hint, finding.pointer, position.line, position.column
        )


def _decode(path: Path, raw: bytes) -> JsonText:
    try:
        return JsonText.decode(raw)
    except JsonSyntaxError as error:
        raise _SkippedError(
            CatalogProblem(path, error.message, line=error.line, column=error.column)
        ) from error


def _read_bytes(root: Path, path: Path) -> bytes:
    """Return the bytes of a manifest, which is a file of at most 1 MiB inside the root folder."""
    try:
        return read_plain_file(resolve_inside(os.path.realpath(root), str(path)))
    except UnreadableFileError as error:
        raise _SkippedError(CatalogProblem(path, error.message, error.hint)) from error


def _printable(text: str) -> str:
    """Return a text with what can't be printed escaped: a folder's name may hold any bytes."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
