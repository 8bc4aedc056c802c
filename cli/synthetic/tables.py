"""Writes the registers as ordinary SQL tables, the way a department's own system would hold them."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import fields
from datetime import date
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import Final

from cli.synthetic.businesses import Business
from cli.synthetic.residents import Resident

SCHEMA: Final = """
DROP TABLE IF EXISTS resident;
CREATE TABLE resident (
    id_number TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    sex TEXT NOT NULL,
    birth_date DATE NOT NULL,
    ethnic_group TEXT NOT NULL,
    region_code TEXT NOT NULL,
    address TEXT NOT NULL,
    household_type TEXT NOT NULL,
    household_size INTEGER NOT NULL,
    phone TEXT NOT NULL,
    permit_number TEXT,
    permit_issued DATE,
    permit_expires DATE
);
DROP TABLE IF EXISTS business_register;
CREATE TABLE business_register (
    uscc TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    legal_representative TEXT NOT NULL,
    company_type TEXT NOT NULL,
    registered_capital NUMERIC(16, 2) NOT NULL,
    employees INTEGER NOT NULL,
    established DATE NOT NULL,
    expires DATE,
    scope TEXT NOT NULL,
    address TEXT NOT NULL,
    region_code TEXT NOT NULL,
    status TEXT NOT NULL
);
"""


def write_sqlite(path: Path | str, residents: Iterable[Resident], businesses: Iterable[Business]) -> None:
    """Create the tables `resident` and `business_register` in the file, in place of any it has; days are ISO text."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(SCHEMA)
        # one transaction for both tables
        with database:
            _fill(database, "resident", Resident, residents)
            _fill(database, "business_register", Business, businesses)


def _fill(database: sqlite3.Connection, table: str, shape: type[Resident | Business], rows: Iterable[Resident | Business]) -> None:
    columns = [field.name for field in fields(shape)]
    values = attrgetter(*columns)
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names
    database.executemany(sql, (tuple(map(_plain, values(row))) for row in rows))


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value
