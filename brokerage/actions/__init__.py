"""What a caller can do at the brokerage: one door over requests, grants and objections."""

from brokerage.actions.grants import GrantActions
from brokerage.actions.objections import ObjectionActions
from brokerage.actions.requests import RequestActions

__all__ = ["BrokerageActions"]


class BrokerageActions(RequestActions, GrantActions, ObjectionActions):
    """All actions of the brokerage: BrokerageActions(db, log, clock, ids, clocks)."""
