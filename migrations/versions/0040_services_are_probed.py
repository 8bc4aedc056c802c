"""How services behind entries stood when they were probed last."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0040"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "entry_health",
        sa.Column("entry_id", sa.String(26), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("state_since", Moment()),
        sa.Column("probe_time", Moment()),
        sa.Column("next_probe_time", Moment(), nullable=False),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("latency_ms", sa.Integer()),
        sa.Column("newest_row_time", Moment()),
        sa.Column("row_count", sa.BigInteger()),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
        sa.Column("field", sa.String(64), nullable=False),
    )
    op.create_index("ix_entry_health_next_probe_time", "entry_health", ["next_probe_time"])


def downgrade() -> None:
    op.drop_table("entry_health")
