"""The log keeps one row a batch, with an index behind it; what is damaged, who runs, and whose keys the database belongs to stand in rows."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_batches",
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("first", name=op.f("pk_audit_batches")),
    )
    op.create_index("ix_audit_batches_count", "audit_batches", ["count"])
    op.create_table(
        "audit_index",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("department", sa.String(length=18), nullable=False),
        sa.Column("other", sa.String(length=18), nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("case_number", sa.String(length=128), nullable=False),
        sa.Column("resource", sa.String(length=256), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(length=16), nullable=True),
        sa.PrimaryKeyConstraint("position", "at", name=op.f("pk_audit_index")),
        sqlite_with_rowid=False,
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_audit_index_at", "audit_index", ["at", "position"])
    op.create_index("ix_audit_index_department", "audit_index", ["department", "at", "position"])
    for column, given in (
        ("other", "other != ''"),
        ("officer", "officer != ''"),
        ("case_number", "case_number != ''"),
        ("pseudonym", "pseudonym IS NOT NULL"),
    ):
        where = sa.text(given)
        op.create_index(f"ix_audit_index_{column}", "audit_index", [column, "at", "position"], sqlite_where=where, postgresql_where=where)
    change = sa.text("kind = 'change'")
    op.create_index("ix_audit_index_resource", "audit_index", ["resource", "position"], sqlite_where=change, postgresql_where=change)
    op.create_table(
        "audit_index_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_index_state")),
    )
    # What the release before wrote is searched where it stands until it is moved, so the index begins behind it.
    op.execute("INSERT INTO audit_index_state (id, size) SELECT 1, size FROM audit_tree")
    op.create_table(
        "audit_damage",
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("first", name=op.f("pk_audit_damage")),
    )
    op.create_table(
        "audit_instances",
        sa.Column("instance", sa.String(length=26), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_below", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", name=op.f("pk_audit_instances")),
    )
    op.create_table(
        "hub_owner",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_owner")),
    )


def downgrade() -> None:
    for table in ("hub_owner", "audit_instances", "audit_damage", "audit_index_state", "audit_index", "audit_batches"):
        op.drop_table(table)
