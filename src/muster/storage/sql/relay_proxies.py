"""Relay Proxy configurations. Of their keys only hashes are stored."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, Row, delete, insert, select, update

from muster.access.policy import Policy
from muster.configurations.relay_proxies.model import RelayProxyConfiguration
from muster.core.ids import RelayProxyConfigurationId
from muster.storage.sql import tables
from muster.storage.sql.columns import from_micros, to_micros
from muster.storage.sql.transactions import reading, writing

_TABLE: Final = tables.relay_proxy_configurations
_RETIRED: Final = tables.retired_relay_proxy_keys


class SqlRelayProxyStore:
    """Implements `RelayProxyStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_configuration(self, configuration: RelayProxyConfiguration, key_hash: str) -> None:
        """Store a new configuration."""
        row = {
            "id": configuration.id,
            "key_hash": key_hash,
            "created_at": to_micros(configuration.created_at),
            **_changing(configuration),
        }
        with writing(self._engine) as connection:
            connection.execute(insert(_TABLE), row)

    def find_configuration(self, configuration_id: str) -> RelayProxyConfiguration | None:
        """Return the configuration with this id."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(_TABLE).where(_TABLE.c.id == configuration_id)
            ).one_or_none()
        return None if row is None else _to_configuration(row)

    def list_configurations(self) -> Sequence[RelayProxyConfiguration]:
        """Return all configurations, oldest first."""
        query = select(_TABLE).order_by(_TABLE.c.created_at, _TABLE.c.id)
        with reading(self._engine) as connection:
            return [_to_configuration(row) for row in connection.execute(query)]

    def update_configuration(self, configuration: RelayProxyConfiguration) -> bool:
        """Store what has changed of a configuration but for its key; tell whether it is still there."""
        # The key may have been replaced in the meantime: what it ends with stays with it.
        values = {
            name: value for name, value in _changing(configuration).items() if name != "ending"
        }
        with writing(self._engine) as connection:
            updated = connection.execute(
                update(_TABLE).where(_TABLE.c.id == configuration.id).values(**values)
            )
            return updated.rowcount > 0

    def replace_key(
        self,
        configuration: RelayProxyConfiguration,
        key_hash: str,
        *,
        old_key_until: datetime | None,
    ) -> bool:
        """Give a configuration another key, and store what has changed; tell whether it is still there."""
        place = _TABLE.c.id == configuration.id
        with writing(self._engine) as connection:
            query = select(_TABLE.c.key_hash).where(place).with_for_update()
            old_hash = connection.execute(query).scalar_one_or_none()
            if old_hash is None:
                return False
            dead = [_RETIRED.c.configuration_id == configuration.id]
            if old_key_until is not None:
                dead.append(_RETIRED.c.expires_at <= to_micros(configuration.modified_at))
            connection.execute(delete(_RETIRED).where(*dead))
            if old_key_until is not None:
                connection.execute(
                    insert(_RETIRED).values(
                        key_hash=old_hash,
                        configuration_id=configuration.id,
                        expires_at=to_micros(old_key_until),
                    )
                )
            connection.execute(
                update(_TABLE)
                .where(place)
                .values(
                    key_hash=key_hash,
                    ending=configuration.ending,
                    modified_at=to_micros(configuration.modified_at),
                )
            )
            return True

    def delete_configuration(self, configuration_id: RelayProxyConfigurationId) -> bool:
        """Delete a configuration with its keys; tell whether there was one."""
        with writing(self._engine) as connection:
            deleted = connection.execute(delete(_TABLE).where(_TABLE.c.id == configuration_id))
            return deleted.rowcount > 0


def _changing(configuration: RelayProxyConfiguration) -> dict[str, Any]:
    """Return the columns that a change may change."""
    return {
        "name": configuration.name,
        "policy": json.dumps(configuration.policy.to_json()),
        "ending": configuration.ending,
        "modified_at": to_micros(configuration.modified_at),
    }


def _to_configuration(row: Row[Any]) -> RelayProxyConfiguration:
    return RelayProxyConfiguration(
        id=RelayProxyConfigurationId(row.id),
        name=row.name,
        policy=Policy.parse(json.loads(row.policy)),
        ending=row.ending,
        created_at=from_micros(row.created_at),
        modified_at=from_micros(row.modified_at),
    )
