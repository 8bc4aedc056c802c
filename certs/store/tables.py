"""Tables of who is who. Secrets stand here as digests alone, private keys not at all."""

from sqlalchemy import BigInteger, Column, ForeignKey, ForeignKeyConstraint, Index, Integer, LargeBinary, String, Table, Text

from hub.db import Json, Moment, bind, metadata

departments = Table(
    "departments",
    metadata,
    Column("uscc", String(18), primary_key=True),
    Column("title", String(100), nullable=False),
    Column("short_title", String(20), nullable=False),
    Column("region", String(6), nullable=False),
    Column("create_time", Moment(), nullable=False),
    # NULL in what an earlier release wrote, until the authority changes it: of an unknown level, active, never changed.
    Column("level", String(10)),
    Column("state", String(10)),
    Column("revision", Integer),
    Column("reason", String(500)),  # as long as DepartmentReason may be
    Column("duties", Json),  # that its officers may have; NULL: what every department has, and what the roles of its systems say
    Column("registered_from", Moment()),  # when calls that name an unknown officer are refused; NULL: they are answered and marked
    # NULL: it passed into nobody and took over from nobody, as all that an earlier release wrote
    Column("successors", Json),
    Column("predecessors", Json),
    Column("succession_time", Moment()),
)

successions = Table(
    "successions",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("kind", String(10), nullable=False),
    Column("predecessors", Json, nullable=False),
    Column("successors", Json, nullable=False),
    Column("effective_date", String(10), nullable=False),
    Column("basis", String(300), nullable=False),
    Column("title", String(100), nullable=False),
    Column("short_title", String(20), nullable=False),
    Column("assignments", Json, nullable=False),
    Column("systems", Json, nullable=False),
    Column("officer", String(64), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("missing", Json, nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("confirm_time", Moment()),
    Column("end_time", Moment()),
)

officers = Table(
    "officers",
    metadata,
    Column("department", String(18), ForeignKey("departments.uscc"), primary_key=True),
    Column("number", String(32), primary_key=True),
    Column("display_name", String(40), nullable=False),
    Column("duties", Json, nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("state", String(10), nullable=False),
    Column("dismiss_time", Moment()),
    Column("deputy", String(32), nullable=False),
    Column("deputy_until", Moment()),
    Column("reason", String(500), nullable=False),
    Column("revision", Integer, nullable=False),
    # when and how the officer signed in to the pages last; NULL: never, or under an earlier release
    Column("sign_in_time", Moment()),
    Column("sign_in_means", String(10)),
)

# Not bound to the log, and nothing is decided by it: how many calls named numbers that are nobody's.
unknown_numbers = Table(
    "unknown_numbers",
    metadata,
    Column("department", String(18), primary_key=True),
    Column("digest", String(64), primary_key=True),  # keyed; empty: all numbers beyond those that are told apart
    Column("calls", BigInteger, nullable=False),
    Column("first_time", Moment(), nullable=False),
    Column("last_time", Moment(), nullable=False),
    Index("ix_unknown_numbers_last_time", "last_time"),
)

systems = Table(
    "systems",
    metadata,
    Column("department", String(18), ForeignKey("departments.uscc"), primary_key=True),
    Column("system", String(40), primary_key=True),
    Column("roles", Json, nullable=False),
    Column("endpoint", String(260), nullable=False),  # 253 of a host, brackets aside, and :65535
    Column("hosts", Json),  # NULL in what an earlier release wrote, and until the next renewal: those that its newest certificate names
    Column("requested_hosts", Json),
)

certificates = Table(
    "certificates",
    metadata,
    Column("serial", String(32), primary_key=True),
    Column("department", String(18), nullable=False),
    Column("system", String(40), nullable=False),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("not_before", Moment(), nullable=False),
    Column("not_after", Moment(), nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("pem", Text, nullable=False),  # whole: the hub trusts a provider by these very bytes (ADR 0009)
    Column("revoke_time", Moment()),
    Column("revoke_reason", String(500), nullable=False),  # as long as RevocationReason may be
    # The serial number under which it was asked for, its own for one that a token made; NULL where nobody knows (an earlier release wrote none).
    Column("parent", String(32)),
    Column("roles", Json),  # what its bearer may act as; NULL only in rows between two releases: as the system enrolled first
    ForeignKeyConstraint(["department", "system"], ["systems.department", "systems.system"]),
)
Index("ix_certificates_system", certificates.c.department, certificates.c.system, certificates.c.create_time)

enrollment_tokens = Table(
    "enrollment_tokens",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("department", String(18), ForeignKey("departments.uscc"), nullable=False),
    Column("system", String(40), nullable=False),
    Column("roles", Json, nullable=False),
    Column("expire_time", Moment(), nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("use_time", Moment()),
    Column("serial", String(32)),  # of the certificate under which it was made; NULL for the operator's own, and in what an earlier release wrote
    Column("hosts", Json),  # that the certificate may name; NULL or empty: those that the system asks for
)

mandates = Table(
    "mandates",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("department", String(18), ForeignKey("departments.uscc"), nullable=False),
    Column("system", String(40), nullable=False),
    Column("steps", Json, nullable=False),
    Column("lead", String(32), nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("expire_time", Moment(), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("state", String(10), nullable=False),
    Column("revoke_time", Moment()),
    Column("orphaned_until", Moment()),
)
Index("ix_mandates_department", mandates.c.department, mandates.c.id)

# The systems that an upgrade found, until the first start gives them their mandates. It is not bound to the log, and decides nothing by itself:
# whoever writes a row here makes a mandate that the log, the authority and the department's own list name.
legacy_systems = Table(
    "legacy_systems",
    metadata,
    Column("department", String(18), primary_key=True),
    Column("system", String(40), primary_key=True),
)

login_links = Table(
    "login_links",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("department", String(18), nullable=False),
    Column("system", String(40), nullable=False),
    Column("officer", String(64), nullable=False),
    Column("expire_time", Moment(), nullable=False),
    Column("use_time", Moment()),
    Column("serial", String(32)),  # of the certificate that made it; NULL in what an earlier release wrote
    Column("means", String(10)),  # NULL: made under a certificate; else an officer's own link
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("department", String(18), nullable=False),
    Column("system", String(40), nullable=False),
    Column("officer", String(64), nullable=False),
    Column("seen_time", Moment(), nullable=False),
    Column("expire_time", Moment(), nullable=False),
    Column("serial", String(32)),  # of the certificate that made its link; NULL in what an earlier release wrote
    Column("means", String(10)),  # how its officer is known: link, passkey; NULL: by a link under a certificate
    Column("credential", String(64)),  # the passkey with which it began
    Column("proven_time", Moment()),  # when its officer proved last who is there
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("department", String(18), nullable=False),
    Column("number", String(32), nullable=False),
    Column("credential", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("use_time", Moment()),
)
Index("ix_passkeys_officer", passkeys.c.department, passkeys.c.number)

personal_sessions = Table(
    "personal_sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("credential", String(64), nullable=False),  # keyed digest of the identity at its provider
    Column("sealed", LargeBinary, nullable=False),  # who it is; the session's secret alone opens it
    Column("seen_time", Moment(), nullable=False),
    Column("expire_time", Moment(), nullable=False),
    Column("proven_time", Moment()),  # NULL: the provider does not say when
)

used_challenges = Table(
    "used_challenges",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("expire_time", Moment(), nullable=False),
)

for _table in (departments, successions, mandates, systems, certificates, enrollment_tokens, login_links):
    bind(_table)
bind(officers, moving=("sign_in_time", "sign_in_means"))
bind(sessions, moving=("seen_time",))
bind(personal_sessions, moving=("seen_time",))
bind(passkeys, moving=("sign_count", "use_time"))
