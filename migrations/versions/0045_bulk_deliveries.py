"""Bulk deliveries are found by the kind of people whom they may hold, and correction notices count those that their recipient had."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0043"
branch_labels = None
depends_on = None
_BULK = sa.text("holds IS NOT NULL")
_ALL_ASKED = ("holds", "kind", "resource", "department", "other", "under", "at", "position", "begins")


def upgrade() -> None:
    # NULL in what was indexed before: no release yet delivered a whole table. Whoever tried it says `shuniu audit reindex`.
    for name, kind in (("holds", sa.String(32)), ("under", sa.String(128)), ("begins", sa.Integer())):
        op.add_column("audit_index", sa.Column(name, kind, nullable=True))
    op.create_index("ix_audit_index_holds", "audit_index", [*_ALL_ASKED], sqlite_where=_BULK, postgresql_where=_BULK)
    # NULL in what earlier releases wrote: rows are bound to the log (ADR 0026), and nobody had received a whole table.
    op.add_column("correction_notices", sa.Column("bulk_count", sa.Integer(), nullable=True))
    op.add_column("correction_notices", sa.Column("bulk_grants", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    for name in ("bulk_grants", "bulk_count"):
        op.drop_column("correction_notices", name)
    op.drop_index("ix_audit_index_holds", "audit_index")
    for name in ("begins", "under", "holds"):
        op.drop_column("audit_index", name)
