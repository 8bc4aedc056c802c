"""Erasures: which record of the log erased which, proposals of erasures, and an index of the records of which the log's index says nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_erasures",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("erased_by", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_erasures")),
    )
    op.create_table(
        "erasure_proposals",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("indexes", sa.JSON(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposer", sa.String(length=18), nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decider", sa.String(length=18), nullable=False),
        sa.Column("decide_officer", sa.String(length=64), nullable=False),
        sa.Column("decide_reason", sa.Text(), nullable=False),
        sa.Column("decide_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erasure_index", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_proposals")),
    )
    blank = sa.text("(kind IN ('intent', 'outcome', 'change', 'seal_use') AND resource = '') OR (kind = 'search' AND officer = '')")
    columns = ["position", "kind", "resource", "officer"]
    op.create_index("ix_audit_index_blank", "audit_index", columns, sqlite_where=blank, postgresql_where=blank)
    empty = sa.text("payload IS NULL")
    op.create_index("ix_audit_records_empty", "audit_records", ["position"], sqlite_where=empty, postgresql_where=empty)
