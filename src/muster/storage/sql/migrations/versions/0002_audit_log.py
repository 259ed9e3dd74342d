"""The audit log."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

_TEXT: Final = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "audit_entries",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("member_id", _TEXT, nullable=True),
        sa.Column("token_id", _TEXT, nullable=True),
        sa.Column("token_name", _TEXT, nullable=True),
        sa.Column("token_kind", _TEXT, nullable=True),
        sa.Column("accesses", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("verb", _TEXT, nullable=False),
        sa.Column("comment", _TEXT, nullable=False),
        sa.Column("before", _TEXT, nullable=True),
        sa.Column("after", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_at_id", "audit_entries", ["at", "id"])
