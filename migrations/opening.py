"""How a hub's database is opened: by the hub itself, which holds it alone and migrates it, or beside it by a command of the operator.

Whose it is, is asked before anything is written: the row of `hub_owner`, or in a database of a release that had none, the signature under the
newest checkpoint. A database without either is nobody's and is claimed by the first hub that opens it.

Keys are made here and nowhere else: by `found_database` for `shuniu init`, by `add_keys` for `shuniu keys add`, both under the database's lock.
Whoever opens a database otherwise finds every key there, and each the one that it was, or is refused by the key's name.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Final

from sqlalchemy import literal, select, table

from audit.store import found_log
from hub.clock import Clock
from hub.config import Config
from hub.db import Database, KeyCheckStore, OwnerStore, RowBook, Tx, for_operator, open_to_others, place_of, sqlite_file
from hub.db.reasons import (
    DATABASE_FILE_CLOSED,
    DATABASE_FILE_MISSING,
    DATABASE_HOLDS_A_LOG,
    DATABASE_HOLDS_NO_HUB,
    DATABASE_IS_FOR_PRACTICE,
    DATABASE_IS_REAL,
    DATABASE_OF_OTHER_KEYS,
    DATABASE_SIGNED_BY_OTHERS,
    SCHEMA_BEHIND,
    SCHEMA_UNKNOWN,
)
from hub.errors import ShuniuError
from hub.key_check import KeyCheck
from hub.key_set import KEYS, LOG, ROWS, fingerprint, is_complete
from hub.keys import KeyRing
from hub.practice import is_mark, mark
from hub.reasons.operation import KEY_MISSING
from hub.signer import HubKey
from migrations import knows_schema, migrate, newest_schema, schema_of
from shuniu.proofs.checkpoint import VerifierKey, open_checkpoint

log = logging.getLogger(__name__)
_STORES: Final = tuple(f"{name}.store" for name in ("certs", "work", "catalog", "brokerage", "seals", "files", "questions", "licenses"))
_OF_A_LOG: Final = ("audit_records", "audit_batches", "audit_checkpoints")


def open_database(config: Config, clock: Clock) -> Database:
    """Return the database for the hub itself: held until it is closed, at the newest schema, owned, checked for durable commits, with a log in it."""
    with _opened(config) as db:
        db.hold()
        _close_to_others(config)
        with db.read() as tx:
            check_keys(tx, config)  # before the migration: while a key is missing the release before can still be run
        _bring_up(db, config, clock)
        db.book = open_book(config)
        return db


def found_database(config: Config, clock: Clock) -> None:
    """Make a new hub's database and keys, as far as they are not there; what an `init` that was killed has left is gone on with."""
    config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _opened(config) as db:
        db.hold()
        with db.read() as tx:
            check_owner(tx, config)
            check = KeyCheck.of(tx, config.keys)
        check.refuse_wrong()
        if lost := [key.file for key in KEYS if key.name in check.known and not check.ring.has(key)]:
            raise KEY_MISSING(files=", ".join(lost), folder=check.folder)
        check.ring.sweep()
        for key in KEYS:
            check.ring.make(key)
        _bring_up(db, config, clock)
        db.close()


def add_keys(config: Config, clock: Clock) -> list[HubKey]:
    """Make the keys that a release brought, and any other that may be made, for a hub that is there and does not run; return those made.

    The check values of a key that an `add` made which was killed are written too. The schema is left as it is: where it has no room for check
    values yet, the next start writes them.
    """
    refuse_missing(config)
    with _opened(config) as db:
        db.hold()
        with db.read() as tx:
            _refuse_unknown_schema(tx, db)
            if OwnerStore(tx).fingerprint() is None and not _has_log(tx):
                raise DATABASE_HOLDS_NO_HUB(place=place_of(db.url))
            check = KeyCheck.of(tx, config.keys)
            check.refuse_lost()
            check_owner(tx, config)
            check.refuse_wrong()
            has_room = KeyCheckStore(tx).is_there
        check.ring.sweep()
        made = [key for key in check.to_make() if check.ring.make(key)]
        if has_room:
            _write_checks(db, config, clock)
        db.close()
        return made


def open_beside(config: Config) -> Database:
    """Return the database for a command that writes a few rows, whether the hub runs or not. It neither migrates nor takes the hub's lock."""
    refuse_missing(config)
    with _opened(config) as db:
        with db.read() as tx:
            found = _refuse_unknown_schema(tx, db)
            if found != newest_schema():
                raise SCHEMA_BEHIND(place=place_of(db.url), found=found or "-", needed=newest_schema())
            check_keys(tx, config)
        db.prepare()
        db.book = open_book(config)
        return db


def refuse_used(config: Config) -> None:
    """Raise ConfigError where a new hub would be made on a database that another one lives in; no file is made by looking."""
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


def check_keys(tx: Tx, config: Config) -> None:
    """Raise ConfigError, by the key's name, where one of the data folder is missing or not the one that it was, or where all are another hub's."""
    check = KeyCheck.of(tx, config.keys)
    check.refuse_missing()
    check_owner(tx, config)
    check.refuse_wrong()


def check_owner(tx: Tx, config: Config) -> None:
    """Raise ConfigError where the database belongs to other keys than those of this data folder."""
    place, keys = place_of(config.database_url), config.keys
    owner = OwnerStore(tx).fingerprint()
    if owner is not None:
        if owner != _own(config):
            _check_practice(owner, config)
            check = KeyCheck.of(tx, keys)
            if check.fits_at_all:
                check.refuse_wrong()  # this hub's folder, in which single keys are wrong: they are named
            raise DATABASE_OF_OTHER_KEYS(place=place, keys=keys)
        return
    note = _newest_note(tx)
    if note is not None and config.practice:
        raise DATABASE_IS_REAL(place=place)  # of a release that wrote no owner: no hub for practice is as old
    if note is not None and not _signed_here(note, config):
        raise DATABASE_SIGNED_BY_OTHERS(place=place, keys=keys, origin=config.origin)


@contextmanager
def _opened(config: Config) -> Iterator[Database]:
    """Give the database; an error in the block closes it and is told to the operator in words."""
    db = Database(config.database_url)
    with for_operator(config.database_url):
        try:
            yield db
        except BaseException:
            db.close()
            raise


def open_book(config: Config) -> RowBook:
    """Return the book of the rows that are bound to the log."""
    for name in _STORES:
        import_module(name)  # each says which of its tables are bound
    return RowBook(KeyRing(config.keys).secret(ROWS))


def _bring_up(db: Database, config: Config, clock: Clock) -> None:
    """Bring a database that is held to the newest schema, with a log in it, owned, and knowing its keys."""
    migrate(config.database_url)
    db.prepare()
    found_log(db)
    _claim(db, config, clock)
    _write_checks(db, config, clock)


def _claim(db: Database, config: Config, clock: Clock) -> None:
    """Write the owner into a database that has none."""
    own = _own(config)
    with db.begin() as tx:
        owner = OwnerStore(tx).fingerprint()
        if owner is None:
            OwnerStore(tx).claim(own, clock.now())
        elif owner != own:
            raise DATABASE_OF_OTHER_KEYS(place=place_of(db.url), keys=config.keys)


def _write_checks(db: Database, config: Config, clock: Clock) -> None:
    """Write the check values that are missing: all of them for a hub of a former release, whose keys are taken as they are."""
    with db.begin() as tx:
        check = KeyCheck.of(tx, config.keys)
        new = check.write(tx, clock.now())
        if new:
            # Usual at the first start of this release; later, somebody took rows out of the table.
            log.log(logging.WARNING if check.known else logging.INFO, "check values were written for the keys as they are: %s", ", ".join(new))


def _close_to_others(config: Config) -> None:
    """Take away what rights others have to the files of an SQLite database; a former release left them to the umask."""
    for file in open_to_others(config.database_url):
        log.warning("%s could be read by other users of this machine; it is its owner's alone now", file)
        file.chmod(0o600)


def _refuse_unknown_schema(tx: Tx, db: Database) -> str:
    """Return the schema of a database; raise ConfigError for that of a newer release."""
    found = schema_of(tx.connection)
    if not knows_schema(found):
        raise SCHEMA_UNKNOWN(place=place_of(db.url), found=found)
    return found


def _own(config: Config) -> str:
    """Return the owner that the data folder's keys make, empty where they are not all there; one for practice bears its mark."""
    own = fingerprint(KeyRing(config.keys)) if is_complete(config.keys) else ""
    return mark(own) if config.practice else own


def _check_practice(owner: str, config: Config) -> None:
    """Refuse a real hub's database to a hub for practice, and the other way round, whatever the keys are."""
    if is_mark(owner) and not config.practice:
        raise DATABASE_IS_FOR_PRACTICE(place=place_of(config.database_url))
    if config.practice and not is_mark(owner):
        raise DATABASE_IS_REAL(place=place_of(config.database_url))


def _signed_here(note: str, config: Config) -> bool:
    if not is_complete(config.keys):
        return False
    key = VerifierKey(config.origin, KeyRing(config.keys).signer(LOG).public_der[-32:])
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
