"""What the list of tags needs of a store, besides what services give. Implementations live under
`storage/`.
"""

from collections.abc import Collection
from typing import NamedTuple, Protocol

from muster.core.ids import EnvironmentId


class TaggedSegments(NamedTuple):
    """Tags that segments of an environment have."""

    environment_id: EnvironmentId
    tags: tuple[str, ...]


class SegmentTagStore(Protocol):
    """Reads the tags of segments. It may block: call it from a worker thread."""

    def list_segment_tags(self) -> Collection[TaggedSegments]:
        """Return the lists of tags that segments have, each once for each environment."""
        ...
