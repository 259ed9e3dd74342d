"""Flags, and what they are in each environment."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
)

from muster.storage.sql.columns import PlainText
from muster.storage.sql.tables._metadata import metadata

flags: Final = Table(
    "flags",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("key", PlainText, nullable=False),
    Column("name", PlainText, nullable=False),
    Column("description", PlainText, nullable=False),
    Column("tags", PlainText, nullable=False),
    # JSON: variations and custom properties as the API shows them.
    Column("variations", PlainText, nullable=False),
    Column("custom_properties", PlainText, nullable=False),
    # What it serves in a new environment: indexes of its variations.
    Column("on_variation", Integer, nullable=False),
    Column("off_variation", Integer, nullable=False),
    Column("temporary", Boolean, nullable=False),
    Column("using_environment_id", Boolean, nullable=False),
    Column("using_mobile_key", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("archived_at", BigInteger),
    Column("version", Integer, nullable=False),
    UniqueConstraint("project_id", "key"),
)

flag_configurations: Final = Table(
    "flag_configurations",
    metadata,
    Column("flag_id", ForeignKey("flags.id", ondelete="CASCADE"), primary_key=True),
    Column("environment_id", ForeignKey("environments.id", ondelete="CASCADE"), primary_key=True),
    # JSON: as the API shows it.
    Column("targeting", PlainText, nullable=False),
    Column("version", Integer, nullable=False),
    Column("modified_at", BigInteger, nullable=False),
    Index(None, "environment_id"),
)
"""Whom a flag serves what in an environment."""
