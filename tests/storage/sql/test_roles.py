"""`RoleStore` on SQLite and PostgreSQL, and who has the roles."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from muster.access.policy import Policy
from muster.access.roles import BasePermissions
from muster.core.errors import ConflictError
from muster.core.paging import PageRequest
from muster.storage.sql.members import SqlMemberStore
from muster.storage.sql.roles import SqlRoleStore
from muster.storage.sql.tokens import SqlTokenStore
from tests.clock import START
from tests.storage.sql.things import a_member, a_role, a_token, install


@pytest.fixture
def store(engine: Engine) -> SqlRoleStore:
    return SqlRoleStore(engine)


def test_a_role_is_found_by_its_key_and_its_id(store: SqlRoleStore) -> None:
    role = a_role("ops", description="Jürgen's", resource_category="any", modified_at=START)
    store.create_role(role)
    assert store.find_role("ops") == store.find_role(role.id) == role
    assert store.find_role("Ops") is None
    with pytest.raises(ConflictError, match="'ops' already"):
        store.create_role(a_role("ops"))


def test_roles_come_by_key(store: SqlRoleStore) -> None:
    for key in ("b", "Z", "a"):
        store.create_role(a_role(key))
    page = store.list_roles(PageRequest(limit=2))
    assert [role.key for role in page.items] == ["Z", "a"]
    assert page.total_count == 3
    assert [role.key for role in store.list_roles(PageRequest(2, 2)).items] == ["b"]


def test_what_changes_is_kept(store: SqlRoleStore) -> None:
    role = a_role("ops")
    assert not store.update_role(role)
    store.create_role(role)
    policy = Policy.parse([{"effect": "deny", "notActions": ["view*"], "notResources": ["acct"]}])
    changed = replace(
        role,
        name="N",
        description="D",
        policy=policy,
        base_permissions=BasePermissions.READER,
        modified_at=START + timedelta(seconds=1),
    )
    assert store.update_role(changed)
    assert store.find_role("ops") == changed


def test_a_role_that_someone_has_is_not_deleted(engine: Engine, store: SqlRoleStore) -> None:
    install(engine)
    members, tokens = SqlMemberStore(engine), SqlTokenStore(engine)
    role, other = a_role("ops"), a_role("dev")
    for one in (role, other):
        store.create_role(one)
    member = a_member("ada@example.com", custom_roles=(other, role))
    members.create_member(member)
    token = a_token(member.id, role=None, custom_roles=(role,))
    tokens.create_token(token, "11" * 32)
    assert store.list_role_holders(role.id) == ["the member ada@example.com", "the token 'partner'"]
    with pytest.raises(ConflictError, match="has this role"):
        store.delete_role(role.id)
    assert tokens.find_token_by_hash("11" * 32) == token
    assert token in tokens.list_tokens(PageRequest()).items
    tokens.delete_token(token.id)
    members.delete_member(member.id)
    assert store.list_role_holders(role.id) == []
    assert store.delete_role(role.id)
    assert not store.delete_role(role.id)
    with pytest.raises(ConflictError, match="just been deleted"):
        tokens.create_token(token, "22" * 32)
    assert tokens.find_token(token.id) is None
    with pytest.raises(ConflictError, match="just been deleted"):
        members.create_member(member)
    assert members.find_member(member.id) is None


def test_a_token_changes_its_roles(engine: Engine, store: SqlRoleStore) -> None:
    one, other = a_role("one"), a_role("other")
    store.create_role(one)
    store.create_role(other)
    tokens = SqlTokenStore(engine)
    token = a_token(a_member("a@example.com").id, role=None, custom_roles=(one,))
    tokens.create_token(token, "11" * 32)
    changed = replace(token, custom_roles=(one, other))
    assert tokens.update_token(changed)
    assert tokens.find_token(token.id) == changed
    assert tokens.replace_secret(changed, "22" * 32, old_secret_until=START)
    assert tokens.find_token_by_hash("22" * 32) == changed
    assert tokens.find_token_by_hash("11" * 32) == replace(changed, expires_at=START)
