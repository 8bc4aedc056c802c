"""Findings of browsing: that the records of many were read under one case number in a day."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "browsing_findings",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("consumer", sa.String(18), nullable=False),
        sa.Column("provider", sa.String(18), nullable=False),
        sa.Column("entry", sa.String(64), nullable=False),
        sa.Column("case_number", sa.String(128), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("record_count", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.UniqueConstraint("consumer", "entry", "case_number", "day"),
    )
    op.create_index("ix_browsing_findings_consumer", "browsing_findings", ["consumer", "id"])
    op.create_index("ix_browsing_findings_provider", "browsing_findings", ["provider", "id"])


def downgrade() -> None:
    op.drop_table("browsing_findings")
