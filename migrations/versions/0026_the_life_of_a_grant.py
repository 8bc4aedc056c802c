"""A grant follows another, is first used, mended, and disposed of; a data request says which grant it follows."""

import sqlalchemy as sa
from alembic import op

from hub.clock import SystemClock
from hub.db import Moment

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL in what earlier releases wrote: rows are bound to the log (ADR 0026). Such a grant has no delivery timer and follows none.
    op.add_column("data_requests", sa.Column("follows", sa.String(64), nullable=True))
    op.add_column("data_requests", sa.Column("follow_kind", sa.String(16), nullable=True))
    op.add_column("data_requests", sa.Column("disposal_terms", sa.Text(), nullable=True))
    op.add_column("grants", sa.Column("follows", sa.String(64), nullable=True))
    op.add_column("grants", sa.Column("followed_by", sa.String(64), nullable=True))
    op.add_column("grants", sa.Column("clock", sa.JSON(), nullable=True))
    op.add_column("grants", sa.Column("first_use_time", Moment(), nullable=True))
    op.add_column("grants", sa.Column("delivery_explanation", sa.JSON(), nullable=True))
    op.add_column("grants", sa.Column("mending", sa.JSON(), nullable=True))
    op.add_column("grants", sa.Column("disposal_terms", sa.Text(), nullable=True))
    op.add_column("grants", sa.Column("disposal", sa.JSON(), nullable=True))
    op.create_index("ix_grants_expire_time", "grants", ["expire_time"])
    begin = op.create_table("disposals_begin", sa.Column("time", Moment(), nullable=False), sa.PrimaryKeyConstraint("time"))
    # Of a grant that ended before this release nobody owes a receipt. A hub without grants needs no such moment.
    if op.get_bind().execute(sa.text("SELECT id FROM grants LIMIT 1")).first() is not None:
        op.bulk_insert(begin, [{"time": SystemClock().now()}])


def downgrade() -> None:
    op.drop_table("disposals_begin")
    op.drop_index("ix_grants_expire_time", "grants")
    for column in ("disposal", "disposal_terms", "mending", "delivery_explanation", "first_use_time", "clock", "followed_by", "follows"):
        op.drop_column("grants", column)
    for column in ("disposal_terms", "follow_kind", "follows"):
        op.drop_column("data_requests", column)
