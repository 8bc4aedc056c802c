"""Officers sign in by links of their own and by passkeys."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL in what the release before wrote: rows are bound to the log (ADR 0026), and all of it was made under certificates.
    op.add_column("login_links", sa.Column("means", sa.String(10), nullable=True))
    op.add_column("sessions", sa.Column("means", sa.String(10), nullable=True))
    op.add_column("sessions", sa.Column("credential", sa.String(64), nullable=True))
    op.add_column("sessions", sa.Column("proven_time", Moment(), nullable=True))
    op.create_table(
        "passkeys",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("department", sa.String(18), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("use_time", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_passkeys_officer", "passkeys", ["department", "number"])
    op.create_table(
        "used_challenges",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("expire_time", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def downgrade() -> None:
    for table in ("used_challenges", "passkeys"):
        op.drop_table(table)
    for column in ("proven_time", "credential", "means"):
        op.drop_column("sessions", column)
    op.drop_column("login_links", "means")
