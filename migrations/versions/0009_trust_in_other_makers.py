"""The authority may trust CAs of other makers of seals."""

import sqlalchemy as sa
from alembic import op

from hub.db.types import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seal_trusts",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("remove_time", Moment()),
        sa.Column("remove_reason", sa.String(500), nullable=False),
    )
    op.create_index("ix_seal_trusts_remove_time", "seal_trusts", ["remove_time"])


def downgrade() -> None:
    op.drop_index("ix_seal_trusts_remove_time", "seal_trusts")
    op.drop_table("seal_trusts")
