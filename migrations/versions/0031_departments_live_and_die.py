"""Departments pass into others, or are closed, on a day that the authority lays down."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0031"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("departments", sa.Column("successors", sa.JSON(), nullable=True))
    op.add_column("departments", sa.Column("predecessors", sa.JSON(), nullable=True))
    op.add_column("departments", sa.Column("succession_time", Moment(), nullable=True))
    op.create_table(
        "successions",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("predecessors", sa.JSON(), nullable=False),
        sa.Column("successors", sa.JSON(), nullable=False),
        sa.Column("effective_date", sa.String(10), nullable=False),
        sa.Column("basis", sa.String(300), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("short_title", sa.String(20), nullable=False),
        sa.Column("assignments", sa.JSON(), nullable=False),
        sa.Column("systems", sa.JSON(), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("confirm_time", Moment(), nullable=True),
        sa.Column("end_time", Moment(), nullable=True),
    )
    op.create_index("ix_successions_state", "successions", ["state"])


def downgrade() -> None:
    op.drop_index("ix_successions_state", "successions")
    op.drop_table("successions")
    op.drop_column("departments", "succession_time")
    op.drop_column("departments", "predecessors")
    op.drop_column("departments", "successors")
