"""Imports, exports and expiring targets in the control store."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from muster.core.errors import ConflictError
from muster.segments.csv_keys import BadRow
from muster.segments.model import Segment
from muster.segments.transfers import ExportStatus, ImportProgress, ImportStatus
from muster.storage.sql.expiring_targets import SqlExpiringTargetStore
from muster.storage.sql.segments import SqlSegmentStore
from muster.storage.sql.transfers import SqlTransferStore
from tests.clock import START
from tests.storage.sql.things import (
    a_segment,
    an_expiring_target,
    an_export,
    an_import,
    install,
)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def segment(engine: Engine) -> Segment:
    """A big segment."""
    made = a_segment(install(engine).environments[0].id, "big", source=None)
    assert SqlSegmentStore(engine).insert_segment(made)
    return made


@pytest.fixture
def transfers(engine: Engine) -> SqlTransferStore:
    """The store."""
    return SqlTransferStore(engine)


@pytest.fixture
def expiring(engine: Engine) -> SqlExpiringTargetStore:
    """The store."""
    return SqlExpiringTargetStore(engine)


def test_an_import_is_kept_as_far_as_it_is(transfers: SqlTransferStore, segment: Segment) -> None:
    one = an_import(segment)
    transfers.create_import(one)
    assert transfers.find_import(segment.id, one.id) == one
    assert transfers.list_unfinished_imports() == [one]
    assert transfers.has_unfinished_import(segment.environment_id)
    progress = ImportProgress(9, 8, 7, 6, 5, 1, (BadRow(3, "found an empty string"),), "why")
    ended = replace(one, status=ImportStatus.STOPPED, progress=progress)
    assert transfers.update_import(ended)
    assert transfers.find_import(segment.id, one.id) == ended
    assert transfers.list_unfinished_imports() == []
    assert not transfers.has_unfinished_import(segment.environment_id)


def test_an_import_is_of_its_segment_alone(
    engine: Engine, transfers: SqlTransferStore, segment: Segment
) -> None:
    other = a_segment(segment.environment_id, "other", source=None)
    SqlSegmentStore(engine).insert_segment(other)
    one = an_import(segment)
    transfers.create_import(one)
    assert transfers.find_import(other.id, one.id) is None


def test_an_export_is_forgotten_in_time(transfers: SqlTransferStore, segment: Segment) -> None:
    old = an_export(segment, created_at=START - MINUTE, status=ExportStatus.COMPLETE)
    slow = an_export(segment, created_at=START - MINUTE)
    new = an_export(segment, status=ExportStatus.COMPLETE, size_bytes=5, member_count=2)
    for one in (old, slow, new):
        transfers.create_export(one)
    assert transfers.list_unfinished_exports() == [slow]
    assert transfers.prune_transfers(START) == {slow.id, new.id}
    assert transfers.find_export(segment.id, old.id) is None
    assert transfers.find_export(segment.id, new.id) == new


def test_what_belongs_to_a_segment_goes_with_it(
    engine: Engine,
    transfers: SqlTransferStore,
    expiring: SqlExpiringTargetStore,
    segment: Segment,
) -> None:
    one = an_import(segment)
    transfers.create_import(one)
    expiring.save_targets([an_expiring_target(segment)], [])
    assert SqlSegmentStore(engine).delete_segment(segment.id)
    assert not transfers.update_import(one)
    assert expiring.list_targets(segment.id) == []
    with pytest.raises(ConflictError):
        transfers.create_import(an_import(segment))
    with pytest.raises(ConflictError):
        transfers.create_export(an_export(segment))


def test_targets_are_due_when_their_moment_has_come(
    expiring: SqlExpiringTargetStore, segment: Segment
) -> None:
    first, second, third = (
        an_expiring_target(segment, context_key=key, expires_at=START + index * MINUTE)
        for index, key in enumerate("abc")
    )
    expiring.save_targets([third, first, second], [])
    assert expiring.list_targets(segment.id) == [first, second, third]
    assert expiring.list_due(START + MINUTE, 10) == [first, second]
    assert expiring.list_due(START + MINUTE, 1) == [first]
    later = replace(first, expires_at=START + 5 * MINUTE, version=2)
    expiring.save_targets([later], [second])
    assert expiring.list_targets(segment.id) == [third, later]


def test_a_target_expires_once(expiring: SqlExpiringTargetStore, segment: Segment) -> None:
    expiring.save_targets([an_expiring_target(segment)], [])
    with pytest.raises(ConflictError):
        expiring.save_targets([an_expiring_target(segment)], [])
