"""An integration's folder as it was read: a manifest, logos and whatever else lies in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MANIFEST_NAME: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """What stands for the content of a file that could not be read, or was too large to be.

    Attributes:
        message: why, in a sentence.
        hint: how to mend it, in a sentence.
    """

    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class IntegrationFolder:
    """A folder `integrations/<key>/`, read into memory.

    Attributes:
        name: the folder's own name, which is the integration key but for its case.
        files: content by path, relative to the folder, with `/` between its parts. A file that is not
            there is missing; one that is there and could not be read is an `UnreadableFile`.
        place: the folder's path as the user knows it, for messages.
    """

    name: str
    files: Mapping[str, bytes | UnreadableFile]
    place: str = ""
