"""Transactions on the control store, and its drivers' errors in Muster's words."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import InterfaceError as ConnectionLostError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from muster.core.errors import UnavailableError

WRITES: Final = "muster_writes"
"""The execution option of a connection whose transaction will write; see `muster.storage.sql.engine`."""

_PASSING_STATES: Final = ("08", "25006", "40", "53", "55", "57", "58")
"""SQLSTATEs that pass, or their classes: connection, read-only, rollback, resources, locks, operator,
I/O."""
_DUPLICATES: Final = frozenset(
    {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505"}
)
_DANGLING: Final = frozenset({"SQLITE_CONSTRAINT_FOREIGNKEY", "23503"})


_held: ContextVar[Connection | None] = ContextVar("held_connection", default=None)
"""The connection of the transaction that `SqlTransactions` holds in this thread, if there is one."""


class SqlTransactions:
    """Implements `Transactions`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def begin(self) -> Iterator[None]:
        """Hold a transaction that `reading` and `writing` of this thread take part in."""
        if _find_held(self._engine) is not None:
            yield
            return
        with writing(self._engine) as connection:
            token = _held.set(connection)
            try:
                yield
            finally:
                _held.reset(token)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose transaction only reads, or that of the transaction that holds.

    Raises:
        UnavailableError: the database can't be reached, or is too busy.
    """
    held = _find_held(engine)
    if held is not None:
        with _translated():
            yield held
        return
    with _translated(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose transaction is committed at the end, or rolled back by an exception.

    Where a transaction holds (see `SqlTransactions`), its connection is given, and its end is the end.

    Raises:
        UnavailableError: the database can't be reached, is too busy, or ended the transaction (a
            deadlock, say). Nothing is written then, unless the connection broke during the commit.
    """
    held = _find_held(engine)
    if held is not None:
        with _translated():
            yield held
        return
    with _translated(), engine.connect() as connection:
        connection.execution_options(**{WRITES: True})
        with connection.begin():
            yield connection


def _find_held(engine: Engine) -> Connection | None:
    held = _held.get()
    return held if held is not None and held.engine is engine else None


def is_duplicate(error: DBAPIError) -> bool:
    """Tell whether a statement failed because a unique value exists already."""
    return _state(error) in _DUPLICATES


def is_dangling(error: DBAPIError) -> bool:
    """Tell whether a statement failed because a row names one that is not there, or would be gone."""
    return _state(error) in _DANGLING


def reason_of(error: DBAPIError) -> str:
    """Return the driver's reason in one line, without the statement or its values."""
    fields = _server_fields(error)
    text = fields["M"] if "M" in fields else str(error.orig)
    return text.strip().partition("\n")[0].rstrip(".")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PoolTimeoutError as error:
        raise UnavailableError(
            "All connections to the control store are in use. Try again in a moment."
        ) from error
    except DBAPIError as error:
        if not _passes(error):
            raise
        raise UnavailableError(
            f"The control store can't be used at the moment: {reason_of(error)}. Try again."
        ) from error


def _passes(error: DBAPIError) -> bool:
    return (
        error.connection_invalidated
        or isinstance(error, OperationalError | ConnectionLostError)
        or _state(error).startswith(_PASSING_STATES)
    )


def _state(error: DBAPIError) -> str:
    """Return PostgreSQL's SQLSTATE, or the name of SQLite's error."""
    name: str = getattr(error.orig, "sqlite_errorname", "")
    return name or _server_fields(error).get("C", "")


def _server_fields(error: DBAPIError) -> dict[str, Any]:
    """Return the fields of PostgreSQL's error message, as pg8000 hands them on."""
    arguments = error.orig.args if error.orig is not None else ()
    return arguments[0] if arguments and isinstance(arguments[0], dict) else {}
