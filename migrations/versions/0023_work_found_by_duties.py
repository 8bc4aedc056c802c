"""Work and notices are found by the duties that they are for, proposals by when they end."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_work_duties", "work", ["department", "is_open", "duties", "order_time", "id"])
    op.create_index("ix_work_escalated_duties", "work", ["escalated", "is_open", "duties", "order_time", "id"])
    op.create_index("ix_notices_duties", "notices", ["department", "duties", "id"])
    op.create_index("ix_proposals_state", "proposals", ["state", "expire_time"])


def downgrade() -> None:
    op.drop_index("ix_proposals_state", "proposals")
    op.drop_index("ix_notices_duties", "notices")
    op.drop_index("ix_work_escalated_duties", "work")
    op.drop_index("ix_work_duties", "work")
