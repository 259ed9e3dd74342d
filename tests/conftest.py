"""Fixtures for the whole suite: the databases that the control store is tested on, and Redis."""

import gc
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine

from muster.storage.sql.engine import open_engine
from tests.clock import FakeClock
from tests.postgres import PostgresServer, find_postgres, run_postgres
from tests.redis_server import RedisServer, find_redis, run_redis
from tests.sqlite import new_control_store


def pytest_configure() -> None:
    """Let what tests start hear signals, also where a shell runs the tests in the background.

    Such a shell ignores these two, and every process that is started inherits that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that take long: the last one should not be left to one worker alone."""
    slow = {one.path for one in items if one.get_closest_marker("slow")}
    items.sort(key=lambda one: one.path not in slow)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was loaded to collect the tests: it stays to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Take back how a test's command configured the logs: its standard error is closed by then."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this session's own (of each worker's, under pytest-xdist).

    Where none is installed the test is skipped, but in CI it fails.
    """
    programs = find_postgres()
    if programs is None:
        message = "POSTGRESQL IS NOT INSTALLED: what only runs on it is not tested"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with run_postgres(programs) as server:
        yield server


@pytest.fixture(scope="session")
def redis_program() -> Path:
    """The program of Redis. Where it is not installed the test is skipped, but in CI it fails."""
    program = find_redis()
    if program is None:
        message = "REDIS IS NOT INSTALLED: what only runs on it is not tested"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return program


@pytest.fixture(scope="session")
def redis_server(redis_program: Path) -> Iterator[RedisServer]:
    """A Redis server of this session's own (of each worker's, under pytest-xdist)."""
    with run_redis(redis_program) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new control store: the test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield new_control_store(tmp_path)
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database() as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that holds nothing, not even the schema: on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database(migrated=False) as url:
            yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A new control store, open."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still until the test advances it."""
    return FakeClock()
