"""The first schema: account, projects, environments, access tokens, segments and the sync log."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

_TEXT: Final = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables, those that are referred to first."""
    _create_accounts()
    _create_projects()
    _create_segments()
    _create_sync_log()


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("singleton", sa.Integer(), server_default="1", nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("singleton = 1", name=op.f("ck_accounts_singleton")),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("singleton", name="uq_accounts_singleton"),
    )
    op.create_table(
        "members",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("email", _TEXT, nullable=False),
        sa.Column("folded_email", _TEXT, nullable=False),
        sa.Column("role", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_members"),
        sa.UniqueConstraint("folded_email", name="uq_members_folded_email"),
    )
    op.create_table(
        "access_tokens",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("token_hash", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("member_id", _TEXT, nullable=False),
        sa.Column("role", _TEXT, nullable=True),
        sa.Column("inline_policy", _TEXT, nullable=True),
        sa.Column("ending", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(role IS NULL) <> (inline_policy IS NULL)",
            name=op.f("ck_access_tokens_role_or_policy"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_access_tokens_member_id"),
        sa.PrimaryKeyConstraint("id", name="pk_access_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_access_tokens_token_hash"),
    )
    op.create_index(
        "ix_access_tokens_created_at_id", "access_tokens", ["created_at", "id"], unique=False
    )


def _create_projects() -> None:
    op.create_table(
        "projects",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("tags", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("key", name="uq_projects_key"),
    )
    op.create_table(
        "environments",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("project_id", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("color", _TEXT, nullable=False),
        sa.Column("sdk_key", _TEXT, nullable=False),
        sa.Column("mobile_key", _TEXT, nullable=False),
        sa.Column("tags", _TEXT, nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_environments_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_environments"),
        sa.UniqueConstraint("mobile_key", name="uq_environments_mobile_key"),
        sa.UniqueConstraint("project_id", "key", name="uq_environments_project_id_key"),
        sa.UniqueConstraint("sdk_key", name="uq_environments_sdk_key"),
    )


def _create_segments() -> None:
    op.create_table(
        "segments",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("environment_id", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("context_kind", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("description", _TEXT, nullable=False),
        sa.Column("tags", _TEXT, nullable=False),
        sa.Column("integration_key", _TEXT, nullable=True),
        sa.Column("cohort_id", _TEXT, nullable=True),
        sa.Column("source_url", _TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name="fk_segments_environment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_segments"),
        sa.UniqueConstraint(
            "environment_id", "key", "generation", name="uq_segments_environment_id_key_generation"
        ),
    )
    op.create_index(
        "ix_segments_newest",
        "segments",
        ["environment_id", "created_at"],
        unique=False,
        sqlite_where=sa.text("NOT deleted"),
        postgresql_where=sa.text("NOT deleted"),
    )
    op.create_index(
        "uq_segments_live",
        "segments",
        ["environment_id", "key"],
        unique=True,
        sqlite_where=sa.text("NOT deleted"),
        postgresql_where=sa.text("NOT deleted"),
    )


def _create_sync_log() -> None:
    op.create_table(
        "sync_records",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("integration_key", _TEXT, nullable=False),
        sa.Column("environment_id", _TEXT, nullable=True),
        sa.Column("segment_keys", _TEXT, nullable=False),
        sa.Column("token_id", _TEXT, nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("duration_micros", sa.BigInteger(), nullable=False),
        sa.Column("error_code", _TEXT, nullable=True),
        sa.Column("error_pointer", _TEXT, nullable=True),
        sa.Column("error_message", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sync_records"),
    )
    op.create_index(
        "ix_sync_records_newest",
        "sync_records",
        ["received_at", "id", "integration_key", "environment_id", "status"],
        unique=False,
    )
    op.create_table(
        "sync_record_segments",
        sa.Column("segment_key", _TEXT, nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("record_id", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint(
            "segment_key", "received_at", "record_id", name="pk_sync_record_segments"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_sync_record_segments_received_at", "sync_record_segments", ["received_at"], unique=False
    )
