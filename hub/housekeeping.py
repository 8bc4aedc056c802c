"""What the hub tidies up once a minute: each table that would grow for ever has a rule, and each rule its turn in short transactions."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from hub.access import HUB
from hub.db import Database, Rule
from hub.errors import ShuniuError
from hub.unit_of_work import Change, Journal

log = logging.getLogger(__name__)
PORTION: Final = 500
"""Rows in one transaction: a few milliseconds in which nobody else can write to SQLite."""
FORGET: Final = "hub.ForgetRows"
"""The action of the record that binds rows that were forgotten."""
PORTIONS: Final = 10
"""Transactions of one rule in one sweep; 5,000 rows a minute are more than one a second that come."""


class Housekeeping:
    """The rules of one hub, by the name of what they forget."""

    def __init__(self, db: Database, journal: Journal, rules: Mapping[str, Rule]) -> None:
        """Take the database, the journal that says which bound rows were forgotten, and the rules."""
        self._db, self._journal = db, journal
        self._rules = dict(rules)

    def sweep(self, at: datetime) -> dict[str, int]:
        """Forget what has had its time; return for each rule how many rows it looked at. A rule that fails does not hold the others up."""
        return {name: self._apply(name, rule, at) for name, rule in self._rules.items()}

    def _apply(self, name: str, rule: Rule, at: datetime) -> int:
        seen = 0
        try:
            for _ in range(PORTIONS):
                with self._db.begin() as tx:
                    portion = rule(tx, at, PORTION)
                    if tx.has_touched:
                        self._journal.write(tx, Change(at=at, action=FORGET, actor=HUB, kind="admin", detail={"forgotten": name}))
                seen += portion
                if portion < PORTION:
                    break
        except ShuniuError as error:
            log.warning("%s were not tidied up: %s", name, error.message)
        return seen
