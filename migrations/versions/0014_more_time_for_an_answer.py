"""A data request holds the provider's wish for more time and the authority's decision."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL in what earlier releases wrote: rows are bound to the log (ADR 0026), and nobody had asked for more time.
    op.add_column("data_requests", sa.Column("extension", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("data_requests", "extension")
