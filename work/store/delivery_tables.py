"""The tables of deliveries: where a department has notice sent, and what waits to be sent or could not be."""

from sqlalchemy import Column, Index, Integer, String, Table

from hub.db import Json, Moment, bind, metadata

delivery_targets = Table(
    "delivery_targets",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("department", String(18), nullable=False),
    Column("webhook", String(500), nullable=False),
    Column("email", String(254), nullable=False),
    Column("duties", Json, nullable=False),
    Column("create_time", Moment(), nullable=False),
    # how sending goes; it moves without a decision
    Column("deliver_time", Moment()),
    Column("fault", String(80), nullable=False),
    Column("failures", Integer, nullable=False),  # in a row
    Column("retry_time", Moment()),  # nothing is sent there before
    Column("claim", String(26), nullable=False),  # which sender is at it; empty: none
    Column("claim_until", Moment()),  # from then on another may take over
    Index("ix_delivery_targets_department", "department", "id"),
)
bind(delivery_targets, moving=("deliver_time", "fault", "failures", "retry_time", "claim", "claim_until"))

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(26), primary_key=True),
    # No foreign key: whoever removes a target at that moment must not make the step fail that causes an event.
    Column("target", String(26), nullable=False),
    Column("department", String(18), nullable=False),
    Column("about", String(200), nullable=False),
    Column("content", Json, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("create_time", Moment(), nullable=False),
    Column("next_time", Moment(), nullable=False),
    Column("attempt_time", Moment()),
    Column("fault", String(80), nullable=False),
    Column("letter", String(26), nullable=False),  # of a digest: the mail in which it was tried, and is tried again; empty before that
    Index("ix_deliveries_target", "target", "state", "next_time", "id"),
    Index("ix_deliveries_department", "department", "state", "id"),
    Index("ix_deliveries_about", "about"),
    Index("ix_deliveries_state", "state", "create_time"),
)
"""The outbox. A row that was delivered is deleted; one that could not be is a dead letter for 90 days."""
