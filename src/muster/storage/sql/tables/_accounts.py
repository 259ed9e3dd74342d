"""Accounts, their members, roles, projects, environments and access tokens."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    false,
    text,
    true,
)

from muster.storage.sql.columns import PlainText
from muster.storage.sql.tables._metadata import metadata

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
    # JSON: what else new flags have, as the API shows it; NULL where nobody said anything.
    Column("flag_defaults", PlainText),
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
