"""Subscriptions: how far each is acknowledged, and of which records a consumer was told."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscription_cursors",
        sa.Column("grant_id", sa.String(26), primary_key=True),
        sa.Column("system", sa.String(40), primary_key=True),
        sa.Column("edition", sa.String(80), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("time", Moment(), nullable=False),
    )
    op.create_table(
        "subscription_records",
        sa.Column("grant_id", sa.String(26), primary_key=True),
        sa.Column("system", sa.String(40), primary_key=True),
        sa.Column("mark", sa.LargeBinary(16), primary_key=True),
        sa.Column("left_position", sa.BigInteger(), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("subscription_records")
    op.drop_table("subscription_cursors")
