"""`BigSegmentStoreStore` on SQLite and PostgreSQL."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from muster.accounts.model import Environment
from muster.configurations.big_segment_stores.places import DynamoPlace, RedisPlace, StorePlace
from muster.core.secrets import Secret
from muster.storage.sql.accounts import SqlAccountStore
from muster.storage.sql.big_segment_stores import SqlBigSegmentStoreStore
from tests.storage.sql.things import a_big_segment_store, install


@pytest.fixture
def environments(engine: Engine) -> Sequence[Environment]:
    return install(engine).environments


@pytest.fixture
def store(engine: Engine, environments: Sequence[Environment]) -> SqlBigSegmentStoreStore:
    return SqlBigSegmentStoreStore(engine)


@pytest.mark.parametrize(
    "place",
    [
        RedisPlace("redis.example.com", 6380, "", None, tls_enabled=False),
        RedisPlace("::1", 6379, "müster", Secret("ünd \N{PARTY POPPER}"), tls_enabled=True),
        DynamoPlace("segments", "eu-west-1", "arn:aws:iam::1:role/r", "x"),
    ],
    ids=["open Redis", "Redis", "DynamoDB"],
)
def test_what_is_stored_is_found(
    store: SqlBigSegmentStoreStore, environments: Sequence[Environment], place: StorePlace
) -> None:
    stored = a_big_segment_store(environments[0], place=place, name="Jürgen's", is_on=False)
    assert store.create_store(stored)
    assert store.find_store(stored.id) == stored
    assert store.find_store("nowhere") is None
    other = a_big_segment_store(environments[1], id=f"{stored.id}x", tags=())
    store.create_store(other)
    assert store.list_stores() == [stored, other]
    assert store.delete_store(stored.id)
    assert not store.delete_store(stored.id)
    assert store.list_stores() == [other]


def test_a_change_is_kept_when_nobody_was_faster(
    store: SqlBigSegmentStoreStore, environments: Sequence[Environment]
) -> None:
    stored = a_big_segment_store(environments[0])
    store.create_store(stored)
    place = RedisPlace("other", 1, "", Secret("other"), tls_enabled=False)
    changed = replace(stored, place=place, name="N", is_on=False, tags=("a", "b"), version=2)
    assert store.update_store(changed)
    assert store.find_store(stored.id) == changed
    assert not store.update_store(replace(stored, name="late", version=2))
    assert store.find_store(stored.id) == changed
    assert store.update_store(replace(changed, version=3))


def test_stores_go_with_their_environment(
    engine: Engine, store: SqlBigSegmentStoreStore, environments: Sequence[Environment]
) -> None:
    going, staying = map(a_big_segment_store, environments)
    store.create_store(going)
    store.create_store(staying)
    SqlAccountStore(engine).delete_environment(environments[0].id)
    assert store.list_stores() == [staying]
    assert not store.update_store(replace(going, version=2))
    assert not store.create_store(going)
