"""What a dispute can be about: between whom, and what holds meanwhile (Decree 809 art. 28). Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import Final

from brokerage.model.demand import Demand
from brokerage.model.demand_procedure import DEMAND_PROCEDURE, DemandState
from brokerage.model.grant import GRANT_PROCEDURE, Grant, GrantState
from brokerage.model.objection import Objection
from brokerage.model.objection_procedure import OBJECTION_PROCEDURE, ObjectionState
from brokerage.model.reasons import NO_OTHER_PARTY, NOT_DISPUTABLE
from brokerage.model.request import DataRequest
from brokerage.model.request_procedure import REQUEST_PROCEDURE, DataRequestState
from brokerage.model.service_change import ServiceChange
from brokerage.model.service_change_procedure import SERVICE_CHANGE_PROCEDURE, ServiceChangeState
from hub.access import Caller
from shuniu.words import Word


@unique
class Meanwhile(StrEnum):
    """What holds while a dispute is open. It changes nothing: what was decided stands until whoever decided decides again."""

    REFUSED = "refused"
    OFFERED = "offered"
    SUSPENDED = "suspended"
    ENDED = "ended"
    RUNS_ON = "runs_on"
    SERVICE_CONTINUES = "service_continues"
    DECLINED = "declined"


MEANWHILE: Final[Mapping[Meanwhile, Word]] = {
    Meanwhile.REFUSED: Word("refused", "the request stays refused", "申请维持不予共享"),
    Meanwhile.OFFERED: Word("offered", "the offer stands and may be accepted", "部分批准仍可确认"),
    Meanwhile.SUSPENDED: Word("suspended", "the grant stays suspended", "授权维持暂停"),
    Meanwhile.ENDED: Word("ended", "the grant stays ended", "授权维持终止"),
    Meanwhile.RUNS_ON: Word("runs_on", "the service runs on unchanged", "服务照常进行"),
    Meanwhile.SERVICE_CONTINUES: Word("service_continues", "whoever shows valid proof is served", "当事人出示有效证明的，继续办理"),
    Meanwhile.DECLINED: Word("declined", "the demand stays declined", "需求维持退回"),
}


@dataclass(frozen=True, slots=True)
class Matter:
    """What a dispute is about: the departments, what holds meanwhile, and the entry concerned.

    Of more than two departments the first is the one with whom each of the others may disagree.
    """

    parties: tuple[str, ...]
    meanwhile: Meanwhile
    entry: str = ""

    def respondent_to(self, by: Caller) -> str:
        """Return the department that the caller's department disagrees with; one that has no part in it, or no counterpart, disputes nothing."""
        others = [one for one in self.parties if one and one != by.department]
        if by.department in self.parties[1:]:
            others = [one for one in self.parties[:1] if one and one != by.department]
        if by.department not in self.parties or len(others) != 1:
            raise NO_OTHER_PARTY(state=self.meanwhile.value, step="open")
        return others[0]


_OF_REQUEST: Final = {DataRequestState.REFUSED: Meanwhile.REFUSED, DataRequestState.OFFERED: Meanwhile.OFFERED}
_OF_GRANT: Final = {
    GrantState.SUSPENDED: Meanwhile.SUSPENDED,
    **dict.fromkeys((GrantState.REVOKED, GrantState.EXPIRED, GrantState.ENDED), Meanwhile.ENDED),
}
_OPEN_CHANGE: Final = frozenset({ServiceChangeState.CONSULTING, ServiceChangeState.FILED, ServiceChangeState.ADMITTED})
_DECIDED: Final = frozenset({ObjectionState.CORRECTED, ObjectionState.DISMISSED, ObjectionState.CLOSED})


def matter_of_request(request: DataRequest, _at: datetime) -> Matter:
    """Return what a dispute about a refused request, or one that was offered less, is about."""
    meanwhile = _OF_REQUEST.get(request.state)
    if meanwhile is None:
        raise NOT_DISPUTABLE(thing=REQUEST_PROCEDURE.thing, state=REQUEST_PROCEDURE.states[request.state], step="open")
    return Matter((request.consumer, request.provider), meanwhile, request.entry)


def matter_of_grant(grant: Grant, at: datetime) -> Matter:
    """Return what a dispute about a grant is about that was suspended, revoked, or has ended."""
    meanwhile = _OF_GRANT.get(grant.state_at(at))
    if meanwhile is None:
        raise NOT_DISPUTABLE(thing=GRANT_PROCEDURE.thing, state=GRANT_PROCEDURE.states[grant.state_at(at)], step="open")
    return Matter((grant.consumer, grant.provider), meanwhile, grant.entry)


def matter_of_objection(objection: Objection, _at: datetime) -> Matter:
    """Return what a dispute about the outcome of an objection is about."""
    if objection.state not in _DECIDED:
        raise NOT_DISPUTABLE(thing=OBJECTION_PROCEDURE.thing, state=OBJECTION_PROCEDURE.states[objection.state], step="open")
    entry = objection.resource if objection.resource.startswith("entries/") else ""
    return Matter((objection.objector, objection.source), Meanwhile.SERVICE_CONTINUES, entry)


def matter_of_demand(demand: Demand, _at: datetime) -> Matter:
    """Return what a dispute about a declined demand is about."""
    if demand.state is not DemandState.DECLINED:
        raise NOT_DISPUTABLE(thing=DEMAND_PROCEDURE.thing, state=DEMAND_PROCEDURE.states[demand.state], step="open")
    return Matter((demand.filer, demand.assignee), Meanwhile.DECLINED)


def matter_of_change(change: ServiceChange, _at: datetime) -> Matter:
    """Return what a dispute about a change of a running service is about: while it is open, the change does not take effect."""
    if change.state not in _OPEN_CHANGE:
        step = "open"
        raise NOT_DISPUTABLE(thing=SERVICE_CHANGE_PROCEDURE.thing, state=SERVICE_CHANGE_PROCEDURE.states[change.state], step=step)
    return Matter((change.provider, *change.consumers), Meanwhile.RUNS_ON, change.entry)
