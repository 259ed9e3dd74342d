"""Opening the control store."""

import contextlib
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from muster.core.errors import ConfigurationError, UnavailableError
from muster.storage.sql.pg8000_connection import PostgresConnection
from muster.storage.sql.schema import upgrade
from muster.storage.sql.transactions import WRITES, reason_of
from muster.storage.sql.urls import display_url, parse_database_url

_BUSY_SECONDS: Final = 10.0
"""How long SQLite waits for another writer before it gives up."""
_POOL_SIZE: Final = 10
_POOL_OVERFLOW: Final = 30
_POOL_SECONDS: Final = 10.0


def open_engine(url: str) -> Engine:
    """Open the control store and bring its schema up to date; dispose of the engine to close it.

    Args:
        url: see `muster.storage.sql.urls.parse_database_url`. A SQLite file that is absent is made,
            readable by its owner alone; its folder has to exist.

    Raises:
        ConfigurationError: the URL can't be used, the database can't be reached or opened, or it was
            written by a newer Muster. The message holds no password.
    """
    target, arguments = parse_database_url(url)
    sqlite = target.get_backend_name() == "sqlite"
    engine = _create_sqlite(target) if sqlite else _create_postgresql(target, arguments)
    try:
        upgrade(engine)
    except (UnavailableError, DBAPIError) as error:
        engine.dispose()
        cause = error.__cause__ if isinstance(error, UnavailableError) else error
        reason = reason_of(cause) if isinstance(cause, DBAPIError) else str(error)
        raise ConfigurationError(
            f"The control store {display_url(target)} can't be opened: {reason}."
        ) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def _create_postgresql(target: URL, arguments: dict[str, Any]) -> Engine:
    engine = create_engine(
        target,
        connect_args=arguments,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping=True,
    )
    event.listen(engine, "do_connect", _connect_postgresql)
    return engine


def _connect_postgresql(
    dialect: object,  # noqa: ARG001 - SQLAlchemy names these
    record: object,  # noqa: ARG001
    arguments: Sequence[Any],
    settings: dict[str, Any],
) -> PostgresConnection:
    return PostgresConnection(*arguments, **settings)


def _create_sqlite(target: URL) -> Engine:
    _create_private_file(Path(str(target.database)))
    engine = create_engine(
        target,
        # A snapshot is opened in one thread and written in another.
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        pool_timeout=_POOL_SECONDS,
    )
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_private_file(path: Path) -> None:
    """Make the file if it is absent; SQLite gives its companions the same mode.

    A file that exists is left alone: to open and close one drops the locks that SQLite holds on it.
    """
    try:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise ConfigurationError(
            f"The control store {path} can't be made: {error.strerror}."
        ) from error


def _configure_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # Transactions are begun by `_begin_sqlite`, not by guesses of the driver.
    connection.isolation_level = None
    _enter_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Switch the file to its write-ahead log, where that has not been done.

    SQLite does not wait for its busy timeout here when two processes switch a new file at once.
    """
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another has written between;
    # one that takes the write lock first waits for its turn.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
