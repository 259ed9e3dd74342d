"""`IntegrationConfigurationStore` on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from muster.configurations.integrations.form import ConfigValues
from muster.core.secrets import Secret
from muster.storage.sql.integration_configurations import SqlIntegrationConfigurationStore
from muster.storage.sql.tables import integration_configurations
from tests.clock import START
from tests.storage.sql.things import an_integration_configuration


@pytest.fixture
def store(engine: Engine) -> SqlIntegrationConfigurationStore:
    return SqlIntegrationConfigurationStore(engine)


def test_what_is_stored_is_found(store: SqlIntegrationConfigurationStore) -> None:
    newer = an_integration_configuration(created_at=START + timedelta(seconds=1), is_enabled=False)
    values = ConfigValues({"flag": True, "some": ["ü", "\N{PARTY POPPER}"]}, {})
    older = an_integration_configuration(name="Jürgen's", values=values, tags=())
    other = an_integration_configuration(integration_key="zenith", id=f"{newer.id}x")
    for one in (newer, older, other):
        store.create_configuration(one)
        assert store.find_configuration(one.id) == one
    assert store.find_configuration("nowhere") is None
    assert store.list_configurations("acme") == [older, newer]
    assert store.list_configurations("Acme") == []
    assert store.list_configurations()[-1] == newer
    assert len(store.list_configurations()) == 3
    assert store.delete_configuration(older.id)
    assert not store.delete_configuration(older.id)
    assert store.list_configurations("acme") == [newer]


def test_what_changes_is_kept(store: SqlIntegrationConfigurationStore) -> None:
    stored = an_integration_configuration()
    values = ConfigValues({}, {"apiKey": Secret("other"), "more": Secret("")})
    changed = replace(stored, name="N", is_enabled=False, tags=("a", "b"), values=values)
    assert not store.update_configuration(stored, changed)
    store.create_configuration(stored)
    assert store.update_configuration(stored, changed)
    assert store.find_configuration(stored.id) == changed


def test_of_two_changes_at_once_both_are_kept(store: SqlIntegrationConfigurationStore) -> None:
    stored = an_integration_configuration()
    store.create_configuration(stored)
    rotated = ConfigValues(stored.values.open, {"apiKey": Secret("rotated")})
    store.update_configuration(stored, replace(stored, values=rotated))
    store.update_configuration(stored, replace(stored, name="N"))
    assert store.find_configuration(stored.id) == replace(stored, name="N", values=rotated)


def test_secrets_lie_apart(engine: Engine, store: SqlIntegrationConfigurationStore) -> None:
    store.create_configuration(an_integration_configuration())
    with engine.connect() as connection:
        [row] = connection.execute(select(integration_configurations))
    secret_values = row.secret_values
    assert "s3cret" in secret_values
    assert "s3cret" not in repr(row._asdict() | {"secret_values": ""})
