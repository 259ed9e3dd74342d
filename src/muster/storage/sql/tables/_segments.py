"""Segments, and what belongs to them."""

from typing import Final, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    text,
    true,
)

from muster.storage.sql.columns import PlainText
from muster.storage.sql.tables._metadata import metadata

segments: Final = Table(
    "segments",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("environment_id", ForeignKey("environments.id"), nullable=False),
    Column("key", PlainText, nullable=False),
    Column("unbounded", Boolean, nullable=False, server_default=true()),
    Column("generation", Integer, nullable=False),
    Column("context_kind", PlainText, nullable=False),
    Column("name", PlainText, nullable=False),
    Column("description", PlainText, nullable=False),
    Column("tags", PlainText, nullable=False),
    # The source of a synced segment: the first two are set for it and for no other.
    Column("integration_key", PlainText),
    Column("cohort_id", PlainText),
    Column("source_url", PlainText),
    Column("created_at", BigInteger, nullable=False),
    Column("modified_at", BigInteger, nullable=False),
    # JSON: rules as the API shows them; targets as {"included": {KIND: [KEY, ...]}, "excluded": ...}.
    Column("rules", PlainText, nullable=False, server_default=text("'[]'")),
    Column("targets", PlainText, nullable=False, server_default=text("'{}'")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    # The row of a deleted segment stays, so that its key's next generation is known.
    Column("deleted", Boolean, nullable=False),
    UniqueConstraint("environment_id", "key", "generation"),
    Index(
        "uq_segments_live",
        "environment_id",
        "key",
        unique=True,
        sqlite_where=text("NOT deleted"),
        postgresql_where=text("NOT deleted"),
    ),
    # With all that counting segments and finding a page of them needs.
    Index(
        "ix_segments_newest",
        "environment_id",
        text("created_at DESC"),
        "key",
        "deleted",
        sqlite_where=text("NOT deleted"),
        postgresql_where=text("NOT deleted"),
    ),
)

LIVE_SEGMENT: Final = cast("ColumnElement[bool]", text("NOT segments.deleted"))
"""Holds for a segment that is not deleted; SQLite finds its partial indexes only by the words of theirs."""

expiring_targets: Final = Table(
    "expiring_targets",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("segment_id", ForeignKey("segments.id", ondelete="CASCADE"), nullable=False),
    Column("member_list", PlainText, nullable=False),
    Column("context_kind", PlainText, nullable=False),
    Column("context_key", PlainText, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint(
        "segment_id",
        "member_list",
        "context_kind",
        "context_key",
        name="uq_expiring_targets_target",
    ),
    Index(None, "expires_at"),
)
"""Contexts that leave a list of a segment at a moment."""

segment_imports: Final = Table(
    "segment_imports",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("segment_id", ForeignKey("segments.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("mode", PlainText, nullable=False),
    Column("status", PlainText, nullable=False),
    Column("file_name", PlainText, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    # JSON: who asked for it, how far it is, and what is wrong with the file.
    Column("actor", PlainText, nullable=False),
    Column("progress", PlainText, nullable=False),
    Index(None, "segment_id", "created_at"),
)
"""CSV files whose keys enter a segment."""

segment_exports: Final = Table(
    "segment_exports",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("segment_id", ForeignKey("segments.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("status", PlainText, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("member_count", BigInteger, nullable=False),
    Column("actor", PlainText, nullable=False),
    Index(None, "segment_id", "created_at"),
)
"""CSV files of a segment's members."""

segment_purges: Final = Table(
    "segment_purges",
    metadata,
    # A segment that is gone, and whose members are still to be deleted from the membership store.
    Column("segment_id", PlainText, primary_key=True),
)
