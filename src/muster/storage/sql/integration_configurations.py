"""Configurations of integrations. Their secrets are stored as they are, apart from the other values."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Engine, Row, delete, insert, select, update

from muster.configurations.integrations.form import ConfigValues
from muster.configurations.integrations.model import IntegrationConfiguration
from muster.core.ids import IntegrationConfigurationId, IntegrationKey
from muster.core.secrets import Secret
from muster.storage.sql.columns import from_json_list, from_micros, to_json_list, to_micros
from muster.storage.sql.tables import integration_configurations
from muster.storage.sql.transactions import reading, writing

_TABLE: Final = integration_configurations


class SqlIntegrationConfigurationStore:
    """Implements `IntegrationConfigurationStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_configuration(self, configuration: IntegrationConfiguration) -> None:
        """Store a new configuration."""
        row = {
            "id": configuration.id,
            "integration_key": configuration.integration_key,
            "created_at": to_micros(configuration.created_at),
            **_changing(configuration),
        }
        with writing(self._engine) as connection:
            connection.execute(insert(_TABLE), row)

    def find_configuration(self, configuration_id: str) -> IntegrationConfiguration | None:
        """Return the configuration with this id."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(_TABLE).where(_TABLE.c.id == configuration_id)
            ).one_or_none()
        return None if row is None else _to_configuration(row)

    def list_configurations(
        self, integration_key: str | None = None
    ) -> Sequence[IntegrationConfiguration]:
        """Return the configurations of an integration, or with None of all, oldest first."""
        query = select(_TABLE).order_by(_TABLE.c.created_at, _TABLE.c.id)
        if integration_key is not None:
            query = query.where(_TABLE.c.integration_key == integration_key)
        with reading(self._engine) as connection:
            return [_to_configuration(row) for row in connection.execute(query)]

    def update_configuration(
        self, before: IntegrationConfiguration, after: IntegrationConfiguration
    ) -> bool:
        """Store what differs between two states of a configuration; tell whether it is still there."""
        old, new = _changing(before), _changing(after)
        values = {name: value for name, value in new.items() if value != old[name]}
        with writing(self._engine) as connection:
            updated = connection.execute(
                update(_TABLE).where(_TABLE.c.id == after.id).values(**values)
            )
            return updated.rowcount > 0

    def delete_configuration(self, configuration_id: IntegrationConfigurationId) -> bool:
        """Delete a configuration; tell whether there was one."""
        with writing(self._engine) as connection:
            deleted = connection.execute(delete(_TABLE).where(_TABLE.c.id == configuration_id))
            return deleted.rowcount > 0


def _changing(configuration: IntegrationConfiguration) -> dict[str, Any]:
    """Return the columns that a change may change."""
    secrets = {key: secret.reveal() for key, secret in configuration.values.secret.items()}
    return {
        "name": configuration.name,
        "enabled": configuration.is_enabled,
        "tags": to_json_list(configuration.tags),
        "config_values": json.dumps(configuration.values.open),
        "secret_values": json.dumps(secrets),
    }


def _to_configuration(row: Row[Any]) -> IntegrationConfiguration:
    secrets = json.loads(row.secret_values)
    return IntegrationConfiguration(
        id=IntegrationConfigurationId(row.id),
        integration_key=IntegrationKey(row.integration_key),
        name=row.name,
        is_enabled=row.enabled,
        tags=from_json_list(row.tags),
        values=ConfigValues(
            json.loads(row.config_values),
            {key: Secret(text) for key, text in secrets.items()},
        ),
        created_at=from_micros(row.created_at),
    )
