"""Officers of departments, the duties that a department has, and from when on its calls name registered officers alone."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL in what the release before wrote: rows are bound to the log (ADR 0026). Such a department has the duties that the roles of its systems
    # say, and its calls may name whom they will until it registers its officers.
    op.add_column("departments", sa.Column("duties", sa.JSON(), nullable=True))
    op.add_column("departments", sa.Column("registered_from", Moment(), nullable=True))
    op.create_table(
        "officers",
        sa.Column("department", sa.String(18), sa.ForeignKey("departments.uscc"), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("display_name", sa.String(40), nullable=False),
        sa.Column("duties", sa.JSON(), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("dismiss_time", Moment(), nullable=True),
        sa.Column("deputy", sa.String(32), nullable=False),
        sa.Column("deputy_until", Moment(), nullable=True),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("department", "number"),
    )


def downgrade() -> None:
    op.drop_table("officers")
    for column in ("registered_from", "duties"):
        op.drop_column("departments", column)
