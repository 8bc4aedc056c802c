"""Data files of providers without a live service: what they are, and their keys, parts and blocks."""

import sqlalchemy as sa
from alembic import op

from hub.db import Json, Moment

revision = "0042"
down_revision = "0040"
branch_labels = None
depends_on = None
_IN_FORCE = sa.text("state = 'in_force'")


def upgrade() -> None:
    op.create_table(
        "data_files",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("entry", sa.String(64), nullable=False),
        sa.Column("entry_version", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(18), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(16), nullable=False) for name in ("format", "encoding")),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("columns", Json(), nullable=False),
        sa.Column("fault_count", sa.Integer(), nullable=False),
        sa.Column("findings", Json(), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        *(sa.Column(name, Moment(), nullable=True) for name in ("check_time", "erase_time")),
        sa.Column("erase_reason", sa.Text(), nullable=False),
        sa.Column("load", sa.String(26), nullable=False),
    )
    op.create_index("uq_data_files_entry", "data_files", ["entry"], unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE)
    op.create_index("ix_data_files_entry", "data_files", ["entry", "id"])
    op.create_index("ix_data_files_provider", "data_files", ["provider", "id"])
    op.create_table(
        "data_file_keys",
        sa.Column("file", sa.String(26), primary_key=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "data_file_parts",
        sa.Column("file", sa.String(26), primary_key=True),
        sa.Column("start", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "data_file_blocks",
        sa.Column("file", sa.String(26), primary_key=True),
        sa.Column("load", sa.String(26), primary_key=True),
        sa.Column("first", sa.LargeBinary(), primary_key=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    for table in ("data_file_blocks", "data_file_parts", "data_file_keys", "data_files"):
        op.drop_table(table)
