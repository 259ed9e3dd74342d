"""The tables of the control store. The migrations make them; a test holds the two against each other."""

from typing import Final

from muster.storage.sql.tables._accounts import (
    access_token_roles,
    access_tokens,
    accounts,
    custom_roles,
    environments,
    member_roles,
    members,
    projects,
    retired_sdk_keys,
    retired_token_secrets,
)
from muster.storage.sql.tables._configurations import (
    big_segment_stores,
    integration_configurations,
    relay_proxy_configurations,
    retired_relay_proxy_keys,
)
from muster.storage.sql.tables._contexts import context_kinds, contexts
from muster.storage.sql.tables._flags import flag_configurations, flags
from muster.storage.sql.tables._logs import (
    audit_entries,
    sync_record_segments,
    sync_records,
    webhook_deliveries,
    webhook_queue,
    webhooks,
)
from muster.storage.sql.tables._metadata import metadata
from muster.storage.sql.tables._segments import (
    LIVE_SEGMENT,
    expiring_targets,
    segment_exports,
    segment_imports,
    segment_purges,
    segments,
)

SCHEMA_REVISION: Final = "0011"
"""The newest migration: what this code reads and writes."""

__all__ = [
    "LIVE_SEGMENT",
    "SCHEMA_REVISION",
    "access_token_roles",
    "access_tokens",
    "accounts",
    "audit_entries",
    "big_segment_stores",
    "context_kinds",
    "contexts",
    "custom_roles",
    "environments",
    "expiring_targets",
    "flag_configurations",
    "flags",
    "integration_configurations",
    "member_roles",
    "members",
    "metadata",
    "projects",
    "relay_proxy_configurations",
    "retired_relay_proxy_keys",
    "retired_sdk_keys",
    "retired_token_secrets",
    "segment_exports",
    "segment_imports",
    "segment_purges",
    "segments",
    "sync_record_segments",
    "sync_records",
    "webhook_deliveries",
    "webhook_queue",
    "webhooks",
]
