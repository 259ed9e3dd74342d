"""The schema of the control store: its revision, and the migrations that raise it."""

import logging
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect

from muster.core.errors import ConfigurationError
from muster.storage.sql.tables import SCHEMA_REVISION
from muster.storage.sql.transactions import reading, writing

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x6D7573746572
"""PostgreSQL's advisory lock of a migration: `muster` in ASCII."""


def upgrade(engine: Engine) -> None:
    """Bring the schema up to date, in one transaction; processes that start at once take turns.

    Raises:
        ConfigurationError: a newer Muster has written the database.
        UnavailableError: the database can't be reached.
    """
    with reading(engine) as connection:
        if find_revision(connection) == SCHEMA_REVISION:
            return
    with writing(engine) as connection:  # SQLite's write lock is held from here on
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        if find_revision(connection) != SCHEMA_REVISION:
            _migrate(connection)


def find_revision(connection: Connection) -> str | None:
    """Return the revision of the database's schema, or None where it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def _migrate(connection: Connection) -> None:
    # Slow to import, and seldom needed: a command should not wait for it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = find_revision(connection)
    if found is not None and found not in known:
        raise ConfigurationError(
            f"The control store has the schema revision {found}, which this version of Muster does not "
            f"know (its own is {SCHEMA_REVISION}): a newer Muster has written it. Run that version, or "
            "restore a backup that was made with this one."
        )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    command.upgrade(config, "head")
