"""Configurations of relay proxies, big segment stores and integrations."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table

from muster.storage.sql.columns import PlainText
from muster.storage.sql.tables._metadata import metadata

relay_proxy_configurations: Final = Table(
    "relay_proxy_configurations",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("key_hash", PlainText, nullable=False, unique=True),
    Column("name", PlainText, nullable=False),
    Column("policy", PlainText, nullable=False),
    Column("ending", PlainText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("modified_at", BigInteger, nullable=False),
)

retired_relay_proxy_keys: Final = Table(
    "retired_relay_proxy_keys",
    metadata,
    # A key that a configuration had before: it is good until a moment that was chosen then.
    Column("key_hash", PlainText, primary_key=True),
    Column(
        "configuration_id",
        ForeignKey("relay_proxy_configurations.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("expires_at", BigInteger, nullable=False),
)

big_segment_stores: Final = Table(
    "big_segment_stores",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("environment_id", ForeignKey("environments.id", ondelete="CASCADE"), nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("name", PlainText, nullable=False),
    Column("is_on", Boolean, nullable=False),
    Column("tags", PlainText, nullable=False),
    # Where it is, and the password: it is used to write to the store.
    Column("place", PlainText, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "environment_id"),
)

integration_configurations: Final = Table(
    "integration_configurations",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("integration_key", PlainText, nullable=False),
    Column("name", PlainText, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("tags", PlainText, nullable=False),
    Column("config_values", PlainText, nullable=False),
    # Those of the values that are never shown, apart from the others.
    Column("secret_values", PlainText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "integration_key"),
)
