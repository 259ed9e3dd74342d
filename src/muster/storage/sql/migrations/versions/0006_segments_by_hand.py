"""Segments that are made and changed by hand: rules, targets, CSV files, targets that expire."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

_TEXT: Final = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Let segments hold rules and targets; make the tables of what is done with lists of members."""
    op.add_column(
        "segments", sa.Column("unbounded", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    for name, default in (("rules", "'[]'"), ("targets", "'{}'")):
        op.add_column(
            "segments", sa.Column(name, _TEXT, server_default=sa.text(default), nullable=False)
        )
    op.add_column(
        "segments",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
    )
    live = sa.text("NOT deleted")
    op.drop_index("ix_segments_newest", "segments")
    op.create_index(
        "ix_segments_newest",
        "segments",
        ["environment_id", sa.text("created_at DESC"), "key", "deleted"],
        sqlite_where=live,
        postgresql_where=live,
    )
    # What kind a segment is follows from the rest.
    op.drop_column("segments", "kind")
    _create(
        "expiring_targets",
        sa.Column("member_list", _TEXT, nullable=False),
        sa.Column("context_kind", _TEXT, nullable=False),
        sa.Column("context_key", _TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint(
            "segment_id",
            "member_list",
            "context_kind",
            "context_key",
            name="uq_expiring_targets_target",
        ),
    )
    op.create_index("ix_expiring_targets_expires_at", "expiring_targets", ["expires_at"])
    _create(
        "segment_imports",
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("mode", _TEXT, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("file_name", _TEXT, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("progress", _TEXT, nullable=False),
    )
    _create(
        "segment_exports",
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("member_count", sa.BigInteger(), nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
    )
    for table in ("segment_imports", "segment_exports"):
        op.create_index(f"ix_{table}_segment_id_created_at", table, ["segment_id", "created_at"])


def _create(table: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("segment_id", _TEXT, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=f"fk_{table}_segment_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
