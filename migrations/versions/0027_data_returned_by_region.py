"""A request for data that goes back to its department's own region (数据回流); of those before nobody asked for that, which null means."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("data_requests", sa.Column("return_flow", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("data_requests", "return_flow")
