"""Projects and environments that can be changed and deleted."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

_TEXT: Final = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add what is known of both, the SDK keys of before, and the members that are still to be deleted."""
    for name, default in (
        ("include_in_snippet_by_default", sa.false()),
        ("using_environment_id", sa.false()),
        ("using_mobile_key", sa.true()),
    ):
        op.add_column("projects", _flag(name, default))
    op.add_column(
        "environments",
        sa.Column("default_ttl_minutes", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    for name in ("secure_mode", "default_track_events", "require_comments", "confirm_changes"):
        op.add_column("environments", _flag(name, sa.false()))
    op.create_table(
        "retired_sdk_keys",
        sa.Column("sdk_key", _TEXT, nullable=False),
        sa.Column("environment_id", _TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name="fk_retired_sdk_keys_environment_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sdk_key", name="pk_retired_sdk_keys"),
    )
    op.create_table(
        "segment_purges",
        sa.Column("segment_id", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("segment_id", name="pk_segment_purges"),
    )


def _flag(name: str, default: sa.ColumnElement[bool]) -> "sa.Column[bool]":
    return sa.Column(name, sa.Boolean(), server_default=default, nullable=False)
