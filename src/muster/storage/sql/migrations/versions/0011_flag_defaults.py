"""What new flags of a project have."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

_TEXT: Final = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add it to projects; of those that are there nobody has said anything yet."""
    op.add_column("projects", sa.Column("flag_defaults", _TEXT))
