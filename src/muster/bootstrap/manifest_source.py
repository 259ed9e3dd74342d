"""The manifest of one integration, read again and again while somebody edits it."""

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.json_text import JsonSyntaxError, JsonText
from muster.core.pointers import Json
from muster.manifests.check import read_manifest
from muster.manifests.findings import InvalidManifestError, Severity
from muster.manifests.folder import MANIFEST_NAME
from muster.manifests.keys import parse_integration_key
from muster.storage.files.catalog import CatalogProblem
from muster.storage.files.plain_file import (
    UnreadableFileError,
    read_plain_file,
    resolve_inside,
)
from muster.sync.catalog import Catalog, Integration, compile_integration

POLL_SECONDS: Final = 0.2

Signature = tuple[int, int, int] | None
"""What tells one version of a file from the next: inode, size, time of change; None: no file."""


class BrokenManifestError(InvalidRequestError):
    """A manifest that can't be used; `problems` says where and why."""

    code = "broken-manifest"

    def __init__(self, problems: Sequence[CatalogProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class ManifestSource:
    """Reads the manifest of a folder.

    Attributes:
        path: the manifest's file.
        key: the integration's key.
        integration: what was read last and could be used; None before the first time.
        document: the manifest of that, decoded.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Take a folder and its name.

        Raises:
            InvalidRequestError: the name is no integration key.
        """
        self.path = folder / MANIFEST_NAME
        self.key = parse_integration_key(name)
        self.integration: Integration | None = None
        self.document: Json = None

    def read(self) -> tuple[Catalog, Sequence[str]]:
        """Return a catalog of just this integration, and no problems.

        Raises:
            BrokenManifestError: the manifest can't be used, or has no synced segments.
        """
        document, integration = self._read()
        self.document, self.integration = document, integration
        return Catalog([integration]), ()

    def signature(self) -> Signature:
        """Return what changes whenever the file does."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _read(self) -> tuple[Json, Integration]:
        text = self._decode()
        try:
            integration = compile_integration(
                self.key, read_manifest(text.document), str(self.path.parent)
            )
        except InvalidManifestError as error:
            raise BrokenManifestError(
                [
                    self._problem(text, finding.message, finding.hint, finding.pointer)
                    for finding in error.findings
                    if finding.severity is Severity.ERROR
                ]
            ) from error
        if integration.parser is None:
            problem = self._problem(
                text,
                "It declares no syncedSegment capability, so there is nothing to send here.",
                "Add capabilities.syncedSegment with a requestParser.",
                "",
            )
            raise BrokenManifestError([problem])
        return text.document, integration

    def _decode(self) -> JsonText:
        try:
            folder = os.path.realpath(self.path.parent)
            raw = read_plain_file(resolve_inside(folder, str(self.path)))
        except UnreadableFileError as error:
            problem = CatalogProblem(self.path, error.message, error.hint)
            raise BrokenManifestError([problem]) from error
        try:
            return JsonText.decode(raw)
        except JsonSyntaxError as error:
            problem = CatalogProblem(self.path, error.message, line=error.line, column=error.column)
            raise BrokenManifestError([problem]) from error

    def _problem(self, text: JsonText, message: str, hint: str, pointer: str) -> CatalogProblem:
        place = text.locate(pointer)
        return CatalogProblem(self.path, message, hint, pointer, place.line, place.column)


class EditDetector:
    """Tells edits of a file by its signatures.

    A file counts as edited when it has been the same at two looks on end: an editor may write it in
    parts, or move it away first.
    """

    def __init__(self, read: Signature) -> None:
        """Take the signature of what has been read."""
        self._read = read
        self._last = read

    def look(self, found: Signature) -> bool:
        """Tell whether the file, as it is found now, is to be read again."""
        is_settled, self._last = found == self._last, found
        if not is_settled or found == self._read:
            return False
        self._read = found
        return True


async def watch(source: ManifestSource, read: Signature, on_edit: Callable[[], None]) -> None:
    """Call back after each edit of a manifest, for ever.

    Args:
        read: the signature of what has been read.
    """
    detector = EditDetector(read)
    while True:
        await asyncio.sleep(POLL_SECONDS)
        if detector.look(source.signature()):
            on_edit()
