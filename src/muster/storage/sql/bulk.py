"""Inserting many rows quickly."""

import json
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table


def insert_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    skip_existing: bool = False,
) -> None:
    """Insert rows of which each has every column of the table.

    Args:
        rows: as they are stored (see `muster.storage.sql.columns`): what JSON can hold, nothing to convert.
        skip_existing: pass over rows whose key is there already, instead of failing.
    """
    if not rows:
        return
    names = [column.name for column in table.columns]
    columns = ", ".join(f'"{name}"' for name in names)
    on_conflict = " ON CONFLICT DO NOTHING" if skip_existing else ""
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        connection.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks}){on_conflict}',  # noqa: S608
            list(map(itemgetter(*names), rows)),
        )
    else:
        # pg8000 sends one statement a row, and waits for each; this is one for all rows.
        connection.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({columns}) SELECT {columns} '  # noqa: S608
            f'FROM json_populate_recordset(NULL::"{table.name}", CAST(%s AS json)){on_conflict}',
            (json.dumps(rows),),
        )
