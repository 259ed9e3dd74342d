"""The tables of the control store. The migrations make them; a test holds the two against each other."""

from typing import Final, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    false,
    text,
    true,
)

from muster.storage.sql.columns import PlainText

SCHEMA_REVISION: Final = "0009"
"""The newest migration: what this code reads and writes."""

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

accounts: Final = Table(
    "accounts",
    metadata,
    Column("id", PlainText, primary_key=True),
    # An installation has one account: this column can hold one value, once.
    Column("singleton", Integer, nullable=False, unique=True, server_default="1"),
    Column("name", PlainText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    CheckConstraint("singleton = 1", name="singleton"),
)

members: Final = Table(
    "members",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("email", PlainText, nullable=False),
    Column("folded_email", PlainText, nullable=False, unique=True),
    Column("role", PlainText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("first_name", PlainText, nullable=False, server_default=text("''")),
    Column("last_name", PlainText, nullable=False, server_default=text("''")),
)

custom_roles: Final = Table(
    "custom_roles",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("key", PlainText, nullable=False, unique=True),
    Column("name", PlainText, nullable=False),
    Column("description", PlainText, nullable=False),
    Column("policy", PlainText, nullable=False),
    Column("base_permissions", PlainText, nullable=False),
    Column("resource_category", PlainText),
    Column("created_at", BigInteger, nullable=False),
    Column("modified_at", BigInteger),
)

member_roles: Final = Table(
    "member_roles",
    metadata,
    Column("member_id", ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("custom_roles.id"), primary_key=True),
    Index(None, "role_id"),
)
"""Which custom roles a member has."""

projects: Final = Table(
    "projects",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("key", PlainText, nullable=False, unique=True),
    Column("name", PlainText, nullable=False),
    Column("tags", PlainText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("include_in_snippet_by_default", Boolean, nullable=False, server_default=false()),
    # To which client-side SDKs new flags are available: those with a client-side ID, or a mobile key.
    Column("using_environment_id", Boolean, nullable=False, server_default=false()),
    Column("using_mobile_key", Boolean, nullable=False, server_default=true()),
)

environments: Final = Table(
    "environments",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("key", PlainText, nullable=False),
    Column("name", PlainText, nullable=False),
    Column("color", PlainText, nullable=False),
    Column("sdk_key", PlainText, nullable=False, unique=True),
    Column("mobile_key", PlainText, nullable=False, unique=True),
    Column("tags", PlainText, nullable=False),
    Column("critical", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("default_ttl_minutes", Integer, nullable=False, server_default=text("0")),
    Column("secure_mode", Boolean, nullable=False, server_default=false()),
    Column("default_track_events", Boolean, nullable=False, server_default=false()),
    Column("require_comments", Boolean, nullable=False, server_default=false()),
    Column("confirm_changes", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("project_id", "key"),
)

retired_sdk_keys: Final = Table(
    "retired_sdk_keys",
    metadata,
    # An SDK key that an environment had before: it is good until a moment that was chosen then.
    Column("sdk_key", PlainText, primary_key=True),
    Column("environment_id", ForeignKey("environments.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

access_tokens: Final = Table(
    "access_tokens",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("token_hash", PlainText, nullable=False, unique=True),
    Column("name", PlainText, nullable=False),
    Column("kind", PlainText, nullable=False),
    # Not a foreign key: a service token outlives the member who made it.
    Column("member_id", PlainText, nullable=False),
    Column("role", PlainText),
    Column("inline_policy", PlainText),
    Column("ending", PlainText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("last_used_at", BigInteger),
    Column("description", PlainText, nullable=False, server_default=text("''")),
    Column("modified_at", BigInteger),
    # With neither, what the token may do is in `access_token_roles`.
    CheckConstraint("role IS NULL OR inline_policy IS NULL", name="role_or_policy"),
    Index(None, "created_at", "id"),
)

access_token_roles: Final = Table(
    "access_token_roles",
    metadata,
    Column("token_id", ForeignKey("access_tokens.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("custom_roles.id"), primary_key=True),
    Index(None, "role_id"),
)
"""Which custom roles a token has."""

retired_token_secrets: Final = Table(
    "retired_token_secrets",
    metadata,
    # The secret that a token had before it was reset: it is good until a moment that was chosen then.
    Column("token_hash", PlainText, primary_key=True),
    Column("token_id", ForeignKey("access_tokens.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

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

contexts: Final = Table(
    "contexts",
    metadata,
    # Not a foreign key: the rows of an environment that is gone are pruned, however many they are.
    Column("environment_id", PlainText, primary_key=True),
    Column("kind", PlainText, primary_key=True),
    Column("key", PlainText, primary_key=True),
    # Empty where the application did not say which it is.
    Column("application_id", PlainText, primary_key=True),
    Column("attributes", PlainText, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Index(None, "environment_id", "kind", "last_seen_at"),
    sqlite_with_rowid=False,
)

context_kinds: Final = Table(
    "context_kinds",
    metadata,
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("key", PlainText, primary_key=True),
    Column("name", PlainText, nullable=False),
    Column("description", PlainText, nullable=False),
    Column("version", Integer, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("created_from", PlainText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("modified_at", BigInteger, nullable=False),
)

sync_records: Final = Table(
    "sync_records",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("received_at", BigInteger, nullable=False),
    Column("integration_key", PlainText, nullable=False),
    Column("environment_id", PlainText),
    Column("segment_keys", PlainText, nullable=False),
    Column("token_id", PlainText),
    Column("status", Integer, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("removed", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    Column("duration_micros", BigInteger, nullable=False),
    Column("error_code", PlainText),
    Column("error_pointer", PlainText),
    Column("error_message", PlainText),
    # The order of the log, with all that it is filtered by: one index that only grows at its end is
    # quicker to write than one for each filter, and a filter that finds little reads no rows.
    Index(
        "ix_sync_records_newest",
        "received_at",
        "id",
        "integration_key",
        "environment_id",
        "status",
    ),
)

sync_record_segments: Final = Table(
    "sync_record_segments",
    metadata,
    Column("segment_key", PlainText, primary_key=True),
    Column("received_at", BigInteger, primary_key=True),
    Column("record_id", PlainText, primary_key=True),
    Index(None, "received_at"),
    sqlite_with_rowid=False,
)
"""Which records name a segment, in the order in which they are listed. It repeats `segment_keys`."""

audit_entries: Final = Table(
    "audit_entries",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("at", BigInteger, nullable=False),
    # Not foreign keys: an entry outlives whoever made the change, and what it was made with.
    Column("member_id", PlainText),
    Column("token_id", PlainText),
    Column("token_name", PlainText),
    Column("token_kind", PlainText),
    Column("accesses", PlainText, nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("name", PlainText, nullable=False),
    Column("verb", PlainText, nullable=False),
    Column("comment", PlainText, nullable=False),
    Column("before", PlainText),
    Column("after", PlainText),
    Index(None, "at", "id"),
)

webhooks: Final = Table(
    "webhooks",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("url", PlainText, nullable=False),
    Column("name", PlainText, nullable=False),
    # As it is: each delivery is signed with it.
    Column("secret", PlainText),
    Column("is_on", Boolean, nullable=False),
    Column("statements", PlainText),
    Column("tags", PlainText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("modified_at", BigInteger),
)

webhook_queue: Final = Table(
    "webhook_queue",
    metadata,
    # Not foreign keys: a webhook that is being deleted must not fail the change that is queued for it.
    Column("webhook_id", PlainText, primary_key=True),
    Column("entry_id", PlainText, primary_key=True),
    Column("entry_at", BigInteger, nullable=False),
    # From when on it may be taken on: a server that does so puts this off.
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index(None, "due_at"),
)
"""Which entries of the audit log are still to be delivered to which webhook."""

webhook_deliveries: Final = Table(
    "webhook_deliveries",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("webhook_id", PlainText, nullable=False),
    Column("entry_id", PlainText, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("duration_micros", BigInteger, nullable=False),
    Column("status", Integer),
    Column("error", PlainText),
    Column("outcome", PlainText, nullable=False),
    Index(None, "webhook_id", "at", "id"),
    Index(None, "at"),
)
