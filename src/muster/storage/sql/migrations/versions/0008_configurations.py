"""Configurations of Relay Proxies, big segment stores and integrations."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

_TEXT: Final = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make their tables."""
    _create_relay_proxies()
    _create_big_segment_stores()
    op.create_table(
        "integration_configurations",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("integration_key", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("tags", _TEXT, nullable=False),
        sa.Column("config_values", _TEXT, nullable=False),
        sa.Column("secret_values", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_integration_configurations"),
    )
    op.create_index(
        "ix_integration_configurations_integration_key",
        "integration_configurations",
        ["integration_key"],
    )


def _create_relay_proxies() -> None:
    op.create_table(
        "relay_proxy_configurations",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("key_hash", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("policy", _TEXT, nullable=False),
        sa.Column("ending", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relay_proxy_configurations"),
        sa.UniqueConstraint("key_hash", name="uq_relay_proxy_configurations_key_hash"),
    )
    op.create_table(
        "retired_relay_proxy_keys",
        sa.Column("key_hash", _TEXT, nullable=False),
        sa.Column("configuration_id", _TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["configuration_id"],
            ["relay_proxy_configurations.id"],
            name="fk_retired_relay_proxy_keys_configuration_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key_hash", name="pk_retired_relay_proxy_keys"),
    )


def _create_big_segment_stores() -> None:
    op.create_table(
        "big_segment_stores",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("environment_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("tags", _TEXT, nullable=False),
        sa.Column("place", _TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name="fk_big_segment_stores_environment_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_big_segment_stores"),
    )
    op.create_index(
        "ix_big_segment_stores_environment_id", "big_segment_stores", ["environment_id"]
    )
