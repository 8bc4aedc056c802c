"""How a hub's database is opened: by the hub itself, which holds it alone and migrates it, or beside it by a command of the operator.

Whose it is, is asked before anything is written: the row of `hub_owner`, or in a database of a release that had none, the signature under the
newest checkpoint. A database without either is nobody's and is claimed by the first hub that opens it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Final

from sqlalchemy import literal, select, table

from audit.checkpoint import VerifierKey, open_checkpoint
from audit.store import found_log
from hub.clock import Clock
from hub.config import Config
from hub.db import Database, OwnerStore, RowBook, Tx, for_operator, place_of, sqlite_file
from hub.db.reasons import (
    DATABASE_FILE_CLOSED,
    DATABASE_FILE_MISSING,
    DATABASE_HOLDS_A_LOG,
    DATABASE_OF_OTHER_KEYS,
    DATABASE_SIGNED_BY_OTHERS,
    SCHEMA_BEHIND,
    SCHEMA_UNKNOWN,
)
from hub.errors import ShuniuError
from hub.key_set import FOLDER, fingerprint, is_complete
from hub.keys import KeyRing
from hub.signer import ED25519
from migrations import knows_schema, migrate, newest_schema, schema_of

_STORES: Final = tuple(f"{name}.store" for name in ("certs", "catalog", "brokerage", "seals", "licenses"))
_OF_A_LOG: Final = ("audit_records", "audit_batches", "audit_checkpoints")


def open_database(config: Config, clock: Clock) -> Database:
    """Return the database for the hub itself: held until it is closed, at the newest schema, owned, checked for durable commits, with a log in it."""
    config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _opened(config) as db:
        db.hold()
        with db.read() as tx:
            check_owner(tx, config)
        migrate(config.database_url)
        db.prepare()
        found_log(db)
        _claim(db, config, clock)
        db.book = open_book(config)
        return db


def open_beside(config: Config) -> Database:
    """Return the database for a command that writes a few rows, whether the hub runs or not. It neither migrates nor takes the hub's lock."""
    refuse_missing(config)
    with _opened(config) as db:
        with db.read() as tx:
            found = schema_of(tx.connection)
            if not knows_schema(found):
                raise SCHEMA_UNKNOWN(place=place_of(db.url), found=found)
            if found != newest_schema():
                raise SCHEMA_BEHIND(place=place_of(db.url), found=found or "-", needed=newest_schema())
            check_owner(tx, config)
        db.prepare()
        return db


def refuse_used(config: Config) -> None:
    """Raise ConfigError where a new hub would be made on a database that another one lives in; neither key nor file is made by looking."""
    file = sqlite_file(config.database_url)
    if file is not None and not file.exists():
        if file.parent != config.data.resolve() and not os.access(file.parent, os.W_OK | os.X_OK):
            raise DATABASE_FILE_CLOSED(place=file, folder=file.parent)
        return
    with _opened(config) as db:
        with db.read() as tx:
            owner = OwnerStore(tx).fingerprint()
            if _has_log(tx) or (owner is not None and owner != _own(config)):
                raise DATABASE_HOLDS_A_LOG(place=place_of(db.url))
        db.close()


def refuse_missing(config: Config) -> None:
    """Raise ConfigError where the file of an SQLite database is missing, which opening it would make."""
    file = sqlite_file(config.database_url)
    if file is not None and not file.is_file():
        raise DATABASE_FILE_MISSING(place=file)


def check_owner(tx: Tx, config: Config) -> None:
    """Raise ConfigError where the database belongs to other keys than those of this data folder; no key is made by looking."""
    place, keys = place_of(config.database_url), config.data / FOLDER
    owner = OwnerStore(tx).fingerprint()
    if owner is not None:
        if owner != _own(config):
            raise DATABASE_OF_OTHER_KEYS(place=place, keys=keys)
        return
    note = _newest_note(tx)
    if note is not None and not _signed_here(note, config):
        raise DATABASE_SIGNED_BY_OTHERS(place=place, keys=keys, origin=config.origin)


@contextmanager
def _opened(config: Config) -> Iterator[Database]:
    """Give the database; an error in the block closes it and is told to the operator in words."""
    db = Database(config.database_url)
    db.book = open_book(config)
    with for_operator(config.database_url):
        try:
            yield db
        except BaseException:
            db.close()
            raise


def open_book(config: Config) -> RowBook | None:
    """Return the book of the rows that are bound to the log, None before there are keys."""
    for name in _STORES:
        import_module(name)  # each says which of its tables are bound
    folder = config.data / FOLDER
    return RowBook(KeyRing(folder).secret("rows")) if is_complete(folder) else None


def _claim(db: Database, config: Config, clock: Clock) -> None:
    """Write the owner into a database that has none. Here the keys of a new hub are made, if they were not."""
    own = fingerprint(KeyRing(config.data / FOLDER))
    with db.begin() as tx:
        owner = OwnerStore(tx).fingerprint()
        if owner is None:
            OwnerStore(tx).claim(own, clock.now())
        elif owner != own:
            raise DATABASE_OF_OTHER_KEYS(place=place_of(db.url), keys=config.data / FOLDER)


def _own(config: Config) -> str:
    """Return the fingerprint of the data folder's keys, empty where they are not all there."""
    folder: Path = config.data / FOLDER
    return fingerprint(KeyRing(folder)) if is_complete(folder) else ""


def _signed_here(note: str, config: Config) -> bool:
    folder = config.data / FOLDER
    if not is_complete(folder):
        return False
    key = VerifierKey(config.origin, KeyRing(folder).signer("log", ED25519).public_der[-32:])
    try:
        open_checkpoint(note.encode(), [key], config.origin)
    except ShuniuError:
        return False
    return True


def _newest_note(tx: Tx) -> str | None:
    if not tx.connection.dialect.has_table(tx.connection, "audit_checkpoints"):
        return None
    found = tx.connection.exec_driver_sql("SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1").scalar()
    return None if found is None else str(found)


def _has_log(tx: Tx) -> bool:
    """Tell whether any record or checkpoint is there, whatever release wrote it."""
    there = [name for name in _OF_A_LOG if tx.connection.dialect.has_table(tx.connection, name)]
    return any(tx.execute(select(literal(1)).select_from(table(name)).limit(1)).first() is not None for name in there)
