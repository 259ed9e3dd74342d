"""Inserting many rows quickly."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Table


def insert_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[Sequence[Any]],
    *,
    skip_existing: bool = False,
) -> None:
    """Insert rows of which each has a value for every column of the table, in their order.

    Args:
        rows: as they are stored (see `muster.storage.sql.columns`): what JSON can hold, nothing to convert.
        skip_existing: pass over rows whose key is there already, instead of failing.
    """
    if not rows:
        return
    names = [str(column.name) for column in table.columns]
    columns = ", ".join(f'"{name}"' for name in names)
    on_conflict = " ON CONFLICT DO NOTHING" if skip_existing else ""
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
