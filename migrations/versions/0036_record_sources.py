"""Which department is the source of a term, by the authority's word (Decree 809 art. 19). What entries claim already goes on by itself."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None
_CLAIMED = sa.text("state = 'published' AND record_term != ''")
_IN_FORCE = sa.text("state = 'in_force'")


def upgrade() -> None:
    op.create_table(
        "record_sources",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(16), nullable=False) for name in ("state", "origin")),
        sa.Column("term", sa.String(100), nullable=False),
        sa.Column("department", sa.String(18), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("end_time", Moment(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index("uq_record_sources_term", "record_sources", ["term"], unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE)
    op.create_index("ix_record_sources_term", "record_sources", ["term", "id"])
    op.create_index("ix_record_sources_department", "record_sources", ["department", "id"])
    op.drop_index("uq_entries_record_term", "entries")
    op.create_index("ix_entries_record_term", "entries", ["record_term"], sqlite_where=_CLAIMED, postgresql_where=_CLAIMED)


def downgrade() -> None:
    op.drop_index("ix_entries_record_term", "entries")
    op.create_index("uq_entries_record_term", "entries", ["record_term"], unique=True, sqlite_where=_CLAIMED, postgresql_where=_CLAIMED)
    op.drop_table("record_sources")
