"""Opening the control store: URLs, files, migrations, and what goes wrong."""

import multiprocessing
import re
import stat
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect

from muster.core.errors import ConfigurationError, UnavailableError
from muster.storage.sql.engine import open_engine
from muster.storage.sql.schema import MIGRATIONS, find_revision
from muster.storage.sql.tables import SCHEMA_REVISION, metadata
from muster.storage.sql.transactions import reading, writing
from muster.storage.sql.urls import parse_database_url
from tests.postgres import PostgresServer
from tests.storage.sql.things import install

_DESCENDING = {"ix_segments_newest"}
"""Indexes that sort downwards, which Alembic can't compare."""


def _can_be_compared(_: object, name: str | None, *__: object) -> bool:
    return name not in _DESCENDING


def test_the_migrations_make_the_tables_that_the_code_uses(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    with engine.connect() as connection:
        options = {"compare_server_default": True, "include_object": _can_be_compared}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        indexes = {index["name"] for index in inspect(connection).get_indexes("segments")}
        assert indexes >= _DESCENDING
        assert find_revision(connection) == SCHEMA_REVISION
        checks = {
            constraint["name"]
            for table in metadata.tables
            for constraint in inspect(connection).get_check_constraints(table)
        }
        assert checks == {"ck_accounts_singleton", "ck_access_tokens_role_or_policy"}
    engine.dispose()


def test_the_newest_migration_is_the_one_that_the_code_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [SCHEMA_REVISION]


def test_a_second_start_finds_what_the_first_left(database_url: str) -> None:
    first = open_engine(database_url)
    created = install(first)
    first.dispose()
    second = open_engine(database_url)
    with second.connect() as connection:
        found = connection.exec_driver_sql("SELECT id FROM projects").scalar()
    assert found == created.project.id
    second.dispose()


def _open(url: str) -> str:
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return str(find_revision(connection))
    finally:
        engine.dispose()


def test_processes_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(4, mp_context=context) as pool:
        assert list(pool.map(_open, [empty_database_url] * 8)) == [SCHEMA_REVISION] * 8


def test_a_database_of_a_newer_muster_is_refused(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(ConfigurationError, match=r"9999.*newer Muster"):
        open_engine(database_url)


def test_a_migration_that_fails_leaves_nothing(empty_database_url: str) -> None:
    """The last table can't be made, for another of its name is there: then none is."""
    last = metadata.sorted_tables[-1].name
    target, _ = parse_database_url(empty_database_url)
    engine = create_engine(target)
    with engine.begin() as connection:
        connection.exec_driver_sql(f'CREATE TABLE "{last}" (other INTEGER)')
    with pytest.raises(ConfigurationError, match="already exists"):
        open_engine(empty_database_url)
    assert inspect(engine).get_table_names() == [last]
    engine.dispose()


class TestSqlite:
    def test_the_file_is_its_owner_s_alone(self, tmp_path: Path) -> None:
        engine = open_engine(f"sqlite:///{tmp_path / 'muster.db'}")
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE projects SET name = 'x'")
        files = list(tmp_path.iterdir())
        assert {file.name for file in files} >= {"muster.db", "muster.db-wal", "muster.db-shm"}
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        engine.dispose()

    def test_what_is_committed_is_on_disk(self, tmp_path: Path) -> None:
        engine = open_engine(f"sqlite:///{tmp_path / 'muster.db'}")
        with engine.connect() as connection:
            pragmas = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        assert pragmas == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "busy_timeout": 10_000,
        }
        engine.dispose()

    def test_a_writer_waits_for_another_and_readers_for_none(self, tmp_path: Path) -> None:
        """A transaction that reads first and writes then would fail when another wrote between."""
        engine = open_engine(f"sqlite:///{tmp_path / 'muster.db'}")
        install(engine)
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(3, mp_context=context) as pool:
            done = pool.map(_count_up, [str(engine.url)] * 3)
            assert list(done) == [50] * 3
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT name FROM projects").scalar() == "150"
        engine.dispose()

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="No such file or directory"):
            open_engine(f"sqlite:///{tmp_path / 'nowhere' / 'muster.db'}")

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        file = tmp_path / "muster.db"
        file.write_text("This is a letter, not a database. " * 100)
        with pytest.raises(ConfigurationError, match="file is not a database"):
            open_engine(f"sqlite:///{file}")
        assert file.read_text().startswith("This is a letter")


def _count_up(url: str) -> int:
    engine = open_engine(url)
    try:
        for _ in range(50):
            with writing(engine) as connection:
                name = str(connection.exec_driver_sql("SELECT name FROM projects").scalar())
                count = int(name) + 1 if name.isdecimal() else 1
                connection.exec_driver_sql(f"UPDATE projects SET name = '{count}'")  # noqa: S608
    finally:
        engine.dispose()
    return 50


class TestPostgresql:
    @pytest.fixture
    def url(self, postgres: PostgresServer) -> Iterator[str]:
        with postgres.database() as url:
            yield url

    @pytest.fixture
    def engine(self, url: str) -> Iterator[Engine]:
        opened = open_engine(url)
        yield opened
        opened.dispose()

    def test_the_short_scheme_is_taken_too(self, url: str) -> None:
        engine = open_engine(url.replace("postgresql://", "postgres://"))
        assert engine.dialect.driver == "pg8000"
        engine.dispose()

    def test_a_wrong_password_is_told_and_not_shown(self, postgres: PostgresServer) -> None:
        url = postgres.url("postgres").replace(postgres.password, "a-wrong-password")
        with pytest.raises(ConfigurationError, match="authentication failed") as refused:
            open_engine(url)
        assert "a-wrong-password" not in refused.value.message

    def test_a_database_that_is_not_there(self, postgres: PostgresServer) -> None:
        with pytest.raises(ConfigurationError, match='"nowhere" does not exist') as refused:
            open_engine(postgres.url("nowhere"))
        assert postgres.password not in refused.value.message

    def test_a_server_that_does_not_answer(self) -> None:
        with pytest.raises(ConfigurationError, match=r"127\.0\.0\.1:1/muster can't be opened"):
            open_engine("postgresql://muster:pass-word@127.0.0.1:1/muster")

    def test_a_server_without_tls_is_refused_where_tls_is_asked_for(self, url: str) -> None:
        with pytest.raises(ConfigurationError, match="can't be opened"):
            open_engine(f"{url}?sslmode=require")

    def test_a_connection_that_breaks_is_told_and_the_next_works(
        self, postgres: PostgresServer, engine: Engine
    ) -> None:
        def lose_the_connection() -> None:
            with writing(engine) as connection:
                own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
                postgres.execute(f"SELECT pg_terminate_backend({own})")
                connection.exec_driver_sql("SELECT 1")

        with pytest.raises(UnavailableError):
            lose_the_connection()
        with reading(engine) as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1

    def test_connections_that_broke_while_idle_are_replaced(
        self, postgres: PostgresServer, engine: Engine
    ) -> None:
        name = engine.url.database
        postgres.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608
        )
        with reading(engine) as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1

    def test_a_lock_that_is_not_given_is_told_as_something_that_passes(
        self, engine: Engine
    ) -> None:
        install(engine)

        def write_while_another_does() -> None:
            with writing(engine) as other:
                other.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
                other.exec_driver_sql("UPDATE projects SET name = 'other'")

        with writing(engine) as one:
            one.exec_driver_sql("UPDATE projects SET name = 'one'")
            with pytest.raises(UnavailableError, match="lock timeout"):
                write_while_another_does()

    def test_a_deadlock_is_told_as_something_that_passes(self, engine: Engine) -> None:
        install(engine)
        barrier = threading.Barrier(2)

        def update_both(order: Sequence[str]) -> str | None:
            try:
                with writing(engine) as connection:
                    connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
                    connection.exec_driver_sql(f"UPDATE {order[0]} SET name = 'x'")  # noqa: S608
                    barrier.wait(timeout=10)
                    connection.exec_driver_sql(f"UPDATE {order[1]} SET name = 'x'")  # noqa: S608
            except UnavailableError as error:
                return error.message
            return None

        tables = ("projects", "accounts")
        with ThreadPoolExecutor(2) as pool:
            said = list(pool.map(update_both, [tables, tables[::-1]]))
        told = [message for message in said if message is not None]
        assert len(told) == 1
        assert "deadlock detected" in told[0]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://u:pass-word@host/db", "'mysql' is not supported"),
        ("postgresql+psycopg2://u:pass-word@host/db", "not supported"),
        ("pass-word", "can't be read"),
        ("", "can't be read"),
        ("postgresql://u:pass-word@host:port/db", "can't be read"),
        ("postgresql://host/db", "names no user"),
        ("postgresql://u:pass-word@host/db?connect_timeout=3", "'connect_timeout'"),
        ("postgresql://u:pass-word@host/db?sslmode=on", "sslmode='on'"),
        ("postgresql://u:pass-word@host/db?sslmode=require&sslmode=disable", "more than once"),
        ("postgresql://u:pass-word@host/db?sslmode=verify-ca&sslrootcert=/no", "not a file"),
        ("postgresql://u:pass-word@host/db?sslmode=verify-ca&sslrootcert=LICENSE", "certificate"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:////data/muster.db?mode=ro", "nothing else"),
    ],
)
def test_a_url_that_can_t_be_used_is_refused_without_its_password(
    url: str, says: str, request: pytest.FixtureRequest
) -> None:
    url = url.replace("LICENSE", str(request.config.rootpath / "LICENSE"))
    with pytest.raises(ConfigurationError, match=re.escape(says)) as refused:
        parse_database_url(url)
    assert "pass-word" not in str(refused.value)


@pytest.mark.parametrize(
    ("mode", "verifies", "checks_host"),
    [("require", 0, False), ("verify-ca", 2, False), ("verify-full", 2, True)],
)
def test_the_modes_of_tls_are_those_of_libpq(mode: str, verifies: int, checks_host: bool) -> None:
    _, arguments = parse_database_url(f"postgresql://u@host/db?sslmode={mode}")
    context = arguments["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (verifies, checks_host)
