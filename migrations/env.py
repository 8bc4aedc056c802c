"""How alembic reaches the database: one transaction for all steps, the tables of all stores as the target."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

import audit.store
import brokerage.store
import catalog.store
import certs.store
import licenses.store
import seals.store
from hub.db import metadata

STORES = (audit.store, brokerage.store, catalog.store, certs.store, licenses.store, seals.store)

engine = create_engine(str(context.config.get_main_option("sqlalchemy.url")), poolclass=NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
