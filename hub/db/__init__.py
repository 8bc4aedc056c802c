"""The database door: one engine, transactions, the feed of changes, request ids. SQLite and PostgreSQL by the same code."""

from hub.db.aggregate import Aggregate, checked, fitting, fitting_page, put, swap
from hub.db.binding import BOUND, BoundTable, bind
from hub.db.damage import inspect_database
from hub.db.durability import mending_of, weak_settings
from hub.db.engine import Database
from hub.db.forgetting import Rule, forget_changes, forget_requests, forget_rows
from hub.db.key_checks import KeyCheckStore
from hub.db.lasting import Lasting
from hub.db.limits import PATIENT
from hub.db.lock import DatabaseLock, lock_of
from hub.db.owner import OwnerStore
from hub.db.place import place_of, sqlite_file
from hub.db.private import open_to_others
from hub.db.reach import for_operator
from hub.db.requests import RequestIds
from hub.db.row_book import LIST_DETAIL, SUMS_DETAIL, BookStore, RowBook
from hub.db.tables import metadata
from hub.db.transaction import Tx
from hub.db.types import Day, Json, Moment
from shuniu.patience import WaitLimits

__all__ = [
    "BOUND",
    "LIST_DETAIL",
    "PATIENT",
    "SUMS_DETAIL",
    "Aggregate",
    "BookStore",
    "BoundTable",
    "Database",
    "DatabaseLock",
    "Day",
    "Json",
    "KeyCheckStore",
    "Lasting",
    "Moment",
    "OwnerStore",
    "RequestIds",
    "RowBook",
    "Rule",
    "Tx",
    "WaitLimits",
    "bind",
    "checked",
    "fitting",
    "fitting_page",
    "for_operator",
    "forget_changes",
    "forget_requests",
    "forget_rows",
    "inspect_database",
    "lock_of",
    "mending_of",
    "metadata",
    "open_to_others",
    "place_of",
    "put",
    "sqlite_file",
    "swap",
    "weak_settings",
]
