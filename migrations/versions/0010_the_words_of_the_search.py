"""The search takes traditional characters for simplified ones and drops marks that nobody sees: the index is filled anew."""

from alembic import op

from catalog.store import rebuild_search_index

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    rebuild_search_index(op.get_bind())


def downgrade() -> None:
    """Leave the index: to the release before, it is one in which some spellings are not found."""
