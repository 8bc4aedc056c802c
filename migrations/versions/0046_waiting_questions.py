"""Questions that wait for their provider: what they are, and what they ask, sealed."""

import sqlalchemy as sa
from alembic import op

from hub.db import Moment

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting_questions",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(16), nullable=False) for name in ("state", "mode")),
        *(sa.Column(name, sa.String(64), nullable=False) for name in ("grant", "entry")),
        *(sa.Column(name, sa.String(18), nullable=False) for name in ("provider", "consumer")),
        sa.Column("system", sa.String(64), nullable=False),
        *(sa.Column(name, Moment(), nullable=False) for name in ("create_time", "expire_time", "miss_time", "wakeable_time")),
        sa.Column("wake_time", Moment(), nullable=True),
        sa.Column("wake_count", sa.Integer(), nullable=False),
        sa.Column("end_time", Moment(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
    )
    op.create_index("ix_waiting_questions_consumer", "waiting_questions", ["consumer", "id"])
    op.create_index("ix_waiting_questions_provider", "waiting_questions", ["provider", "state"])
    op.create_index("ix_waiting_questions_state", "waiting_questions", ["state", "entry", "id"])
    op.create_index("ix_waiting_questions_grant", "waiting_questions", ["grant", "state"])
    op.create_index("ix_waiting_questions_end_time", "waiting_questions", ["end_time"])
    op.create_table(
        "waiting_question_contents",
        sa.Column("question", sa.String(26), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("uq_waiting_question_contents_digest", "waiting_question_contents", ["digest"], unique=True)


def downgrade() -> None:
    op.drop_table("waiting_question_contents")
    op.drop_table("waiting_questions")
