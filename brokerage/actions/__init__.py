"""What a caller can do at the brokerage: one door over requests, grants and objections."""

from collections.abc import Callable
from datetime import datetime

from brokerage.actions.grants import GrantActions
from brokerage.actions.objections import ObjectionActions
from brokerage.actions.requests import RequestActions
from hub.subject import Subject
from hub.unit_of_work import Kit
from timing.timers import Timers

__all__ = ["BrokerageActions"]


class BrokerageActions(RequestActions, GrantActions, ObjectionActions):
    """All actions of the brokerage."""

    def __init__(self, kit: Kit, timers: Timers, pseudonym: Callable[[Subject], bytes], calls: Callable[[str, datetime], int]) -> None:
        """Take the kit, the statutory time limits in force, how a subject becomes a pseudonym, and how a grant's calls of a day are counted.

        They are `AuditLog.pseudonym` and `Quota.used`.
        """
        super().__init__(kit)
        self._timers = timers
        self._pseudonym = pseudonym
        self._calls = calls
