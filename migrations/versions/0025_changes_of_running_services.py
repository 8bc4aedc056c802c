"""What becomes of grants when their entry gives less, or nothing."""

import sqlalchemy as sa
from alembic import op

from hub.db import Json, Moment

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_changes",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("entry", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("grant", sa.String(64), nullable=False),
        sa.Column("provider", sa.String(18), nullable=False),
        sa.Column("consumers", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("reply_by", Moment(), nullable=True),
        sa.Column("is_due", sa.Boolean(), nullable=False),
        sa.Column("replies", Json(), nullable=False),
        sa.Column("effect_time", Moment(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("end_time", Moment(), nullable=True),
        sa.Column("grant_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_service_changes_state", "service_changes", ["state", "id"])
    op.create_index("ix_service_changes_entry", "service_changes", ["entry", "state"])
    op.create_index("ix_service_changes_provider", "service_changes", ["provider", "id"])
    op.create_index("ix_grants_entry", "grants", ["entry", "id"])


def downgrade() -> None:
    op.drop_index("ix_grants_entry", "grants")
    op.drop_table("service_changes")
