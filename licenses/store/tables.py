"""The tables of issuing keys and licenses."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from hub.db import Day, Json, Moment, bind, metadata

issuing_keys = Table(
    "issuing_keys",
    metadata,
    Column("kid", String(16), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("department", String(18), nullable=False),
    Column("license_types", Json, nullable=False),
    Column("not_before", Moment(), nullable=False),
    Column("not_after", Moment(), nullable=False),
    Column("state", String(10), nullable=False),
    Column("revoke_time", Moment()),
    Column("reason", String(500), nullable=False),
    Index("ix_issuing_keys_department", "department"),
)

licenses = Table(
    "licenses",
    metadata,
    Column("identifier", String(128), primary_key=True),
    Column("seq", String(26), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("license_type", String(21), nullable=False),
    Column("number", String(64), nullable=False),
    Column("issuer", String(18), nullable=False),
    Column("issuer_title", String(200), nullable=False),
    Column("issue_date", Day, nullable=False),
    Column("valid_from", Day, nullable=False),
    Column("valid_to", Day),
    Column("sealed_content", LargeBinary, nullable=False),
    Column("kid", String(16), nullable=False),
    Column("protected", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("signed_bytes", LargeBinary, nullable=False),
    Column("stamp", LargeBinary, nullable=False),
    Column("status_shard", Integer, nullable=False),
    Column("status_index", BigInteger, nullable=False),
    Column("status_uri", String(255), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("issue_time", Moment()),
    # identifiers; NULL in what earlier releases wrote, where nothing was superseded
    Column("superseded_by", String(128)),
    Column("supersedes", String(128)),
    UniqueConstraint("status_shard", "status_index"),
    Index("ix_licenses_issuer", "issuer", "seq"),
    Index("ix_licenses_state", "state"),
    # one for each filter of a list and for the two together, each in the list's order: a database without statistics would else choose the
    # wrong one and read a million rows. The first also finds a number in force, before each license that is prepared.
    Index("ix_licenses_number", "issuer", "number", "seq"),
    Index("ix_licenses_issuer_state", "issuer", "state", "seq"),
    Index("ix_licenses_issuer_type", "issuer", "license_type", "seq"),
    Index("ix_licenses_issuer_type_state", "issuer", "license_type", "state", "seq"),
)

bind(issuing_keys)
bind(licenses)
