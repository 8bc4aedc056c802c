"""承继: requests, grants, objections, notices, demands, complaints and disputes as they pass from one department to another, or end with it. Pure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from brokerage.model.complaint import Complaint
from brokerage.model.complaint_procedure import COMPLAINT_PROCEDURE, ComplaintState, ComplaintStep
from brokerage.model.demand import Demand
from brokerage.model.demand_procedure import DEMAND_PROCEDURE, DemandState, DemandStep
from brokerage.model.dispute import Dispute
from brokerage.model.dispute_procedure import DISPUTE_PROCEDURE, DisputeStep
from brokerage.model.grant import GRANT_PROCEDURE, Grant, GrantStep
from brokerage.model.notice import CorrectionNotice
from brokerage.model.objection import Objection
from brokerage.model.objection_procedure import OBJECTION_PROCEDURE, ObjectionStep
from brokerage.model.request import DataRequest
from brokerage.model.request_procedure import REQUEST_PROCEDURE, RequestStep
from brokerage.model.terms import Terms
from hub.access import Duty
from hub.desk import Notice
from hub.succession import Passing


def pass_request(request: DataRequest, passing: Passing) -> DataRequest:
    """Return a request with the successor in the place of the predecessor; as ended where there is none, or where it would ask itself."""
    consumer = _heir(request.consumer, passing, passing.consumer_of, request.name)
    provider = _heir(request.provider, passing, passing.successor_of, request.entry)
    if not consumer or not provider or consumer == provider:
        state = REQUEST_PROCEDURE.after(request.state, RequestStep.END)
        return replace(request, state=state, reason=passing.reason, revision=request.revision + 1)
    passed = replace(request, consumer=consumer, provider=provider, revision=request.revision + 1)
    if request.consumer != passing.predecessor:
        return passed
    return replace(passed, asked=_pass_terms(request.asked, passing), offered=request.offered and _pass_terms(request.offered, passing))


def pass_grant(grant: Grant, passing: Passing) -> Grant:
    """Return a grant with the successor in the place of the predecessor, under the same terms; as ended like a request.

    A successor stands where its predecessor stood. Nobody else gets the data without the provider's consent (Decree 809 art. 25): of a split,
    what the predecessor used passes only as the authority assigned it. What a department gives under a grant follows the entry.
    """
    consumer = _heir(grant.consumer, passing, passing.consumer_of, grant.name)
    provider = _heir(grant.provider, passing, passing.successor_of, grant.entry)
    if not consumer or not provider or consumer == provider:
        state = GRANT_PROCEDURE.after(grant.state, GrantStep.END)
        ended = replace(grant, state=state, reason=passing.reason, revision=grant.revision + 1).closed(passing.time)
        # of a consumer that is no more nobody records the use
        return replace(ended, use_record_time=None, use_record_due=None) if grant.consumer == passing.predecessor else ended
    terms = _pass_terms(grant.terms, passing) if grant.consumer == passing.predecessor else grant.terms
    return replace(grant, consumer=consumer, provider=provider, terms=terms, revision=grant.revision + 1)


def pass_objection(objection: Objection, passing: Passing, at: datetime) -> Objection:
    """Return an objection with the successor in the place of the predecessor; as closed where there is none."""
    objector = _heir(objection.objector, passing, passing.successor_of, "")
    source = _heir(objection.source, passing, passing.successor_of, objection.resource)
    if not objector or not source:
        state = OBJECTION_PROCEDURE.after(objection.state, ObjectionStep.END)
        ended = replace(objection, state=state, outcome=objection.outcome or passing.reason, end_time=at)
        return replace(ended, revision=objection.revision + 1)
    return replace(objection, objector=objector, source=source, revision=objection.revision + 1)


def pass_demand(demand: Demand, passing: Passing, at: datetime) -> Demand:
    """Return a demand with the successor in the place of the predecessor; as ended where nobody wishes it any more.

    Where nobody is left who looks at it, or who wishes it would look at it too, it is back with the authority.
    """
    filer = _heir(demand.filer, passing, passing.successor_of, "")
    if not filer:
        state = DEMAND_PROCEDURE.after(demand.state, DemandStep.END)
        return replace(demand, state=state, reason=passing.reason, end_time=at, revision=demand.revision + 1)
    assignee = _heir(demand.assignee, passing, passing.successor_of, "")
    passed = replace(demand, filer=filer, assignee=assignee, revision=demand.revision + 1)
    if demand.state in {DemandState.ASSIGNED, DemandState.ACCEPTED} and assignee in {"", filer}:
        return replace(passed, state=DEMAND_PROCEDURE.after(demand.state, DemandStep.RELEASE), assignee="", reason=passing.reason)
    return passed


def pass_complaint(complaint: Complaint, passing: Passing, at: datetime) -> Complaint:
    """Return a complaint with the successor in the place of the predecessor; as closed where nobody is left who tells the citizen.

    Where nobody is left who answers, it waits for the authority again.
    """
    filer = _heir(complaint.filer, passing, passing.successor_of, "")
    if not filer:
        state = COMPLAINT_PROCEDURE.after(complaint.state, ComplaintStep.END)
        return replace(complaint, state=state, reason=passing.reason, end_time=at, revision=complaint.revision + 1)
    assignee = _heir(complaint.assignee, passing, passing.successor_of, "")
    passed = replace(complaint, filer=filer, assignee=assignee, revision=complaint.revision + 1)
    if complaint.state is ComplaintState.ACCEPTED and not assignee:
        return replace(passed, state=COMPLAINT_PROCEDURE.after(complaint.state, ComplaintStep.RELEASE), reason=passing.reason)
    return passed


def pass_dispute(dispute: Dispute, passing: Passing, at: datetime) -> Dispute:
    """Return a dispute with the successor in the place of the predecessor; as withdrawn where one side is gone, or both have become one.

    Where the superior that it was passed to is gone, the authority decides again.
    """
    claimant, respondent, coordinator, proposer = (
        _heir(one, passing, passing.successor_of, "") for one in (dispute.claimant, dispute.respondent, dispute.coordinator, dispute.proposer)
    )
    if not claimant or not respondent or claimant == respondent:
        state = DISPUTE_PROCEDURE.after(dispute.state, DisputeStep.END)
        return replace(dispute, state=state, reason=passing.reason, timer=None, end_time=at, revision=dispute.revision + 1)
    # nobody decides between itself and another
    coordinator = "" if coordinator in {claimant, respondent} else coordinator
    passed = replace(dispute, claimant=claimant, respondent=respondent, coordinator=coordinator, proposer=proposer)
    return replace(passed, revision=dispute.revision + 1)


def pass_notice(notice: CorrectionNotice, passing: Passing) -> CorrectionNotice:
    """Return a correction notice that the successor acknowledges: it received what the predecessor had."""
    return replace(notice, recipient=passing.successor, revision=notice.revision + 1)


def told_of_passing(kind: str, before: Grant, after: Grant, passing: Passing) -> tuple[Notice, ...]:
    """Return what the parties of a grant are told that passed or ended."""
    facts = {"entry": after.entry, "predecessor": passing.predecessor, "succession": passing.succession}
    parties = dict.fromkeys(one for one in (after.consumer, after.provider, before.consumer, before.provider) if one != passing.predecessor)
    return tuple(Notice(kind=kind, department=one, duties=(Duty.REQUESTS,), article="第二十五条", facts=facts) for one in parties)


def _heir(party: str, passing: Passing, of: Callable[[str], str], thing: str) -> str:
    return of(thing) if party == passing.predecessor else party


def _pass_terms(terms: Terms, passing: Passing) -> Terms:
    # by the names of the successor's systems; never emptied, since no system named means all
    return replace(terms, systems=tuple(dict.fromkeys(map(passing.system_of, terms.systems))))
