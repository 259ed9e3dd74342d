"""What of an integration's folder is submitted: the manifest, the files that it names, and a few more."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.json_text import JsonSyntaxError, JsonText
from muster.core.pointers import Json
from muster.manifests.folder import MANIFEST_NAME, IntegrationFolder, UnreadableFile

_ACCOMPANYING: Final = frozenset(
    {"readme.md", "license", "license.md", "license.txt", "notice", "notice.md", "notice.txt"}
)
"""Files beside the manifest that are submitted without being named in it, in lower case."""


@dataclass(frozen=True, slots=True)
class Package:
    """What is submitted of an integration.

    Attributes:
        root: the folder that the files belong into, `integrations/<key>`.
        files: content by path below `root`, with `/` between its parts, in the order of the paths.
        left_out: what else lies in the integration's folder, by path, in order.
    """

    root: str
    files: Mapping[str, bytes]
    left_out: tuple[str, ...]

    @property
    def size_bytes(self) -> int:
        """Return the size of all files together."""
        return sum(map(len, self.files.values()))


def gather_package(folder: IntegrationFolder) -> Package:
    """Choose what is submitted of a folder whose manifest is valid.

    That is the manifest, each file whose path some text of the manifest is (logos, templates), and a
    README, licence and notice beside it.

    Raises:
        InvalidRequestError: a file that belongs to it is missing or can't be read.
    """
    paths = {MANIFEST_NAME, *submitted_paths(folder)}
    return Package(
        root=f"integrations/{folder.name.lower()}",
        files={path: _content(folder, path) for path in sorted(paths)},
        left_out=tuple(sorted(folder.files.keys() - paths)),
    )


def submitted_paths(folder: IntegrationFolder) -> frozenset[str]:
    """Return the paths of what is submitted of a folder, whatever state its files are in."""
    named = _named_paths(folder.files.get(MANIFEST_NAME))
    return frozenset(
        path
        for path in folder.files
        if path == MANIFEST_NAME or path in named or path.lower() in _ACCOMPANYING
    )


def _named_paths(manifest: bytes | UnreadableFile | None) -> frozenset[str]:
    """Return each text of a manifest as the path that it may be; none where it can't be read."""
    if not isinstance(manifest, bytes):
        return frozenset()
    try:
        document = JsonText.decode(manifest).document
    except JsonSyntaxError:
        return frozenset()
    return frozenset(map(posixpath.normpath, _texts(document)))


def _content(folder: IntegrationFolder, path: str) -> bytes:
    content = folder.files.get(path)
    if isinstance(content, bytes):
        return content
    place = f"{folder.place}/{path}"
    if isinstance(content, UnreadableFile):
        raise InvalidRequestError(f"{place}: {content.message} {content.hint}".rstrip())
    raise InvalidRequestError(f"{place}: there is no such file. Add it.")


def _texts(document: Json) -> Iterator[str]:
    """Yield each text of a document that is a value."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
