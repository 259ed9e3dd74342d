"""Contexts that leave a list of a segment at a moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, Row, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from muster.core.errors import ConflictError
from muster.core.ids import SegmentId
from muster.segments.expiry import ExpiringTarget
from muster.segments.model import MemberList
from muster.storage.sql.columns import from_micros, to_micros
from muster.storage.sql.tables import expiring_targets
from muster.storage.sql.transactions import is_dangling, is_duplicate, reading, writing

_COLUMNS: Final = expiring_targets.c


class SqlExpiringTargetStore:
    """Implements `ExpiringTargetStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list_targets(self, segment_id: SegmentId) -> Sequence[ExpiringTarget]:
        """Return those of a segment, the first to expire first."""
        query = (
            select(expiring_targets)
            .where(_COLUMNS.segment_id == segment_id)
            .order_by(_COLUMNS.expires_at, _COLUMNS.id)
        )
        with reading(self._engine) as connection:
            return [_to_target(row) for row in connection.execute(query)]

    def list_due(self, now: datetime, limit: int) -> Sequence[ExpiringTarget]:
        """Return up to `limit` of those whose moment has come, the longest due first."""
        query = (
            select(expiring_targets)
            .where(_COLUMNS.expires_at <= to_micros(now))
            .order_by(_COLUMNS.expires_at, _COLUMNS.id)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [_to_target(row) for row in connection.execute(query)]

    def save_targets(
        self, saved: Sequence[ExpiringTarget], deleted: Sequence[ExpiringTarget]
    ) -> None:
        """Store some, which are new or overwrite those with the same id, and delete others.

        Raises:
            ConflictError: somebody else has just done so, or the segment is gone.
        """
        with writing(self._engine) as connection:
            for one in deleted:
                connection.execute(delete(expiring_targets).where(_COLUMNS.id == one.id))
            for one in saved:
                row = _target_row(one)
                changed = update(expiring_targets).where(_COLUMNS.id == one.id).values(row)
                if connection.execute(changed).rowcount:
                    continue
                try:
                    connection.execute(insert(expiring_targets), row)
                except DBAPIError as error:
                    if is_duplicate(error) or is_dangling(error):
                        raise ConflictError(
                            "The expiring targets have just been changed. Read them again."
                        ) from error
                    raise


def _target_row(one: ExpiringTarget) -> dict[str, Any]:
    return {
        "id": one.id,
        "segment_id": one.segment_id,
        "member_list": one.member_list.value,
        "context_kind": one.context_kind,
        "context_key": one.context_key,
        "expires_at": to_micros(one.expires_at),
        "version": one.version,
    }


def _to_target(row: Row[Any]) -> ExpiringTarget:
    return ExpiringTarget(
        id=row.id,
        segment_id=SegmentId(row.segment_id),
        member_list=MemberList(row.member_list),
        context_kind=row.context_kind,
        context_key=row.context_key,
        expires_at=from_micros(row.expires_at),
        version=row.version,
    )
