"""Flags, and what they are in each environment."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

_TEXT: Final = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make their tables."""
    op.create_table(
        "flags",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("project_id", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("description", _TEXT, nullable=False),
        sa.Column("tags", _TEXT, nullable=False),
        sa.Column("variations", _TEXT, nullable=False),
        sa.Column("custom_properties", _TEXT, nullable=False),
        sa.Column("on_variation", sa.Integer(), nullable=False),
        sa.Column("off_variation", sa.Integer(), nullable=False),
        sa.Column("temporary", sa.Boolean(), nullable=False),
        sa.Column("using_environment_id", sa.Boolean(), nullable=False),
        sa.Column("using_mobile_key", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("archived_at", sa.BigInteger()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_flags_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_flags"),
        sa.UniqueConstraint("project_id", "key", name="uq_flags_project_id_key"),
    )
    op.create_table(
        "flag_configurations",
        sa.Column("flag_id", _TEXT, nullable=False),
        sa.Column("environment_id", _TEXT, nullable=False),
        sa.Column("targeting", _TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["flag_id"], ["flags.id"], name="fk_flag_configurations_flag_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name="fk_flag_configurations_environment_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("flag_id", "environment_id", name="pk_flag_configurations"),
    )
    op.create_index(
        "ix_flag_configurations_environment_id", "flag_configurations", ["environment_id"]
    )
