"""Consumers keep records of use, owed once a year and once a grant has ended; grants say when a step ended them."""

import sqlalchemy as sa
from alembic import op

from hub.db import Json, Moment

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "use_records",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("grant", sa.String(64), nullable=False),
        sa.Column("department", sa.String(18), nullable=False),
        sa.Column("begin_date", sa.String(10), nullable=False),
        sa.Column("end_date", sa.String(10), nullable=False),
        sa.Column("scenario", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("storage", sa.Text(), nullable=False),
        sa.Column("destruction", sa.Text(), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("corrects", sa.String(64), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("grant_expire_time", Moment(), nullable=False),
    )
    op.create_index("ix_use_records_grant", "use_records", ["grant", "id"])
    op.create_index("ix_use_records_corrects", "use_records", ["corrects"])
    op.create_index("ix_use_records_grant_expire_time", "use_records", ["grant_expire_time"])
    # NULL in what earlier releases granted: rows are bound to the log (ADR 0026), and no record of use is owed of those grants.
    op.add_column("grants", sa.Column("end_time", Moment(), nullable=True))
    op.add_column("grants", sa.Column("use_record_time", Moment(), nullable=True))
    op.add_column("grants", sa.Column("use_record_due", Json(), nullable=True))
    op.create_index("ix_grants_use_record_time", "grants", ["use_record_time"])


def downgrade() -> None:
    op.drop_index("ix_grants_use_record_time", "grants")
    for name in ("use_record_due", "use_record_time", "end_time"):
        op.drop_column("grants", name)
    op.drop_table("use_records")
