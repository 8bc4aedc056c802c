"""How alembic reaches the database: one transaction for all steps, the tables of all stores as the target."""

import sqlite3

from alembic import context
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import NullPool

import audit.store
import brokerage.store
import catalog.store
import certs.store
import exchange.store
import files.store
import licenses.store
import questions.store
import seals.store
import work.store
from hub.db import metadata
from hub.db.limits import PATIENT
from shuniu.patience import Patience, limit

# To import a store is to register its tables in `metadata`; named here, so that the imports are not taken for unused ones.
STORES = (
    audit.store,
    brokerage.store,
    catalog.store,
    certs.store,
    exchange.store,
    files.store,
    licenses.store,
    questions.store,
    seals.store,
    work.store,
)

# One connection, closed behind it: the hub opens a pool of its own afterwards.
engine = create_engine(str(context.config.get_main_option("sqlalchemy.url")), poolclass=NullPool)
if engine.dialect.name == "sqlite":

    @event.listens_for(engine, "connect")
    def leave_transactions_to_us(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver begins none before a CREATE TABLE

else:
    limit(engine, Patience(PATIENT))
with engine.connect() as connection:
    # Both databases undo a CREATE TABLE; alembic does not believe it of SQLite. A start that is killed halfway leaves the old schema.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transaction_per_migration=False, transactional_ddl=True)
    # SQLAlchemy began one of its own, which the commit below ends.
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
