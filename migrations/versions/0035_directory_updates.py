"""Updates that entries owe to changes of law or duties (Decree 809 art. 17)."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "directory_updates",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("entry", sa.String(64), nullable=False),
        *(sa.Column(name, sa.String(18), nullable=False) for name in ("provider", "filer")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("change", "legal_basis")),
        sa.Column("change_date", sa.String(10), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=True) for name in ("clock", "extension")),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("end_time", Moment(), nullable=True),
    )
    for column in ("provider", "filer", "state"):
        op.create_index(f"ix_directory_updates_{column}", "directory_updates", [column, "id"])
    op.create_index("ix_directory_updates_entry", "directory_updates", ["entry", "state"])


def downgrade() -> None:
    op.drop_table("directory_updates")
