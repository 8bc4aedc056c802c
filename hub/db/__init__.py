"""The database door: one engine, transactions, the feed of changes, request ids. SQLite and PostgreSQL by the same code."""

from hub.db.engine import Database, Lasting, Tx
from hub.db.moment import Moment
from hub.db.requests import RequestIds
from hub.db.tables import etag_of, metadata, revision_of

__all__ = ["Database", "Lasting", "Moment", "RequestIds", "Tx", "etag_of", "metadata", "revision_of"]
