"""Objections are appealed, withdrawn and named after what replaced a license; licenses name the one that took their place."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL in what earlier releases wrote: rows are bound to the log (ADR 0026), and nobody had appealed, withdrawn or replaced anything.
    for column in (
        sa.Column("appeal", sa.Text(), nullable=True),
        sa.Column("appeal_time", Moment(), nullable=True),
        sa.Column("ruling", sa.String(16), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decision_officer", sa.String(64), nullable=True),
        sa.Column("decide_time", Moment(), nullable=True),
        sa.Column("withdrawal", sa.Text(), nullable=True),
        sa.Column("successor", sa.String(160), nullable=True),
    ):
        op.add_column("objections", column)
    op.create_index("ix_objections_state", "objections", ["state", "id"])
    op.create_index("ix_objections_resource", "objections", ["resource", "subject_pseudonym", "state"])
    op.add_column("licenses", sa.Column("superseded_by", sa.String(128), nullable=True))
    op.add_column("licenses", sa.Column("supersedes", sa.String(128), nullable=True))


def downgrade() -> None:
    op.drop_column("licenses", "supersedes")
    op.drop_column("licenses", "superseded_by")
    op.drop_index("ix_objections_resource", "objections")
    op.drop_index("ix_objections_state", "objections")
    for name in ("successor", "withdrawal", "decide_time", "decision_officer", "decision", "ruling", "appeal_time", "appeal"):
        op.drop_column("objections", name)
