"""A table of some size for the story: the annual reports of the businesses, made by the database itself out of its register."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

ROWS: Final = 100_000
TABLE: Final = "annual_report"
KEY: Final = "report_number"
_MAKE: Final = f"""
CREATE TABLE {TABLE} (
    {KEY} TEXT NOT NULL PRIMARY KEY,
    uscc TEXT NOT NULL,
    name TEXT NOT NULL,
    report_year INTEGER NOT NULL,
    employees INTEGER NOT NULL,
    filed_on DATE NOT NULL,
    region_code TEXT NOT NULL
);
WITH RECURSIVE years(year) AS (SELECT 2001 UNION ALL SELECT year + 1 FROM years WHERE year < 2025)
INSERT INTO {TABLE}
SELECT uscc || '-' || year, uscc, name, year, employees, (year + 1) || '-0' || (year % 6 + 1) || '-15', region_code
FROM business_register CROSS JOIN years
WHERE year >= CAST(substr(established, 1, 4) AS INTEGER)
ORDER BY uscc, year
LIMIT {ROWS};
"""  # noqa: S608 - our own names


def write_reports(path: Path) -> None:
    """Add the reports to a database that has the register: one for each business and each year since its founding, 100,000 in all."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(_MAKE)
