"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEARCH_INDEX = {
    "sqlite": ("CREATE VIRTUAL TABLE entry_words USING fts5(title, names, abstract, prefix='5')",),
    "postgresql": (
        "CREATE TABLE entry_words (number integer PRIMARY KEY REFERENCES entries, title tsvector, names tsvector, words tsvector)",
        "CREATE INDEX ix_entry_words_words ON entry_words USING gin (words)",
    ),
}


def upgrade() -> None:
    op.create_table(
        "audit_checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoints")),
    )
    op.create_table(
        "audit_records",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("action", sa.String(length=100), nullable=False),
        sa.Column("department", sa.String(length=18), nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("other", sa.String(length=18), nullable=False),
        sa.Column("resource", sa.String(length=256), nullable=False),
        sa.Column("case_number", sa.String(length=128), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(length=16), nullable=True),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_records")),
    )
    with op.batch_alter_table("audit_records", schema=None) as batch_op:
        batch_op.create_index(
            "ix_audit_records_case_number",
            ["case_number", "position"],
            unique=False,
            sqlite_where=sa.text("case_number != ''"),
            postgresql_where=sa.text("case_number != ''"),
        )
        batch_op.create_index("ix_audit_records_department", ["department", "position"], unique=False)
        batch_op.create_index(
            "ix_audit_records_officer",
            ["officer", "position"],
            unique=False,
            sqlite_where=sa.text("officer != ''"),
            postgresql_where=sa.text("officer != ''"),
        )
        batch_op.create_index(
            "ix_audit_records_other",
            ["other", "position"],
            unique=False,
            sqlite_where=sa.text("other != ''"),
            postgresql_where=sa.text("other != ''"),
        )
        batch_op.create_index("ix_audit_records_pseudonym", ["pseudonym", "position"], unique=False)

    op.create_table(
        "audit_tree",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("range", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_tree")),
    )
    op.create_table(
        "change_counter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_counter")),
    )
    op.create_table(
        "changes",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_changes")),
    )
    op.create_table(
        "correction_notices",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("objection", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=18), nullable=False),
        sa.Column("entry", sa.String(length=64), nullable=False),
        sa.Column("case_numbers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("log_indexes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledge_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_notices")),
    )
    with op.batch_alter_table("correction_notices", schema=None) as batch_op:
        batch_op.create_index("ix_correction_notices_objection", ["objection", "recipient"], unique=True)
        batch_op.create_index("ix_correction_notices_recipient", ["recipient", "id"], unique=False)

    op.create_table(
        "data_requests",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("entry", sa.String(length=64), nullable=False),
        sa.Column("entry_version", sa.Integer(), nullable=False),
        sa.Column("consumer", sa.String(length=18), nullable=False),
        sa.Column("provider", sa.String(length=18), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("scenario", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("asked", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("offered", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("gaps", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("supplements", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("refusal_basis", sa.Text(), nullable=False),
        sa.Column("clock", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("grant", sa.String(length=64), nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submit_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decide_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_requests")),
    )
    with op.batch_alter_table("data_requests", schema=None) as batch_op:
        batch_op.create_index("ix_data_requests_consumer", ["consumer", "id"], unique=False)
        batch_op.create_index("ix_data_requests_provider", ["provider", "id"], unique=False)
        batch_op.create_index("ix_data_requests_state", ["state", "id"], unique=False)

    op.create_table(
        "departments",
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("short_title", sa.String(length=20), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("uscc", name=op.f("pk_departments")),
    )
    op.create_table(
        "entries",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("provider", sa.String(length=18), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("share_type", sa.String(length=16), nullable=False),
        sa.Column("record_term", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_entries")),
        sa.UniqueConstraint("id", "version", name=op.f("uq_entries_id_version")),
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index("ix_entries_provider", ["provider", "id"], unique=False)
        batch_op.create_index("ix_entries_region", ["region", "id"], unique=False)
        batch_op.create_index("ix_entries_state", ["state", "id"], unique=False)
        batch_op.create_index(
            "uq_entries_open",
            ["id"],
            unique=True,
            sqlite_where=sa.text("state IN ('draft', 'submitted')"),
            postgresql_where=sa.text("state IN ('draft', 'submitted')"),
        )
        batch_op.create_index(
            "uq_entries_published", ["id"], unique=True, sqlite_where=sa.text("state = 'published'"), postgresql_where=sa.text("state = 'published'")
        )
        batch_op.create_index(
            "uq_entries_record_term",
            ["record_term"],
            unique=True,
            sqlite_where=sa.text("state = 'published' AND record_term != ''"),
            postgresql_where=sa.text("state = 'published' AND record_term != ''"),
        )

    op.create_table(
        "grants",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("data_request", sa.String(length=64), nullable=False),
        sa.Column("entry", sa.String(length=64), nullable=False),
        sa.Column("entry_version", sa.Integer(), nullable=False),
        sa.Column("consumer", sa.String(length=18), nullable=False),
        sa.Column("provider", sa.String(length=18), nullable=False),
        sa.Column("terms", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("data_request", name=op.f("uq_grants_data_request")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index("ix_grants_consumer", ["consumer", "id"], unique=False)
        batch_op.create_index("ix_grants_provider", ["provider", "id"], unique=False)

    op.create_table(
        "issuing_keys",
        sa.Column("kid", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("department", sa.String(length=18), nullable=False),
        sa.Column("license_types", sa.JSON(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("revoke_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_issuing_keys")),
    )
    with op.batch_alter_table("issuing_keys", schema=None) as batch_op:
        batch_op.create_index("ix_issuing_keys_department", ["department"], unique=False)

    op.create_table(
        "licenses",
        sa.Column("identifier", sa.String(length=128), nullable=False),
        sa.Column("seq", sa.String(length=26), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("license_type", sa.String(length=21), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=18), nullable=False),
        sa.Column("issuer_title", sa.String(length=200), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.String(length=16), nullable=False),
        sa.Column("protected", sa.LargeBinary(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("signed_bytes", sa.LargeBinary(), nullable=False),
        sa.Column("stamp", sa.LargeBinary(), nullable=False),
        sa.Column("status_shard", sa.Integer(), nullable=False),
        sa.Column("status_index", sa.BigInteger(), nullable=False),
        sa.Column("status_uri", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issue_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("identifier", name=op.f("pk_licenses")),
        sa.UniqueConstraint("status_shard", "status_index", name=op.f("uq_licenses_status_shard_status_index")),
    )
    with op.batch_alter_table("licenses", schema=None) as batch_op:
        batch_op.create_index("ix_licenses_issuer", ["issuer", "seq"], unique=False)
        batch_op.create_index("ix_licenses_state", ["state"], unique=False)

    op.create_table(
        "login_links",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("department", sa.String(length=18), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("use_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_login_links")),
    )
    op.create_table(
        "objections",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=16), nullable=False),
        sa.Column("resource", sa.String(length=160), nullable=False),
        sa.Column("subject_domain", sa.String(length=32), nullable=False),
        sa.Column("subject_pseudonym", sa.LargeBinary(length=16), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("evidence_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("objector", sa.String(length=18), nullable=False),
        sa.Column("source", sa.String(length=18), nullable=False),
        sa.Column("case_number", sa.String(length=128), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("clock", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("notice_count", sa.Integer(), nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
    )
    with op.batch_alter_table("objections", schema=None) as batch_op:
        batch_op.create_index("ix_objections_objector", ["objector", "id"], unique=False)
        batch_op.create_index("ix_objections_source", ["source", "id"], unique=False)

    op.create_table(
        "releases",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entry_count", sa.BigInteger(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.Column("public_key_pem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_releases")),
    )
    op.create_table(
        "request_ids",
        sa.Column("caller", sa.String(length=120), nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "method", "request_id", name=op.f("pk_request_ids")),
    )
    with op.batch_alter_table("request_ids", schema=None) as batch_op:
        batch_op.create_index("ix_request_ids_at", ["at"], unique=False)

    op.create_table(
        "seals",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("es_id", sa.String(length=14), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("owner", sa.String(length=18), nullable=False),
        sa.Column("signers", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activate_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoke_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals")),
        sa.UniqueConstraint("es_id", name=op.f("uq_seals_es_id")),
    )
    with op.batch_alter_table("seals", schema=None) as batch_op:
        batch_op.create_index("ix_seals_owner", ["owner", "id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("department", sa.String(length=18), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("seen_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
    )
    op.create_table(
        "signer_certificates",
        sa.Column("serial", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=18), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoke_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoke_reason", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_signer_certificates")),
    )
    with op.batch_alter_table("signer_certificates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signer_certificates_key_digest"), ["key_digest"], unique=False)

    op.create_table(
        "enrollment_tokens",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("department", sa.String(length=18), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("use_time", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["department"], ["departments.uscc"], name=op.f("fk_enrollment_tokens_department")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_enrollment_tokens")),
    )
    op.create_table(
        "stamps",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("seal", sa.String(length=26), nullable=False),
        sa.Column("signer", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=18), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("property_info", sa.String(length=200), nullable=False),
        sa.Column("officer", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=128), nullable=False),
        sa.Column("case_number", sa.String(length=128), nullable=False),
        sa.Column("to_be_signed", sa.LargeBinary(), nullable=False),
        sa.Column("statement_digest", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complete_time", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["seal"], ["seals.id"], name=op.f("fk_stamps_seal")),
        sa.ForeignKeyConstraint(["signer"], ["signer_certificates.serial"], name=op.f("fk_stamps_signer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stamps")),
    )
    with op.batch_alter_table("stamps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stamps_seal"), ["seal"], unique=False)
        batch_op.create_index(batch_op.f("ix_stamps_statement_digest"), ["statement_digest"], unique=False)

    op.create_table(
        "systems",
        sa.Column("department", sa.String(length=18), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("endpoint", sa.String(length=260), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["departments.uscc"], name=op.f("fk_systems_department")),
        sa.PrimaryKeyConstraint("department", "system", name=op.f("pk_systems")),
    )
    op.create_table(
        "certificates",
        sa.Column("serial", sa.String(length=32), nullable=False),
        sa.Column("department", sa.String(length=18), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("revoke_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoke_reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["department", "system"], ["systems.department", "systems.system"], name=op.f("fk_certificates_department_system")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_certificates")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_certificates_fingerprint")),
    )
    with op.batch_alter_table("certificates", schema=None) as batch_op:
        batch_op.create_index("ix_certificates_system", ["department", "system", "create_time"], unique=False)

    for statement in SEARCH_INDEX[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE entry_words")
    with op.batch_alter_table("certificates", schema=None) as batch_op:
        batch_op.drop_index("ix_certificates_system")

    op.drop_table("certificates")
    op.drop_table("systems")
    with op.batch_alter_table("stamps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stamps_statement_digest"))
        batch_op.drop_index(batch_op.f("ix_stamps_seal"))

    op.drop_table("stamps")
    op.drop_table("enrollment_tokens")
    with op.batch_alter_table("signer_certificates", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signer_certificates_key_digest"))

    op.drop_table("signer_certificates")
    op.drop_table("sessions")
    with op.batch_alter_table("seals", schema=None) as batch_op:
        batch_op.drop_index("ix_seals_owner")

    op.drop_table("seals")
    with op.batch_alter_table("request_ids", schema=None) as batch_op:
        batch_op.drop_index("ix_request_ids_at")

    op.drop_table("request_ids")
    op.drop_table("releases")
    with op.batch_alter_table("objections", schema=None) as batch_op:
        batch_op.drop_index("ix_objections_source")
        batch_op.drop_index("ix_objections_objector")

    op.drop_table("objections")
    op.drop_table("login_links")
    with op.batch_alter_table("licenses", schema=None) as batch_op:
        batch_op.drop_index("ix_licenses_state")
        batch_op.drop_index("ix_licenses_issuer")

    op.drop_table("licenses")
    with op.batch_alter_table("issuing_keys", schema=None) as batch_op:
        batch_op.drop_index("ix_issuing_keys_department")

    op.drop_table("issuing_keys")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_index("ix_grants_provider")
        batch_op.drop_index("ix_grants_consumer")

    op.drop_table("grants")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_entries_record_term",
            sqlite_where=sa.text("state = 'published' AND record_term != ''"),
            postgresql_where=sa.text("state = 'published' AND record_term != ''"),
        )
        batch_op.drop_index("uq_entries_published", sqlite_where=sa.text("state = 'published'"), postgresql_where=sa.text("state = 'published'"))
        batch_op.drop_index(
            "uq_entries_open", sqlite_where=sa.text("state IN ('draft', 'submitted')"), postgresql_where=sa.text("state IN ('draft', 'submitted')")
        )
        batch_op.drop_index("ix_entries_state")
        batch_op.drop_index("ix_entries_region")
        batch_op.drop_index("ix_entries_provider")

    op.drop_table("entries")
    op.drop_table("departments")
    with op.batch_alter_table("data_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_data_requests_state")
        batch_op.drop_index("ix_data_requests_provider")
        batch_op.drop_index("ix_data_requests_consumer")

    op.drop_table("data_requests")
    with op.batch_alter_table("correction_notices", schema=None) as batch_op:
        batch_op.drop_index("ix_correction_notices_recipient")
        batch_op.drop_index("ix_correction_notices_objection")

    op.drop_table("correction_notices")
    op.drop_table("changes")
    op.drop_table("change_counter")
    op.drop_table("audit_tree")
    with op.batch_alter_table("audit_records", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_records_pseudonym")
        batch_op.drop_index("ix_audit_records_other", sqlite_where=sa.text("other != ''"), postgresql_where=sa.text("other != ''"))
        batch_op.drop_index("ix_audit_records_officer", sqlite_where=sa.text("officer != ''"), postgresql_where=sa.text("officer != ''"))
        batch_op.drop_index("ix_audit_records_department")
        batch_op.drop_index("ix_audit_records_case_number", sqlite_where=sa.text("case_number != ''"), postgresql_where=sa.text("case_number != ''"))

    op.drop_table("audit_records")
    op.drop_table("audit_checkpoints")
