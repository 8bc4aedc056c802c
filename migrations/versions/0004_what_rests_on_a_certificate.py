"""Login links, sessions and enrolment tokens know the certificate under which they were made, and fall with it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL in what the release before wrote: such links and sessions are over within hours and are not taken up again.
    for table in ("login_links", "sessions", "enrollment_tokens"):
        op.add_column(table, sa.Column("serial", sa.String(length=32), nullable=True))


def downgrade() -> None:
    for table in ("login_links", "sessions", "enrollment_tokens"):
        op.drop_column(table, "serial")
