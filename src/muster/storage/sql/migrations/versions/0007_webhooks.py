"""Webhooks, what is queued for them, and the delivery log."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

_TEXT: Final = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "webhooks",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("url", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("secret", _TEXT, nullable=True),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("statements", _TEXT, nullable=True),
        sa.Column("tags", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_table(
        "webhook_queue",
        sa.Column("webhook_id", _TEXT, nullable=False),
        sa.Column("entry_id", _TEXT, nullable=False),
        sa.Column("entry_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", "entry_id", name="pk_webhook_queue"),
    )
    op.create_index("ix_webhook_queue_due_at", "webhook_queue", ["due_at"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("webhook_id", _TEXT, nullable=False),
        sa.Column("entry_id", _TEXT, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("duration_micros", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", _TEXT, nullable=True),
        sa.Column("outcome", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
    )
    op.create_index("ix_webhook_deliveries_at", "webhook_deliveries", ["at"])
    op.create_index(
        "ix_webhook_deliveries_webhook_id_at_id", "webhook_deliveries", ["webhook_id", "at", "id"]
    )
