"""Access tokens that can be changed and reset."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

_TEXT: Final = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add what is known of a token, and the secrets that tokens had before."""
    op.add_column(
        "access_tokens",
        sa.Column("description", _TEXT, server_default=sa.text("''"), nullable=False),
    )
    op.add_column("access_tokens", sa.Column("modified_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "retired_token_secrets",
        sa.Column("token_hash", _TEXT, nullable=False),
        sa.Column("token_id", _TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_id"],
            ["access_tokens.id"],
            name="fk_retired_token_secrets_token_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_retired_token_secrets"),
    )
