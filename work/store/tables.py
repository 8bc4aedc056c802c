"""Tables of what waits for people."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from hub.db import Json, Moment, bind, metadata

proposals = Table(
    "proposals",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("method", String(100), nullable=False),
    Column("resource", String(200), nullable=False),
    Column("title", String(200), nullable=False),
    Column("department", String(18), nullable=False),
    Column("proposer", String(64), nullable=False),
    Column("system", String(40), nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("article", String(100), nullable=False),
    Column("duties", Json, nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("expire_time", Moment(), nullable=False),
    Column("decide_time", Moment()),
    Column("decider", String(64), nullable=False),
    Column("reason", String(1000), nullable=False),
)
bind(proposals)
Index("ix_proposals_department", proposals.c.department, proposals.c.id)
Index("ix_proposals_resource", proposals.c.resource, proposals.c.state)
Index("ix_proposals_state", proposals.c.state, proposals.c.expire_time)
