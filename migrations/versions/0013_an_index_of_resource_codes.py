"""Entries are looked up by provider and resource code, which stands in their JSON: an index of the expression, for rows are bound as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

_CODE = {
    # of a row that somebody broke it is NULL: one such row must not stop the start
    "sqlite": "(CASE WHEN json_valid(content) THEN json_extract(content, '$.resource_code') END)",
    "postgresql": "(content ->> 'resource_code')",
}


def upgrade() -> None:
    op.create_index("ix_entries_resource_code", "entries", ["provider", sa.text(_CODE[op.get_bind().dialect.name])])


def downgrade() -> None:
    op.drop_index("ix_entries_resource_code", "entries")
