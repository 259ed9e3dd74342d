"""What the list of tags needs of a store, besides what services give. Implementations live under
`storage/`.
"""

from collections.abc import Collection
from typing import NamedTuple, Protocol

from muster.core.ids import EnvironmentId, ProjectId


class TaggedSegments(NamedTuple):
    """Tags that segments of an environment have."""

    environment_id: EnvironmentId
    tags: tuple[str, ...]


class SegmentTagStore(Protocol):
    """Reads the tags of segments. It may block: call it from a worker thread."""

    def list_segment_tags(self) -> Collection[TaggedSegments]:
        """Return the lists of tags that segments have, each once for each environment."""
        ...


class TaggedFlags(NamedTuple):
    """Tags that flags of a project have."""

    project_id: ProjectId
    tags: tuple[str, ...]


class FlagTagStore(Protocol):
    """Reads the tags of flags; it may block."""

    def list_flag_tags(self) -> Collection[TaggedFlags]:
        """Return the lists of tags that flags have, each once for each project."""
        ...
