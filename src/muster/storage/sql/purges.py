"""Notes of segments that are gone, whose members are still to be deleted."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Engine, delete, insert, select

from muster.core.ids import EnvironmentId, SegmentId
from muster.storage.sql.tables import segment_purges, segments
from muster.storage.sql.transactions import reading, writing

_NOTED = select(segment_purges.c.segment_id)


class SqlPurgeStore:
    """Implements `PurgeStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list_purges(self) -> Sequence[SegmentId]:
        """Return the segments whose members are to be deleted."""
        with reading(self._engine) as connection:
            found = connection.execute(_NOTED.order_by(segment_purges.c.segment_id)).scalars()
            return [SegmentId(one) for one in found]

    def forget_purges(self, segment_ids: Collection[SegmentId]) -> None:
        """Forget that these segments' members are to be deleted: it has been done."""
        with writing(self._engine) as connection:
            for segment_id in segment_ids:
                connection.execute(
                    delete(segment_purges).where(segment_purges.c.segment_id == segment_id)
                )


def note_purges(connection: Connection, segment_ids: Collection[SegmentId]) -> None:
    """Note that these segments are gone."""
    noted = set(connection.execute(_NOTED).scalars())
    rows = [{"segment_id": one} for one in segment_ids if one not in noted]
    if rows:
        connection.execute(insert(segment_purges), rows)


def delete_segments(connection: Connection, environment_id: EnvironmentId) -> None:
    """Delete all that is known of an environment's segments, and note that they are gone."""
    place = segments.c.environment_id == environment_id
    found = select(segments.c.id).where(place, segments.c.id.not_in(_NOTED))
    connection.execute(insert(segment_purges).from_select(["segment_id"], found))
    connection.execute(delete(segments).where(place))
