"""Citizens and companies' representatives sign in by an identity provider."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "personal_sessions",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("credential", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("seen_time", Moment(), nullable=False),
        sa.Column("expire_time", Moment(), nullable=False),
        sa.Column("proven_time", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )


def downgrade() -> None:
    op.drop_table("personal_sessions")
