"""Where departments have notice of work sent, and the outbox of what is to be sent there."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0019"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery_targets",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("department", sa.String(18), nullable=False),
        sa.Column("webhook", sa.String(500), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("duties", sa.JSON(), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("deliver_time", Moment(), nullable=True),
        sa.Column("fault", sa.String(80), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_time", Moment(), nullable=True),
        sa.Column("claim", sa.String(26), nullable=False),
        sa.Column("claim_until", Moment(), nullable=True),
    )
    op.create_index("ix_delivery_targets_department", "delivery_targets", ["department", "id"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("target", sa.String(26), nullable=False),
        sa.Column("department", sa.String(18), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("next_time", Moment(), nullable=False),
        sa.Column("attempt_time", Moment(), nullable=True),
        sa.Column("fault", sa.String(80), nullable=False),
        sa.Column("letter", sa.String(26), nullable=False),
    )
    op.create_index("ix_deliveries_target", "deliveries", ["target", "state", "next_time", "id"])
    op.create_index("ix_deliveries_department", "deliveries", ["department", "state", "id"])
    op.create_index("ix_deliveries_about", "deliveries", ["about"])
    op.create_index("ix_deliveries_state", "deliveries", ["state", "create_time"])


def downgrade() -> None:
    op.drop_table("deliveries")
    op.drop_table("delivery_targets")
