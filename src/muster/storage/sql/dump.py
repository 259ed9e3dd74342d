"""Dumps: every table as newline-delimited JSON, as it was at one moment.

A dump is a directory with `TABLE.ndjson` for each table, an object a row, and `dump.json`, which is
written last and holds the schema's revision and each table's number of rows. Both databases write the
same, so a dump of one can be loaded into the other.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, literal, select, tuple_
from sqlalchemy.exc import DBAPIError

from muster.core.errors import ConfigurationError, InvalidRequestError, UnavailableError
from muster.core.wording import count_of
from muster.storage.sql.bulk import insert_rows
from muster.storage.sql.schema import find_revision
from muster.storage.sql.tables import SCHEMA_REVISION, metadata
from muster.storage.sql.transactions import reading, reason_of, writing

_MANIFEST: Final = "dump.json"
_ROWS_AT_ONCE: Final = 2_000
_NEW_TABLES: Final[Mapping[str, Collection[str]]] = {
    "0001": (),
    "0002": ("audit_entries",),
    "0003": ("retired_token_secrets",),
    "0004": ("retired_sdk_keys", "segment_purges"),
    "0005": ("custom_roles", "member_roles", "access_token_roles"),
    "0006": ("expiring_targets", "segment_exports", "segment_imports"),
    "0007": ("webhooks", "webhook_queue", "webhook_deliveries"),
    "0008": (
        "relay_proxy_configurations",
        "retired_relay_proxy_keys",
        "big_segment_stores",
        "integration_configurations",
    ),
    "0009": ("contexts", "context_kinds"),
    "0010": ("flags", "flag_configurations"),
    SCHEMA_REVISION: (),
}
"""The revisions whose dumps can be loaded, oldest first, and the tables that came with each."""
_LATER_COLUMNS: Final[Mapping[str, Mapping[str, Any]]] = {
    "access_tokens": {"description": "", "modified_at": None},
    "members": {"first_name": "", "last_name": ""},
    "projects": {
        "include_in_snippet_by_default": False,
        "using_environment_id": False,
        "using_mobile_key": True,
        "flag_defaults": None,
    },
    "environments": {
        "default_ttl_minutes": 0,
        "secure_mode": False,
        "default_track_events": False,
        "require_comments": False,
        "confirm_changes": False,
    },
    "segments": {"unbounded": True, "rules": "[]", "targets": "{}", "version": 1},
}
"""What rows of older dumps, which lack these columns, get for them."""
_DROPPED_COLUMNS: Final[Mapping[str, frozenset[str]]] = {"segments": frozenset({"kind"})}
"""Columns of older dumps that are no more."""


class ControlSnapshot:
    """The control store as it was when `open_snapshot` was entered, whatever is written since."""

    def __init__(self, connection: Connection, revision: str) -> None:
        self._connection = connection
        self._revision = revision

    def write(self, directory: Path) -> None:
        """Write the dump into a directory that exists, from any one thread.

        Raises:
            UnavailableError: the database can't be read, or the disk is full.
        """
        counts: dict[str, int] = {}
        try:
            for table in metadata.sorted_tables:
                counts[table.name] = 0
                with _file(directory, table).open("w", encoding="utf-8") as file:
                    for row in _read_rows(self._connection, table):
                        file.write(json.dumps(row, ensure_ascii=False) + "\n")
                        counts[table.name] += 1
            manifest = {"revision": self._revision, "rows": counts}
            (directory / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        except OSError as error:
            raise UnavailableError(
                f"The dump can't be written to {directory}: {error.strerror}."
            ) from error
        except DBAPIError as error:
            raise UnavailableError(f"The dump can't be read: {reason_of(error)}.") from error


@contextmanager
def open_snapshot(engine: Engine) -> Iterator[ControlSnapshot]:
    """Give the control store as it is at this moment; writers go on while it is open.

    Raises:
        UnavailableError: the database can't be read.
    """
    with reading(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # The first read, not BEGIN, is what fixes the moment, on both databases.
        revision = find_revision(connection)
        yield ControlSnapshot(connection, str(revision))


def dump(engine: Engine, directory: Path) -> None:
    """Write the control store, as it is at this moment, into a directory that exists.

    Raises:
        UnavailableError: the database can't be read, or the disk is full.
    """
    with open_snapshot(engine) as snapshot:
        snapshot.write(directory)


def load(engine: Engine, directory: Path) -> None:
    """Fill an empty control store from a dump, in one transaction.

    Args:
        engine: of a database whose schema is up to date; see `muster.storage.sql.engine.open_engine`.

    Raises:
        InvalidRequestError: the directory holds no whole dump, or one of a newer schema.
        ConfigurationError: the control store is not empty.
        UnavailableError: the database can't be written.
    """
    revision, counts = _read_manifest(directory)
    later = {name for one, names in _NEW_TABLES.items() if one > revision for name in names}
    with writing(engine) as connection:
        for table in metadata.sorted_tables:
            if connection.execute(select(literal(1)).select_from(table).limit(1)).first():
                raise ConfigurationError(
                    f"The control store is not empty (its table {table.name} has rows). Load the dump "
                    "into a new database."
                )
        for table in metadata.sorted_tables:
            if table.name not in later:
                _load_table(connection, table, directory, counts.get(table.name))


def _load_table(
    connection: Connection, table: Table, directory: Path, expected: int | None
) -> None:
    names = [column.name for column in table.columns]
    later = _LATER_COLUMNS.get(table.name, {})
    dropped = _DROPPED_COLUMNS.get(table.name, frozenset())
    count = 0
    try:
        for batch in _batches(_file(directory, table)):
            rows = [{**later, **_without(row, dropped)} for row in batch]
            if any(row.keys() != set(names) for row in rows):
                raise InvalidRequestError(
                    f"{_file(directory, table)} has a row with other columns."
                )
            insert_rows(connection, table, [[row[name] for name in names] for row in rows])
            count += len(rows)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise InvalidRequestError(f"{_file(directory, table)} can't be read: {error}.") from error
    if count != expected:
        raise InvalidRequestError(
            f"{_file(directory, table)} has {count_of(count, 'row')} where {expected:,} were written: the "
            "dump is not whole."
        )


def _without(row: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _read_rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Give every row, in the order of its key, a few at a time."""
    key = table.primary_key.columns
    query = select(table).order_by(*key).limit(_ROWS_AT_ONCE)
    rows = connection.execute(query).all()
    while rows:
        for row in rows:
            yield row._asdict()
        if len(rows) < _ROWS_AT_ONCE:
            return
        last = tuple(getattr(rows[-1], column.name) for column in key)
        rows = connection.execute(query.where(tuple_(*key) > last)).all()


def _batches(file: Path) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    with file.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            batch.append(json.loads(line))
            if len(batch) == _ROWS_AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch


def _read_manifest(directory: Path) -> tuple[str, Mapping[str, int]]:
    """Return the schema's revision, and how many rows each table has."""
    try:
        manifest = json.loads((directory / _MANIFEST).read_text(encoding="utf-8"))
        revision, counts = manifest["revision"], manifest["rows"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidRequestError(
            f"{directory} holds no whole dump: it has no readable {_MANIFEST}."
        ) from error
    if revision not in _NEW_TABLES:
        raise InvalidRequestError(
            f"{directory} holds a dump of the schema revision {revision}; this version of Muster loads "
            f"those up to {SCHEMA_REVISION}. Load it with the version that wrote it, or a newer one."
        )
    return revision, dict(counts)


def _file(directory: Path, table: Table) -> Path:
    return directory / f"{table.name}.ndjson"
