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
    if not rows:
        return
    names = [str(column.name) for column in table.columns]
    into = f'INSERT INTO "{table.name}" ({_quoted(names)})'
    on_conflict = " ON CONFLICT DO NOTHING" if skip_existing else ""
    if replace_older_by is not None:
        on_conflict = _replacing(table, str(replace_older_by.name))
    if connection.dialect.name == "sqlite":
        # As many rows a statement as SQLite takes. With one for each row, Python's sqlite3 would take and
        # leave the interpreter lock at each, at the cost of every other thread; to have SQLite read the
        # rows from JSON takes twice as long.
        at_once = _MOST_VALUES // len(names)
        for start in range(0, len(rows), at_once):
            part = rows[start : start + at_once]
            statement = f"{into} VALUES {_places(len(part), len(names))}{on_conflict}"
            connection.exec_driver_sql(statement, tuple(chain.from_iterable(part)))
    else:
        # One statement for all rows: pg8000 would wait for an answer after each.
        document = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows])
        records = f'json_populate_recordset(NULL::"{table.name}", CAST(%s AS json))'
        statement = f"{into} SELECT {_quoted(names)} FROM {records}{on_conflict}"  # noqa: S608
        connection.exec_driver_sql(statement, (document.decode(),))


@lru_cache(maxsize=256)
def _places(row_count: int, column_count: int) -> str:
    """Return SQL that has a place for each value of some rows."""
    row = f"({', '.join('?' * column_count)})"
    return ", ".join([row] * row_count)


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
