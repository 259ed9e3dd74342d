"""Where big segment stores are. Passwords are stored as they are: Muster sends them to the stores."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Engine, Row, delete, insert, select, update

from muster.configurations.big_segment_stores.model import BigSegmentStore, EnvironmentPlace
from muster.configurations.big_segment_stores.places import RedisPlace, StorePlace, read_place
from muster.core.ids import BigSegmentStoreId, EnvironmentId, EnvironmentKey, ProjectKey
from muster.storage.sql import tables
from muster.storage.sql.columns import from_json_list, to_json_list
from muster.storage.sql.holds import hold_environments
from muster.storage.sql.transactions import reading, writing

_TABLE: Final = tables.big_segment_stores
_WITH_ENVIRONMENT: Final = (
    select(
        _TABLE,
        tables.projects.c.key.label("project_key"),
        tables.environments.c.key.label("environment_key"),
    )
    .join_from(_TABLE, tables.environments)
    .join(tables.projects)
)


class SqlBigSegmentStoreStore:
    """Implements `BigSegmentStoreStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_store(self, store: BigSegmentStore) -> bool:
        """Store a new one; tell whether its environment is still there."""
        row = {
            "id": store.id,
            "environment_id": store.environment.id,
            "kind": store.kind,
            **_changing(store),
        }
        with writing(self._engine) as connection:
            if not hold_environments(connection, [store.environment.id]):
                return False
            connection.execute(insert(_TABLE), row)
            return True

    def find_store(self, store_id: str) -> BigSegmentStore | None:
        """Return the one with this id."""
        with reading(self._engine) as connection:
            row = connection.execute(_WITH_ENVIRONMENT.where(_TABLE.c.id == store_id)).one_or_none()
        return None if row is None else _to_store(row)

    def list_stores(self) -> Sequence[BigSegmentStore]:
        """Return those of all environments, oldest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(_WITH_ENVIRONMENT.order_by(_TABLE.c.id))
            return [_to_store(row) for row in rows]

    def update_store(self, store: BigSegmentStore) -> bool:
        """Store what has changed of one; tell whether it is there in the version before this."""
        with writing(self._engine) as connection:
            updated = connection.execute(
                update(_TABLE)
                .where(_TABLE.c.id == store.id, _TABLE.c.version == store.version - 1)
                .values(**_changing(store))
            )
            return updated.rowcount > 0

    def delete_store(self, store_id: BigSegmentStoreId) -> bool:
        """Delete one; tell whether there was one."""
        with writing(self._engine) as connection:
            return connection.execute(delete(_TABLE).where(_TABLE.c.id == store_id)).rowcount > 0


def _changing(store: BigSegmentStore) -> dict[str, Any]:
    """Return the columns that a change may change."""
    return {
        "name": store.name,
        "is_on": store.is_on,
        "tags": to_json_list(store.tags),
        "place": json.dumps(_unmasked(store.place)),
        "version": store.version,
    }


def _unmasked(place: StorePlace) -> dict[str, Any]:
    """Return a place with its password, as `read_place` reads it."""
    shown = place.to_json()
    if isinstance(place, RedisPlace) and place.password is not None:
        shown["password"] = place.password.reveal()
    return shown


def _to_store(row: Row[Any]) -> BigSegmentStore:
    return BigSegmentStore(
        id=BigSegmentStoreId(row.id),
        environment=EnvironmentPlace(
            EnvironmentId(row.environment_id),
            ProjectKey(row.project_key),
            EnvironmentKey(row.environment_key),
        ),
        place=read_place(row.kind, json.loads(row.place)),
        name=row.name,
        is_on=row.is_on,
        tags=from_json_list(row.tags),
        version=row.version,
    )
