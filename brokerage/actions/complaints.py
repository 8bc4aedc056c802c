"""Complaints of citizens, filed by officers: accepted by the authority, answered by a department, closed by who filed them (Decree 809 art. 37)."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from brokerage.actions.posting import COMPLAINTS, BrokerageDesk
from brokerage.model import Complaint, ComplaintContent, ComplaintState, told_of_complaint
from brokerage.store import ComplaintStore
from catalog.store import EntryStore
from certs.store import DepartmentStore
from hub.access import Caller
from hub.db import Tx
from hub.db.requests import canonical
from hub.resource import id_of
from hub.unit_of_work import Move, Step, page_of
from shuniu.identifiers.uscc import parse_uscc
from timing.overdue import OverdueActions
from timing.timers import ANSWER_COMPLAINT


class ComplaintActions(OverdueActions, BrokerageDesk):
    """Complaints."""

    def file_complaint(self, step: Step, content: ComplaintContent) -> Complaint:
        """File a complaint for a citizen; the same request sent twice is done once."""

        def make(tx: Tx, at: datetime) -> tuple[Complaint, Mapping[str, Any]]:
            if content.entry:
                EntryStore(tx).published(id_of(content.entry, "entries", "complaint.entry"))
            if content.about_department:
                DepartmentStore(tx).get(content.about_department)
            timer = self._timers.start(ANSWER_COMPLAINT, at)
            complaint = Complaint.file(step.caller, content, timer, self._ids.new(at), at)
            return complaint, {**_facts(step.caller, complaint), "officer": complaint.officer}

        made = self.create(self._complaints, "brokerage.FileComplaint", step, make, content=canonical(content.plain()))
        return self._timers.renew(made, self._clock.now())

    def accept_complaint(self, step: Step, department: str) -> Complaint:
        """Give a complaint to a department that takes part, or keep it, as the authority."""
        uscc = parse_uscc(department, field="department") if department.strip() else ""
        with self.change(self._complaints, "brokerage.AcceptComplaint", step) as it:
            it.after = it.before.accept(it.caller, uscc, step.reason)
            if uscc:
                DepartmentStore(it.tx).get(uscc).check_provides()
            _finish(it, "complaint_accepted")
        return self._timers.renew(it.after, it.at)

    def return_complaint(self, step: Step) -> Complaint:
        """Say that a complaint is no matter of sharing, and where to go instead, as the authority."""
        with self.change(self._complaints, "brokerage.ReturnComplaint", step) as it:
            it.after = it.before.send_back(it.caller, step.reason, it.at)
            _finish(it, "complaint_returned")
        return self._timers.renew(it.after, it.at)

    def answer_complaint(self, step: Step, answer: str) -> Complaint:
        """Answer a complaint, as the department that has it."""
        with self.change(self._complaints, "brokerage.AnswerComplaint", step) as it:
            it.after = it.before.reply(it.caller, answer)
            it.record(**_facts(it.caller, it.after))  # whoever filed it has it as work
        return self._timers.renew(it.after, it.at)

    def close_complaint(self, step: Step) -> Complaint:
        """Close a complaint once the citizen was told, as who filed it."""
        with self.change(self._complaints, "brokerage.CloseComplaint", step) as it:
            it.after = it.before.close(it.caller, it.at)
            _finish(it, "complaint_closed")
        return self._timers.renew(it.after, it.at)

    def get_complaint(self, caller: Caller, name: str) -> Complaint:
        """Return a complaint to its parties and the authority."""
        return self._timers.renew(self.look(COMPLAINTS, caller, name), self._clock.now())

    def list_complaints(
        self, caller: Caller, size: int = 0, token: str = "", state: ComplaintState | None = None
    ) -> tuple[tuple[Complaint, ...], str]:
        """Return a page of the caller's complaints, newest first, and the token of the next page."""
        at = self._clock.now()
        with self._db.read() as tx:
            found, following = page_of(partial(ComplaintStore(tx).newest, state=state), caller, size, token)
        return tuple(self._timers.renew(one, at) for one in found), following

    def sweep_complaints(self, at: datetime) -> tuple[Complaint, ...]:
        """Put on the log which complaints nobody has answered in time by `at`, once each."""
        facts = partial(_facts, Caller())
        return self._tell_once(
            at, self._complaints, lambda tx, after, count: ComplaintStore(tx).timed(after, count), "brokerage.ExpireComplaint", facts
        )


def _finish(it: Move[Complaint], kind: str) -> None:
    """Put the step on the log, and tell who filed it and who answers it, but whoever took the step."""
    it.record(**_facts(it.caller, it.after))
    told = told_of_complaint(kind, it.after, *(one for one in (it.after.filer, it.after.assignee) if one != it.caller.department))
    it.tell(*told)


def _facts(caller: Caller, complaint: Complaint) -> dict[str, Any]:
    """Return what the log says of a step, beside who, when and what; nothing of what the complaint says."""
    detail = {"state": complaint.state.value, "about": complaint.entry, "about_department": complaint.about_department}
    return {
        "other": complaint.assignee if caller.department == complaint.filer else complaint.filer,
        "case_number": complaint.case_number,
        "detail": {name: value for name, value in detail.items() if value},
    }
