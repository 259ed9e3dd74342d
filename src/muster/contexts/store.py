"""What contexts need of their stores. Implementations live under `storage/`.

Every method may block on a disk or a network: call it from a worker thread. Texts are ordered by their
UTF-8 bytes, as the members of segments are.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from muster.contexts.model import ContextKind, ContextRecord
from muster.core.ids import EnvironmentId, ProjectId, SegmentId


class ContextStore(Protocol):
    """Keeps the contexts that were evaluated, one record of each for each application."""

    def record_contexts(self, records: Collection[ContextRecord]) -> None:
        """Store records, in the place of older ones of the same context and application.

        Args:
            records: each of another context or application.
        """
        ...

    def find_contexts(
        self, environment_id: EnvironmentId, kind: str, key: str
    ) -> Sequence[ContextRecord]:
        """Return the records of one context, ordered by application; that of none comes first."""
        ...

    def list_contexts(
        self,
        environment_id: EnvironmentId,
        kind: str,
        *,
        after: tuple[str, str | None] | None = None,
        since: str = "",
        limit: int = 100,
    ) -> Sequence[ContextRecord]:
        """Return records of a kind, ordered by key, then by application.

        Args:
            after: key and application of a record: only those that follow it.
            since: only those with this key or a greater one.
        """
        ...

    def list_latest(
        self, environment_id: EnvironmentId, kind: str, limit: int
    ) -> Sequence[ContextRecord]:
        """Return the records of a kind that were seen last, the latest first."""
        ...

    def list_recorded_kinds(self, environment_id: EnvironmentId) -> Sequence[str]:
        """Return the kinds that an environment has records of, in order."""
        ...

    def find_last_seen(self, environment_id: EnvironmentId, kind: str) -> datetime | None:
        """Return when a context of a kind was last evaluated."""
        ...

    def prune_contexts(self, before: datetime) -> int:
        """Delete the records last seen before a moment, and those of environments that are gone.

        Returns:
            How many there were.
        """
        ...


class ContextKindStore(Protocol):
    """Keeps the kinds of contexts that projects have."""

    def list_kinds(self, project_id: ProjectId) -> Sequence[ContextKind]:
        """Return the kinds that are kept of a project, ordered by key."""
        ...

    def add_kinds(self, kinds: Collection[ContextKind]) -> None:
        """Store kinds, but for those that are there already or whose project is gone."""
        ...

    def save_kind(self, kind: ContextKind, *, replaces: int | None) -> bool:
        """Store a kind.

        Args:
            replaces: the version that is stored now; None for none.

        Returns:
            Whether that was so, and the project is still there; else nothing is stored.
        """
        ...

    def list_segment_kinds(self, project_id: ProjectId) -> Mapping[str, datetime]:
        """Return the kinds of a project's segments, and when the first segment of each was made."""
        ...


class SegmentIndex(Protocol):
    """Finds segments by the kind of their members."""

    def list_segment_ids(self, environment_id: EnvironmentId) -> Mapping[str, Sequence[SegmentId]]:
        """Return the environment's segments by the kind of their members."""
        ...
