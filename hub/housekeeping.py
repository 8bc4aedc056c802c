"""What the hub tidies up once a minute: each table that would grow for ever has a rule, and each rule its turn in short transactions."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from hub.db import Database, Rule
from hub.errors import ShuniuError

log = logging.getLogger(__name__)
PORTION: Final = 500
"""Rows in one transaction: a few milliseconds in which nobody else can write to SQLite."""
PORTIONS: Final = 10
"""Transactions of one rule in one sweep; 5,000 rows a minute are more than one a second that come."""


class Housekeeping:
    """The rules of one hub, by the name of what they forget."""

    def __init__(self, db: Database, rules: Mapping[str, Rule]) -> None:
        """Take the database and the rules."""
        self._db = db
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
                seen += portion
                if portion < PORTION:
                    break
        except ShuniuError as error:
            log.warning("%s were not tidied up: %s", name, error.message)
        return seen
