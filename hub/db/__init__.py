"""The database door: one engine, transactions, the feed of changes, request ids. SQLite and PostgreSQL by the same code."""

from hub.db.aggregate import Aggregate, swap
from hub.db.engine import Database, Lasting, Tx
from hub.db.moment import Moment
from hub.db.requests import RequestIds
from hub.db.tables import metadata

__all__ = ["Aggregate", "Database", "Lasting", "Moment", "RequestIds", "Tx", "metadata", "swap"]
