"""Inserting many rows quickly."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Table


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
    columns = ", ".join(f'"{name}"' for name in names)
    on_conflict = " ON CONFLICT DO NOTHING" if skip_existing else ""
    if replace_older_by is not None:
        on_conflict = _replacing(table, str(replace_older_by.name))
    # One statement for all rows: pg8000 would wait for an answer after each, and Python's sqlite3 takes
    # and leaves the interpreter lock at each, at the cost of every other thread.
    if connection.dialect.name == "sqlite":
        # The operator ->> would do, but SQLite has had it only since 3.38.
        values = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(names)))
        # WHERE keeps SQLite's parser from taking ON CONFLICT for a join.
        selected = f"SELECT {values} FROM json_each(?) WHERE true"  # noqa: S608
        document = orjson.dumps(rows)
    else:
        shape = f'NULL::"{table.name}"'
        selected = f"SELECT {columns} FROM json_populate_recordset({shape}, CAST(%s AS json))"  # noqa: S608
        document = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows])
    connection.exec_driver_sql(
        f'INSERT INTO "{table.name}" ({columns}) {selected}{on_conflict}',
        (document.decode(),),
    )


def _replacing(table: Table, newer_by: str) -> str:
    key = {str(column.name) for column in table.primary_key.columns}
    names = ", ".join(f'"{name}"' for name in sorted(key))
    changed = ", ".join(
        f'"{column.name}" = excluded."{column.name}"'
        for column in table.columns
        if column.name not in key
    )
    newer = f'"{table.name}"."{newer_by}" <= excluded."{newer_by}"'
    return f" ON CONFLICT ({names}) DO UPDATE SET {changed} WHERE {newer}"
