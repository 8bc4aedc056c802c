"""How alembic reaches the database: one transaction for all steps where the database can undo them, the tables of all stores as the target."""

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

# To import a store is to register its tables in `metadata`; named here, so that the imports are not taken for unused ones.
STORES = (audit.store, brokerage.store, catalog.store, certs.store, licenses.store, seals.store)

# One connection, closed behind it: the hub opens a pool of its own afterwards.
engine = create_engine(str(context.config.get_main_option("sqlalchemy.url")), poolclass=NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transaction_per_migration=False)
    # On SQLite alembic opens none (`transactional_ddl`): there a failed step leaves the ones before it in place.
    # SQLAlchemy began one of its own, which the commit below ends.
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
