"""`RelayProxyStore` on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from muster.access.policy import Policy
from muster.storage.sql.columns import to_micros
from muster.storage.sql.relay_proxies import SqlRelayProxyStore
from muster.storage.sql.tables import relay_proxy_configurations, retired_relay_proxy_keys
from tests.clock import START
from tests.storage.sql.things import a_relay_proxy

SECOND = timedelta(seconds=1)


@pytest.fixture
def store(engine: Engine) -> SqlRelayProxyStore:
    return SqlRelayProxyStore(engine)


def key_hash(engine: Engine) -> str:
    """Return the hash of the one key that is good without end."""
    with engine.connect() as connection:
        return str(connection.execute(select(relay_proxy_configurations.c.key_hash)).scalar_one())


def retired(engine: Engine) -> dict[str, int]:
    """Return until when keys of before are good, in microseconds, by their hashes."""
    table = retired_relay_proxy_keys
    with engine.connect() as connection:
        rows = connection.execute(select(table.c.key_hash, table.c.expires_at))
        return {row.key_hash: row.expires_at for row in rows}


def test_what_is_stored_is_found(store: SqlRelayProxyStore) -> None:
    newer = a_relay_proxy(name="Jürgen's", created_at=START + SECOND)
    older = a_relay_proxy()
    store.create_configuration(newer, "11" * 32)
    store.create_configuration(older, "22" * 32)
    assert store.list_configurations() == [older, newer]
    assert store.find_configuration(newer.id) == newer
    assert store.find_configuration("nowhere") is None
    assert store.delete_configuration(newer.id)
    assert not store.delete_configuration(newer.id)
    assert store.list_configurations() == [older]


def test_what_changes_is_kept_and_the_key_stays(engine: Engine, store: SqlRelayProxyStore) -> None:
    relay = a_relay_proxy()
    assert not store.update_configuration(relay)
    store.create_configuration(relay, "11" * 32)
    policy = Policy.parse([{"effect": "deny", "actions": ["*"], "resources": ["proj/*:env/test"]}])
    changed = replace(relay, name="N", policy=policy, modified_at=START + SECOND)
    assert store.update_configuration(changed)
    assert store.find_configuration(relay.id) == changed
    store.update_configuration(replace(changed, ending="that of a key before"))
    assert store.find_configuration(relay.id) == changed
    assert key_hash(engine) == "11" * 32


def test_without_time_for_it_an_old_key_is_gone_with_all_before_it(
    engine: Engine, store: SqlRelayProxyStore
) -> None:
    relay = a_relay_proxy()
    assert not store.replace_key(relay, "00" * 32, old_key_until=None)
    store.create_configuration(relay, "11" * 32)
    store.replace_key(relay, "22" * 32, old_key_until=START + SECOND)
    changed = replace(relay, ending="3333", modified_at=START + SECOND / 2)
    assert store.replace_key(changed, "33" * 32, old_key_until=None)
    assert store.find_configuration(relay.id) == changed
    assert (key_hash(engine), retired(engine)) == ("33" * 32, {})


def test_old_keys_are_kept_as_long_as_was_said(engine: Engine, store: SqlRelayProxyStore) -> None:
    relay = a_relay_proxy()
    store.create_configuration(relay, "11" * 32)
    store.replace_key(relay, "22" * 32, old_key_until=START + SECOND)
    store.replace_key(relay, "33" * 32, old_key_until=START + 3 * SECOND)
    first, second = (to_micros(START + n * SECOND) for n in (1, 3))
    assert retired(engine) == {"11" * 32: first, "22" * 32: second}
    later = replace(relay, modified_at=START + SECOND)
    store.replace_key(later, "44" * 32, old_key_until=START + 2 * SECOND)
    assert retired(engine) == {"22" * 32: second, "33" * 32: to_micros(START + 2 * SECOND)}
    store.delete_configuration(relay.id)
    assert retired(engine) == {}
