"""`SegmentTagStore` on SQLite and PostgreSQL."""

from sqlalchemy import Engine

from muster.core.ids import SegmentId
from muster.storage.sql.segments import SqlSegmentStore
from muster.storage.sql.tags import SqlSegmentTagStore
from tests.storage.sql.things import a_segment, install


def test_the_tags_of_segments_that_are_there_come_by_environment(engine: Engine) -> None:
    one, other = (environment.id for environment in install(engine).environments)
    store = SqlSegmentTagStore(engine)
    assert store.list_segment_tags() == []
    segments = SqlSegmentStore(engine)
    deleted = a_segment(one, "deleted", tags=("gone",))
    segments.save_segments(
        [
            deleted,
            a_segment(one, "a", tags=("beta", "eu")),
            a_segment(one, "b", tags=("beta", "eu")),
            a_segment(one, "c", tags=()),
            a_segment(other, "a", tags=("beta", "eu")),
            a_segment(other, "d", tags=("us",), id=SegmentId(f"{deleted.id}x")),
        ]
    )
    segments.delete_segment(deleted.id)
    assert sorted(store.list_segment_tags()) == sorted(
        [(one, ("beta", "eu")), (other, ("beta", "eu")), (other, ("us",))]
    )
