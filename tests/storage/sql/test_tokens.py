"""`TokenStore` on SQLite and PostgreSQL."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from muster.access.policy import Policy
from muster.core.errors import ConflictError
from muster.core.ids import MemberId, TokenId, new_id
from muster.core.paging import PageRequest
from muster.storage.sql.members import SqlMemberStore
from muster.storage.sql.tokens import SqlTokenStore
from tests.clock import START
from tests.storage.sql.things import a_token, install

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(engine: Engine) -> SqlTokenStore:
    return SqlTokenStore(engine)


@pytest.fixture
def member_id(engine: Engine) -> MemberId:
    install(engine)
    admin = SqlMemberStore(engine).find_first_admin()
    assert admin is not None
    return admin.id


def test_a_token_is_found_by_its_hash_and_by_its_id(
    store: SqlTokenStore, member_id: MemberId
) -> None:
    token = a_token(member_id, expires_at=START + MINUTE, last_used_at=START)
    store.create_token(token, "11" * 32)
    assert store.find_token_by_hash("11" * 32) == token
    assert store.find_token(token.id) == token
    assert store.find_token_by_hash("22" * 32) is None
    assert store.find_token("no\0such") is None


def test_a_policy_comes_back_as_it_was(store: SqlTokenStore, member_id: MemberId) -> None:
    policy = Policy.parse(
        [
            {
                "effect": "deny",
                "notActions": ["view*"],
                "notResources": ["proj/*:env/*;{critical:true}"],
            }
        ]
    )
    token = a_token(member_id, role=None, inline_policy=policy)
    store.create_token(token, "11" * 32)
    assert store.find_token(token.id) == token


def test_a_secret_belongs_to_one_token(store: SqlTokenStore, member_id: MemberId) -> None:
    store.create_token(a_token(member_id), "11" * 32)
    with pytest.raises(ConflictError):
        store.create_token(a_token(member_id), "11" * 32)
    store.create_token(a_token(member_id), "22" * 32)


def test_tokens_come_newest_first(store: SqlTokenStore, member_id: MemberId) -> None:
    tokens = [a_token(member_id, created_at=START + MINUTE * age) for age in (2, 3, 1)]
    for number, token in enumerate(tokens):
        store.create_token(token, f"{number:064}")
    page = store.list_tokens(PageRequest(limit=2))
    assert page.items == [tokens[1], tokens[0]]
    assert page.total_count == 4  # with the one that the installation began with
    assert store.list_tokens(PageRequest(limit=2, offset=2)).items[0] == tokens[2]


def test_a_deleted_token_is_gone(store: SqlTokenStore, member_id: MemberId) -> None:
    token = a_token(member_id)
    store.create_token(token, "11" * 32)
    assert store.delete_token(token.id)
    assert not store.delete_token(token.id)
    assert store.find_token_by_hash("11" * 32) is None


def test_the_last_use_only_moves_on(store: SqlTokenStore, member_id: MemberId) -> None:
    one, other = a_token(member_id), a_token(member_id)
    store.create_token(one, "11" * 32)
    store.create_token(other, "22" * 32)
    store.record_token_use({one.id: START + MINUTE, TokenId(new_id()): START})
    store.record_token_use({one.id: START, other.id: START})
    found, found_other = store.find_token(one.id), store.find_token(other.id)
    assert found is not None
    assert found_other is not None
    assert (found.last_used_at, found_other.last_used_at) == (START + MINUTE, START)
