"""Demands, disputes and complaints."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _demands()
    _disputes()
    _complaints()


def downgrade() -> None:
    for table in ("complaints", "disputes", "demands"):
        op.drop_table(table)


def _demands() -> None:
    op.create_table(
        "demands",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("description", "legal_basis", "scenario")),
        sa.Column("wished_fields", sa.JSON(), nullable=False),
        *(sa.Column(name, sa.String(18), nullable=False) for name in ("filer", "assignee")),
        *(sa.Column(name, sa.String(64), nullable=False) for name in ("merged_into", "entry")),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("end_time", Moment(), nullable=True),
    )
    for column in ("filer", "assignee", "state"):
        op.create_index(f"ix_demands_{column}", "demands", [column, "id"])
    op.create_index("ix_demands_merged_into", "demands", ["merged_into"])


def _disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("resource", sa.String(160), nullable=False),
        sa.Column("entry", sa.String(64), nullable=False),
        *(sa.Column(name, sa.String(18), nullable=False) for name in ("claimant", "respondent", "coordinator")),
        sa.Column("superior_suggested", sa.Boolean(), nullable=False),
        sa.Column("meanwhile", sa.String(20), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("statement", "answer", "settlement")),
        sa.Column("proposer", sa.String(18), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("outcome", "consequence")),
        sa.Column("document_number", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("clock", sa.JSON(), nullable=True),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("end_time", Moment(), nullable=True),
    )
    for column in ("claimant", "respondent", "coordinator", "state"):
        op.create_index(f"ix_disputes_{column}", "disputes", [column, "id"])
    op.create_index("ix_disputes_resource", "disputes", ["resource"])


def _complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(16), nullable=False) for name in ("state", "channel")),
        sa.Column("about_department", sa.String(18), nullable=False),
        sa.Column("entry", sa.String(64), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        *(sa.Column(name, sa.String(128), nullable=False) for name in ("contact_reference", "case_number")),
        *(sa.Column(name, sa.String(18), nullable=False) for name in ("filer", "assignee")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("answer", "reason")),
        sa.Column("clock", sa.JSON(), nullable=True),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("create_time", Moment(), nullable=False),
        sa.Column("end_time", Moment(), nullable=True),
    )
    for column in ("filer", "assignee", "state"):
        op.create_index(f"ix_complaints_{column}", "complaints", [column, "id"])
