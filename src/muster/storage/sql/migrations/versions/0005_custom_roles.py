"""Custom roles, what is known of members, and service tokens that outlive theirs."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

_TEXT: Final = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_CHECK: Final = "ck_access_tokens_role_or_policy"
_FOREIGN_KEY: Final = "fk_access_tokens_member_id"
_RETIRED: Final = sa.table(
    "retired_token_secrets", sa.column("token_hash"), sa.column("token_id"), sa.column("expires_at")
)


def upgrade() -> None:
    """Make the tables of roles, and let tokens have them."""
    for name in ("first_name", "last_name"):
        op.add_column(
            "members", sa.Column(name, _TEXT, server_default=sa.text("''"), nullable=False)
        )
    op.create_table(
        "custom_roles",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("description", _TEXT, nullable=False),
        sa.Column("policy", _TEXT, nullable=False),
        sa.Column("base_permissions", _TEXT, nullable=False),
        sa.Column("resource_category", _TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_custom_roles"),
        sa.UniqueConstraint("key", name="uq_custom_roles_key"),
    )
    _let_tokens_have_roles()
    _create_holders("member_roles", "member_id", "members")
    _create_holders("access_token_roles", "token_id", "access_tokens")


def _let_tokens_have_roles() -> None:
    condition = sa.text("role IS NULL OR inline_policy IS NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(_FOREIGN_KEY, "access_tokens")
        op.drop_constraint(op.f(_CHECK), "access_tokens")
        op.create_check_constraint(op.f(_CHECK), "access_tokens", condition)
        return
    # SQLite makes the table anew: to drop the old one deletes what refers to its rows, and its checks
    # are not taken along.
    retired = [row._asdict() for row in op.get_bind().execute(sa.select(_RETIRED))]
    with op.batch_alter_table("access_tokens") as batch:
        batch.drop_constraint(_FOREIGN_KEY, type_="foreignkey")
        batch.create_check_constraint(op.f(_CHECK), condition)
    op.execute(sa.delete(_RETIRED))
    op.bulk_insert(_RETIRED, retired)


def _create_holders(table: str, holder: str, holders: str) -> None:
    op.create_table(
        table,
        sa.Column(holder, _TEXT, nullable=False),
        sa.Column("role_id", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            [holder], [f"{holders}.id"], name=f"fk_{table}_{holder}", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["custom_roles.id"], name=f"fk_{table}_role_id"),
        sa.PrimaryKeyConstraint(holder, "role_id", name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_role_id", table, ["role_id"])
