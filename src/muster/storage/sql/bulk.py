"""Inserting many rows quickly."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final

import orjson
from sqlalchemy import Column, Connection, Table

_MOST_VALUES: Final = 999
"""How many values a statement of SQLite may have; later than 3.32 it may have more."""


def insert_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[Sequence[Any]],
    *,
    skip_existing: bool = False,
    replace_older_by: Column[int] | None = None,
) -> None:
    """Insert rows of which each has a value for every column of the table, in their order.

    Args:
        rows: as they are stored (see `muster.storage.sql.columns`): what JSON can hold, nothing to convert.
        skip_existing: pass over rows whose key is there already, instead of failing.
        replace_older_by: overwrite rows whose key is there already, unless they have more in this column;
            no two of the given rows have the same key then.
    """
    names = tuple(str(column.name) for column in table.columns)
    on_conflict = " ON CONFLICT DO NOTHING" if skip_existing else ""
    if replace_older_by is not None:
        on_conflict = _replacing(table, str(replace_older_by.name))
    if connection.dialect.name == "sqlite":
        _insert_by_values(connection, table.name, names, rows, on_conflict)
    else:
        _insert_by_json(connection, table.name, names, rows, on_conflict)


def _insert_by_values(
    connection: Connection,
    table_name: str,
    names: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    on_conflict: str,
) -> None:
    """Insert as many rows a statement as SQLite takes.

    With a statement for each row, Python's sqlite3 would take and leave the interpreter lock at each, at
    the cost of every other thread; to have SQLite read the rows from JSON takes twice as long.
    """
    at_once = _MOST_VALUES // len(names)
    for start in range(0, len(rows), at_once):
        part = rows[start : start + at_once]
        statement = _values_statement(table_name, names, len(part))
        connection.exec_driver_sql(statement + on_conflict, tuple(chain.from_iterable(part)))


@lru_cache(maxsize=256)
def _values_statement(table_name: str, names: tuple[str, ...], row_count: int) -> str:
    row = f"({', '.join('?' * len(names))})"
    rows = ", ".join([row] * row_count)
    return f'INSERT INTO "{table_name}" ({_quoted(names)}) VALUES {rows}'  # noqa: S608


def _insert_by_json(
    connection: Connection,
    table_name: str,
    names: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    on_conflict: str,
) -> None:
    """Insert all rows by one statement of PostgreSQL: pg8000 would wait for an answer after each."""
    if not rows:
        return
    document = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows])
    shape = f'NULL::"{table_name}"'
    selected = f"SELECT {_quoted(names)} FROM json_populate_recordset({shape}, CAST(%s AS json))"  # noqa: S608
    connection.exec_driver_sql(
        f'INSERT INTO "{table_name}" ({_quoted(names)}) {selected}{on_conflict}',
        (document.decode(),),
    )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _replacing(table: Table, newer_by: str) -> str:
    key = {str(column.name) for column in table.primary_key.columns}
    changed = ", ".join(
        f'"{column.name}" = excluded."{column.name}"'
        for column in table.columns
        if column.name not in key
    )
    newer = f'"{table.name}"."{newer_by}" <= excluded."{newer_by}"'
    return f" ON CONFLICT ({_quoted(sorted(key))}) DO UPDATE SET {changed} WHERE {newer}"
