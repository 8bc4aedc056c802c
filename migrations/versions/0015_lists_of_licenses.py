"""Licenses are listed by number, state and type: an index for each filter, in the list's order."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_licenses_number": ["issuer", "number", "seq"],
    "ix_licenses_issuer_state": ["issuer", "state", "seq"],
    "ix_licenses_issuer_type": ["issuer", "license_type", "seq"],
    "ix_licenses_issuer_type_state": ["issuer", "license_type", "state", "seq"],
}


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        op.create_index(name, "licenses", columns)


def downgrade() -> None:
    for name in reversed(_INDEXES):
        op.drop_index(name, "licenses")
