"""Systems know the hosts that their certificates may name and those that they asked for; a token may say which it is for."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL in what the release before wrote: rows are bound to the log, so nothing can be filled in here (ADR 0026). The newest certificate of a
    # system names its hosts.
    op.add_column("systems", sa.Column("hosts", sa.JSON(), nullable=True))
    op.add_column("systems", sa.Column("requested_hosts", sa.JSON(), nullable=True))
    op.add_column("enrollment_tokens", sa.Column("hosts", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("enrollment_tokens", "hosts")
    op.drop_column("systems", "requested_hosts")
    op.drop_column("systems", "hosts")
