"""`AccountStore` on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine, insert

from muster.accounts.installation import ensure_installation
from muster.core.ids import EnvironmentId, ProjectId, new_id
from muster.core.paging import PageRequest
from muster.core.secrets import Secret, hash_secret
from muster.storage.sql import tables
from muster.storage.sql.accounts import SqlAccountStore
from muster.storage.sql.columns import to_micros
from muster.storage.sql.members import SqlMemberStore
from muster.storage.sql.roles import SqlRoleStore
from muster.storage.sql.tokens import SqlTokenStore
from tests.clock import START, FakeClock
from tests.storage.sql.things import install


@pytest.fixture
def store(engine: Engine) -> SqlAccountStore:
    return SqlAccountStore(engine)


def test_before_the_first_start_there_is_nothing(store: SqlAccountStore) -> None:
    assert store.find_account() is None
    assert store.find_project("default") is None
    assert store.find_environment("default", "test") is None
    assert store.list_projects(PageRequest()).items == []


def test_what_the_first_start_creates_is_found_as_it_was(
    engine: Engine, store: SqlAccountStore
) -> None:
    created = install(engine)
    account = store.find_account()
    assert account is not None
    assert account.created_at == START
    assert store.find_project("default") == created.project
    for environment in created.environments:
        assert store.find_environment("default", environment.key) == environment
        assert store.find_environment_by_id(environment.id) == environment
    assert store.list_environments("default", PageRequest()).items == list(created.environments)
    token = SqlTokenStore(engine).find_token_by_hash(hash_secret(created.token.reveal()))
    assert token is not None
    member = SqlMemberStore(engine).find_member(token.member_id)
    assert member is not None
    assert SqlMemberStore(engine).find_member_by_email("ADMIN@LocalHost") == member


def test_of_many_that_start_at_once_one_creates(engine: Engine, store: SqlAccountStore) -> None:
    def start(number: int) -> object:
        return ensure_installation(store, FakeClock(), Secret(f"preset-token-number-{number:04}"))

    with ThreadPoolExecutor(8) as pool:
        created = [one for one in pool.map(start, range(8)) if one is not None]
    assert len(created) == 1
    assert store.list_projects(PageRequest()).total_count == 1
    assert SqlTokenStore(engine).list_tokens(PageRequest()).total_count == 1


def test_projects_and_environments_come_in_pages(engine: Engine, store: SqlAccountStore) -> None:
    project = install(engine).project
    environment = store.list_environments("default", PageRequest()).items[0]
    added = {
        "name": "N",
        "tags": '["eu"]',
        "created_at": to_micros(START) - 1,
    }
    with engine.connect() as connection:
        for key in ("a", "Z", "ä"):
            row = {"id": ProjectId(new_id()), "key": key, **added}
            connection.execute(insert(tables.projects), row)
        connection.execute(
            insert(tables.environments),
            {
                "id": EnvironmentId(new_id()),
                "project_id": project.id,
                "key": "older",
                "color": "000000",
                "sdk_key": "sdk-1",
                "mobile_key": "mob-1",
                "critical": True,
                **added,
            },
        )
        connection.commit()
    # By code points, on both databases: upper case first, and letters with accents last.
    first = store.list_projects(PageRequest(limit=3))
    assert [one.key for one in first.items] == ["Z", "a", "default"]
    assert first.total_count == 4
    assert [one.key for one in store.list_projects(PageRequest(3, 3)).items] == ["ä"]
    environments = store.list_environments("default", PageRequest(limit=2)).items
    assert [one.key for one in environments] == ["older", "production"]
    older = store.find_environment("default", "older")
    assert older is not None
    assert (older.critical, older.tags) == (True, ("eu",))
    assert environment == replace(environments[1])


@pytest.mark.parametrize("key", ["", "Default", "default ", "de\0fault", "\ud800", "x" * 100_000])
def test_a_key_that_is_not_there_is_not_found_whatever_it_is(
    engine: Engine, store: SqlAccountStore, key: str
) -> None:
    install(engine)
    assert store.find_project(key) is None
    assert store.find_environment("default", key) is None
    assert store.find_environment(key, "test") is None
    assert store.find_environment_by_id(key) is None
    assert SqlMemberStore(engine).find_member_by_email(key) is None
    assert SqlMemberStore(engine).find_member(key) is None
    assert SqlRoleStore(engine).find_role(key) is None
