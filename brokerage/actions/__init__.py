"""What a caller can do at the brokerage: one door over requests, grants, objections, demands, disputes and complaints."""

from collections.abc import Callable
from datetime import datetime

from brokerage.actions.complaints import ComplaintActions
from brokerage.actions.deliveries import DeliveryActions
from brokerage.actions.demands import DemandActions
from brokerage.actions.disposals import DisposalActions
from brokerage.actions.disputes import DisputeActions
from brokerage.actions.grants import GrantActions
from brokerage.actions.objections import ObjectionActions
from brokerage.actions.requests import RequestActions
from brokerage.actions.service_changes import ServiceChangeActions
from brokerage.store.service_changes import IsDisputed
from hub.subject import Subject
from hub.unit_of_work import Kit
from timing.timers import Timers

__all__ = ["BrokerageActions"]


class BrokerageActions(
    RequestActions,
    GrantActions,
    ObjectionActions,
    ServiceChangeActions,
    DeliveryActions,
    DisposalActions,
    DemandActions,
    DisputeActions,
    ComplaintActions,
):
    """All actions of the brokerage."""

    def __init__(
        self,
        kit: Kit,
        timers: Timers,
        pseudonym: Callable[[Subject], bytes],
        calls: Callable[[str, datetime], int],
        is_disputed: IsDisputed = lambda _tx, _change: False,
    ) -> None:
        """Take the kit, the statutory time limits in force, how a subject becomes a pseudonym, and how a grant's calls of a day are counted.

        They are `AuditLog.pseudonym` and `Quota.used`. A change of a running service that `is_disputed` does not take effect.
        """
        super().__init__(kit)
        self._timers = timers
        self._pseudonym = pseudonym
        self._calls = calls
        self._is_disputed = is_disputed

    def sweep_terms(self, at: datetime) -> None:
        """Put on the log which disputes and complaints have taken too long by `at`."""
        self.sweep_disputes(at)
        self.sweep_complaints(at)
