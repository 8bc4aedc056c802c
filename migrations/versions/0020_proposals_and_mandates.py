"""Steps that wait for a second person, and what systems may do without one."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mandates",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(18), sa.ForeignKey("departments.uscc"), nullable=False),
        sa.Column("system", sa.String(40), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("lead", sa.String(32), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("expire_time", Moment(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("revoke_time", Moment(), nullable=True),
        sa.Column("orphaned_until", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_mandates_department", "mandates", ["department", "id"])
    op.create_table(
        "legacy_systems",
        sa.Column("department", sa.String(18), nullable=False),
        sa.Column("system", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("department", "system"),
    )
    # Mandates are bound to the log (ADR 0026), so the first start writes them; here stands for whom.
    op.execute("INSERT INTO legacy_systems (department, system) SELECT department, system FROM systems")
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("method", sa.String(100), nullable=False),
        sa.Column("resource", sa.String(200), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("department", sa.String(18), nullable=False),
        sa.Column("proposer", sa.String(64), nullable=False),
        sa.Column("system", sa.String(40), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("article", sa.String(100), nullable=False),
        sa.Column("duties", sa.JSON(), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("expire_time", Moment(), nullable=False),
        sa.Column("decide_time", Moment(), nullable=True),
        sa.Column("decider", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_proposals_department", "proposals", ["department", "id"])
    op.create_index("ix_proposals_resource", "proposals", ["resource", "state"])


def downgrade() -> None:
    for table in ("proposals", "legacy_systems", "mandates"):
        op.drop_table(table)
