"""Descriptions: what each system said last that it serves, with which entries of the directory are compared."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "descriptions",
        sa.Column("department", sa.String(length=18), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("resources", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("department", "system", name=op.f("pk_descriptions")),
    )
