"""Rows that decide are bound to the log; certificates know their parent and what they may act as; keys have a check value."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "row_digests",
        sa.Column("table", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("table", "key", name=op.f("pk_row_digests")),
    )
    op.create_table(
        "row_sums",
        sa.Column("table", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sum", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("table", name=op.f("pk_row_sums")),
    )
    op.create_table(
        "row_lists",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", "part", name=op.f("pk_row_lists")),
    )
    op.create_table(
        "key_checks",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("check", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_checks")),
    )
    op.add_column("certificates", sa.Column("parent", sa.String(length=32), nullable=True))
    op.add_column("certificates", sa.Column("roles", sa.JSON(), nullable=True))
    # From now on roles belong to the certificate: those that there are keep what their system may act as.
    op.execute(
        "UPDATE certificates SET roles = (SELECT roles FROM systems WHERE systems.department = certificates.department"
        " AND systems.system = certificates.system)"
    )
    # Which record changed anything last is asked at each start.
    kinds = sa.text("kind IN ('change', 'admin', 'seal_use', 'erasure')")
    op.create_index("ix_audit_index_decision", "audit_index", ["position"], sqlite_where=kinds, postgresql_where=kinds)
