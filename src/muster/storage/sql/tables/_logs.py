"""The sync log, the audit log, and the webhooks that are told of it."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table

from muster.storage.sql.columns import PlainText
from muster.storage.sql.tables._metadata import metadata

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
