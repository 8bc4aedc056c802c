"""What a caller can do at the brokerage: one door over requests, grants, objections, demands, disputes and complaints."""

from collections.abc import Callable
from datetime import datetime

from brokerage.actions.appeals import AppealActions
from brokerage.actions.complaints import ComplaintActions
from brokerage.actions.deliveries import DeliveryActions
from brokerage.actions.demands import DemandActions
from brokerage.actions.disposals import DisposalActions
from brokerage.actions.disputes import DisputeActions
from brokerage.actions.grants import GrantActions
from brokerage.actions.notices import NoticeActions
from brokerage.actions.objections import ObjectionActions
from brokerage.actions.requests import RequestActions
from brokerage.actions.service_changes import ServiceChangeActions
from brokerage.actions.use_records import UseRecordActions
from brokerage.licenses import NO_LICENSES, Licenses
from brokerage.model import DataRequest, Objection
from brokerage.store.service_changes import IsDisputed
from hub.subject import Subject
from hub.unit_of_work import Kit
from timing.timers import Timers

__all__ = ["BrokerageActions", "Licenses"]


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
    AppealActions,
    NoticeActions,
    UseRecordActions,
):
    """All actions of the brokerage."""

    def __init__(
        self,
        kit: Kit,
        timers: Timers,
        pseudonym: Callable[[Subject], bytes],
        calls: Callable[[str, datetime], int],
        licenses: Licenses = NO_LICENSES,
        is_disputed: IsDisputed = lambda _tx, _change: False,
    ) -> None:
        """Take the kit, the statutory time limits in force, and what lies elsewhere.

        That is how a subject becomes a pseudonym (`AuditLog.pseudonym`), how a grant's calls of a day are counted (`Quota.used`), who knows
        of licenses, and whether a thing is disputed: a change of a running service that is does not take effect.
        """
        super().__init__(kit)
        self._timers = timers
        self._pseudonym = pseudonym
        self._calls = calls
        self._licenses = licenses
        self._is_disputed = is_disputed

    def sweep_terms(self, at: datetime) -> None:
        """Put on the log which disputes and complaints have taken too long by `at`."""
        self.sweep_disputes(at)
        self.sweep_complaints(at)

    def sweep(self, at: datetime) -> tuple[DataRequest | Objection, ...]:
        """Do what is due by `at`: requests and objections whose time is over are put on the log, and go to the authority."""
        return (*self.sweep_requests(at), *self.sweep_objections(at))
