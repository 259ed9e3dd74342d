"""`MemberStore` on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from muster.access.roles import BuiltInRole
from muster.accounts.model import TokenKind
from muster.core.errors import ConflictError
from muster.core.ids import MemberId
from muster.core.paging import PageRequest
from muster.storage.sql.members import SqlMemberStore
from muster.storage.sql.roles import SqlRoleStore
from muster.storage.sql.tokens import SqlTokenStore
from muster.storage.sql.transactions import SqlTransactions
from tests.clock import START
from tests.storage.sql.things import a_member, a_role, a_token

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(engine: Engine) -> SqlMemberStore:
    return SqlMemberStore(engine)


def test_a_member_is_found_as_it_was_made(engine: Engine, store: SqlMemberStore) -> None:
    roles = (a_role("a"), a_role("b"))
    for role in roles:
        SqlRoleStore(engine).create_role(role)
    member = a_member("Ada@Example.com", role=None, custom_roles=roles, first_name="Ada")
    store.create_member(member)
    assert store.find_member(member.id) == store.find_member_by_email("ada@example.COM") == member
    assert store.find_member("nobody") is None
    with pytest.raises(ConflictError, match=r"ada@example\.com already"):
        store.create_member(a_member("ada@example.com"))
    assert store.list_members(PageRequest()).items == [member]


def test_what_changes_is_kept(engine: Engine, store: SqlMemberStore) -> None:
    member, role = a_member("ada@example.com"), a_role("a")
    SqlRoleStore(engine).create_role(role)
    assert not store.update_member(member)
    store.create_member(member)
    changed = replace(member, role=BuiltInRole.ADMIN, custom_roles=(role,), last_name="Lovelace")
    assert store.update_member(changed)
    assert store.find_member(member.id) == changed
    assert store.update_member(member)
    assert store.find_member(member.id) == member


def test_members_come_in_the_order_in_which_they_came(store: SqlMemberStore) -> None:
    ages = {"new": 3, "old": 1, "middle": 2}
    for name, age in ages.items():
        role = BuiltInRole.READER if name == "old" else BuiltInRole.ADMIN
        store.create_member(
            a_member(f"{name}@example.com", role=role, created_at=START + age * MINUTE)
        )
    first = store.list_members(PageRequest(limit=2))
    assert [one.email for one in first.items] == ["old@example.com", "middle@example.com"]
    assert first.total_count == 3
    admin = store.find_first_admin()
    assert admin is not None
    assert admin.email == "middle@example.com"


def test_a_member_was_last_seen_when_a_personal_token_was_used(
    engine: Engine, store: SqlMemberStore
) -> None:
    member, tokens = a_member("ada@example.com"), SqlTokenStore(engine)
    store.create_member(member)
    assert store.find_member(member.id) == member
    for place, (kind, minutes) in enumerate(
        [(TokenKind.PERSONAL, 1), (TokenKind.PERSONAL, 2), (TokenKind.SERVICE, 3)]
    ):
        used = a_token(member.id, kind=kind, last_used_at=START + minutes * MINUTE)
        tokens.create_token(used, f"{place:064}")
    found = store.find_member(member.id)
    assert found is not None
    assert found.last_seen_at == START + 2 * MINUTE
    assert {token.kind for token in tokens.list_personal_tokens(member.id)} == {TokenKind.PERSONAL}
    assert store.delete_member(member.id)
    assert not store.delete_member(member.id)
    assert tokens.list_tokens(PageRequest()).total_count == 3


def test_of_two_admins_that_are_deleted_at_once_one_stays(
    engine: Engine, store: SqlMemberStore
) -> None:
    gone, last = [a_member(f"{name}@example.com", role=BuiltInRole.ADMIN) for name in ("a", "b")]
    for admin in (gone, last):
        store.create_member(admin)
    transactions = SqlTransactions(engine)

    def lock() -> list[MemberId]:
        with transactions.begin():
            return list(store.lock_admins())

    with ThreadPoolExecutor(1) as pool:
        with transactions.begin():
            assert set(store.lock_admins()) == {gone.id, last.id}
            other = pool.submit(lock)
            with pytest.raises(TimeoutError):
                other.result(timeout=0.2)
            store.delete_member(gone.id)
        assert other.result(timeout=10) == [last.id]
