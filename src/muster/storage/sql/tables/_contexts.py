"""Contexts, and their kinds."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table

from muster.storage.sql.columns import PlainText
from muster.storage.sql.tables._metadata import metadata

contexts: Final = Table(
    "contexts",
    metadata,
    # Not a foreign key: the rows of an environment that is gone are pruned, however many they are.
    Column("environment_id", PlainText, primary_key=True),
    Column("kind", PlainText, primary_key=True),
    Column("key", PlainText, primary_key=True),
    # Empty where the application did not say which it is.
    Column("application_id", PlainText, primary_key=True),
    Column("attributes", PlainText, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Index(None, "environment_id", "kind", "last_seen_at"),
    sqlite_with_rowid=False,
)

context_kinds: Final = Table(
    "context_kinds",
    metadata,
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("key", PlainText, primary_key=True),
    Column("name", PlainText, nullable=False),
    Column("description", PlainText, nullable=False),
    Column("version", Integer, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("created_from", PlainText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("modified_at", BigInteger, nullable=False),
)
