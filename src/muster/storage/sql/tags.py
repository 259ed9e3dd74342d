"""The tags of segments and flags."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Engine, select

from muster.core.ids import EnvironmentId, ProjectId
from muster.storage.sql.columns import from_json_list, to_json_list
from muster.storage.sql.tables import LIVE_SEGMENT, flags, segments
from muster.storage.sql.transactions import reading
from muster.tags.store import TaggedFlags, TaggedSegments

_NO_TAGS: Final = to_json_list(())


class SqlSegmentTagStore:
    """Implements `SegmentTagStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list_segment_tags(self) -> Collection[TaggedSegments]:
        """Return the lists of tags that segments have, each once for each environment."""
        query = (
            select(segments.c.environment_id, segments.c.tags)
            .where(LIVE_SEGMENT, segments.c.tags != _NO_TAGS)
            .distinct()
        )
        with reading(self._engine) as connection:
            return [
                TaggedSegments(EnvironmentId(row.environment_id), from_json_list(row.tags))
                for row in connection.execute(query)
            ]


class SqlFlagTagStore:
    """Implements `FlagTagStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list_flag_tags(self) -> Collection[TaggedFlags]:
        """Return the lists of tags that flags have, each once for each project."""
        query = select(flags.c.project_id, flags.c.tags).where(flags.c.tags != _NO_TAGS).distinct()
        with reading(self._engine) as connection:
            return [
                TaggedFlags(ProjectId(row.project_id), from_json_list(row.tags))
                for row in connection.execute(query)
            ]
