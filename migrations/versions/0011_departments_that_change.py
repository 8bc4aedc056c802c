"""Departments have a level, may be disabled, and are changed by compare-and-swap."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL in what the release before wrote: rows are bound to the log, so nothing can be filled in here (ADR 0026). Such a department is active,
    # and its level is unknown until the authority says it.
    op.add_column("departments", sa.Column("level", sa.String(10), nullable=True))
    op.add_column("departments", sa.Column("state", sa.String(10), nullable=True))
    op.add_column("departments", sa.Column("revision", sa.Integer(), nullable=True))
    op.add_column("departments", sa.Column("reason", sa.String(500), nullable=True))


def downgrade() -> None:
    for column in ("reason", "revision", "state", "level"):
        op.drop_column("departments", column)
