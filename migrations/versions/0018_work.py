"""Work that waits for departments, what they are told, and the events of their streams."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0018"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "work",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("department", sa.String(18), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("step", sa.String(100), nullable=False),
        sa.Column("resource", sa.String(200), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("duties", sa.String(200), nullable=False),
        sa.Column("since_time", Moment(), nullable=False),
        sa.Column("due_time", Moment(), nullable=True),
        sa.Column("order_time", Moment(), nullable=False),
        sa.Column("limit_id", sa.String(60), nullable=False),
        sa.Column("article", sa.String(200), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("checked", sa.String(300), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("look_time", Moment(), nullable=True),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("settle_time", Moment(), nullable=True),
    )
    op.create_index("ix_work_department", "work", ["department", "is_open", "order_time", "id"])
    op.create_index("ix_work_resource", "work", ["resource", "is_open"])
    op.create_index("ix_work_look_time", "work", ["look_time"])
    op.create_index("ix_work_escalated", "work", ["escalated", "is_open", "order_time", "id"])
    op.create_index("ix_work_settle_time", "work", ["settle_time"])
    op.create_table(
        "notices",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("department", sa.String(18), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("resource", sa.String(200), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("duties", sa.String(200), nullable=False),
        sa.Column("time", Moment(), nullable=False),
        sa.Column("article", sa.String(200), nullable=False),
        sa.Column("key", sa.String(200), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.UniqueConstraint("resource", "department", "key", name="uq_notices_key"),
    )
    op.create_index("ix_notices_department", "notices", ["department", "id"])
    op.create_index("ix_notices_time", "notices", ["time"])
    _streams()


def _streams() -> None:
    op.create_table(
        "work_counters",
        sa.Column("department", sa.String(18), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("forgotten", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "work_events",
        sa.Column("department", sa.String(18), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("time", Moment(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
    )
    op.create_index("ix_work_events_time", "work_events", ["time"])
    op.create_table(
        "work_cursors",
        sa.Column("department", sa.String(18), primary_key=True),
        sa.Column("system", sa.String(40), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("time", Moment(), nullable=False),
    )


def downgrade() -> None:
    for table in ("work_cursors", "work_events", "work_counters", "notices", "work"):
        op.drop_table(table)
