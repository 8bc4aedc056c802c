"""How many calls named numbers that nobody registered, and when an officer signed in last."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unknown_numbers",
        sa.Column("department", sa.String(18), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("first_time", Moment(), nullable=False),
        sa.Column("last_time", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("department", "digest"),
    )
    op.create_index("ix_unknown_numbers_last_time", "unknown_numbers", ["last_time"])
    op.add_column("officers", sa.Column("sign_in_time", Moment(), nullable=True))
    op.add_column("officers", sa.Column("sign_in_means", sa.String(10), nullable=True))


def downgrade() -> None:
    op.drop_column("officers", "sign_in_means")
    op.drop_column("officers", "sign_in_time")
    op.drop_index("ix_unknown_numbers_last_time", "unknown_numbers")
    op.drop_table("unknown_numbers")
