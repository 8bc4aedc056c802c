"""Objections and what follows: the source checks, corrects or dismisses; a correction reaches every department that had the record."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from audit.store import receptions
from brokerage.actions.posting import NOTICES, OBJECTIONS, BrokerageDesk
from brokerage.model import (
    REQUEST_PROCEDURE,
    TARGETS,
    Concern,
    CorrectionNotice,
    Objection,
    ObjectionContent,
    ObjectionState,
    ObjectionTarget,
    Recipient,
    issuer_of,
    possible_keys,
    recipients_of,
    told_of_record,
)
from brokerage.model.reasons import NO_DECISION, NO_SUBJECT, NO_SUCH_FIELD, SUBJECT_IN_CLEAR
from brokerage.store import CorrectionNoticeStore, DataRequestStore, ObjectionStore
from catalog.model import Entry
from catalog.store import EntryStore
from certs.store import DepartmentStore
from hub.access import Caller
from hub.db import Tx
from hub.db.requests import canonical
from hub.resource import id_of, visible
from hub.subject import Subject
from hub.unit_of_work import Move, Step, page_of
from timing.timers import VERIFY_OBJECTION

MOST_TOLD: Final = 10
"""Of its records of the log a department is told the first ones: enough to find the case."""


class ObjectionActions(BrokerageDesk):
    """Objections and correction notices."""

    _pseudonym: Callable[[Subject], bytes]

    def file_objection(self, step: Step, content: ObjectionContent) -> Objection:
        """File an objection and transfer it to the source department; the key of a record becomes a pseudonym at once."""
        with self._db.read() as tx:  # first, because whose record it is (a pseudonym) is part of what is compared between two requests
            source, subject = _source_and_subject(tx, step.caller, content)
        concern = Concern(source) if subject is None else Concern(source, subject.domain, self._pseudonym(subject))

        def make(_tx: Tx, at: datetime) -> tuple[Objection, Mapping[str, Any]]:
            objection = Objection.file(step.caller, content, concern, self._ids.new(at), at)
            objection = replace(objection, timer=self._timers.start(VERIFY_OBJECTION, at))
            return objection, {**_facts(step.caller, objection, objection.officer), "subject": subject}

        pseudonym = concern.subject_pseudonym
        plain = canonical({**content.plain(), "subject_pseudonym": pseudonym.hex()})
        made = self.create(self._objections, "brokerage.FileObjection", step, make, content=plain, former=content.former + pseudonym)
        return self._timers.renew(made, self._clock.now())

    def verify_objection(self, step: Step) -> Objection:
        """Take an objection up, as the source department."""
        with self.change(self._objections, "brokerage.VerifyObjection", step) as it:
            it.after = it.before.verify(it.caller)
            self._tell_recipients(it, "record_under_check")
            it.record(**_facts(it.caller, it.after, it.step.officer))
        return self._timers.renew(it.after, it.at)

    def correct_objection(self, step: Step, outcome: str) -> Objection:
        """Say what was corrected, and send a notice to every department that had received the record."""
        with self.change(self._objections, "brokerage.CorrectObjection", step) as it:
            after = it.before.correct(it.caller, outcome)
            self._check_outcome(after)
            notices = self._notices(it.tx, after, it.at)
            for notice in notices:
                CorrectionNoticeStore(it.tx).insert(notice)
                self._post(it.tx, NOTICES, notice, (), it.at)
            it.after = replace(after, notice_count=len(notices))
            it.record(**_facts(it.caller, it.after, it.step.officer))
        return self._timers.renew(it.after, it.at)

    def dismiss_objection(self, step: Step, outcome: str) -> Objection:
        """Say why the record stands as it is."""
        with self.change(self._objections, "brokerage.DismissObjection", step) as it:
            it.after = it.before.dismiss(it.caller, outcome)
            self._check_outcome(it.after)
            self._tell_recipients(it, "record_confirmed")
            it.record(**_facts(it.caller, it.after, it.step.officer))
        return self._timers.renew(it.after, it.at)

    def confirm_objection(self, step: Step) -> Objection:
        """Close an objection, as the objector."""
        # a confirmation names no officer: the log says again who filed the objection
        with self.change(self._objections, "brokerage.ConfirmObjection", step, by_officer=str) as it:
            it.after = it.before.confirm(it.caller, it.at)
            it.record(**_facts(it.caller, it.after, it.after.officer))
        return self._timers.renew(it.after, it.at)

    def get_objection(self, caller: Caller, name: str) -> Objection:
        """Return an objection to its parties and the authority."""
        return self._timers.renew(self.look(OBJECTIONS, caller, name), self._clock.now())

    def list_objections(
        self, caller: Caller, size: int = 0, token: str = "", state: ObjectionState | None = None
    ) -> tuple[tuple[Objection, ...], str]:
        """Return a page of the caller's objections, newest first, and the token of the next page."""
        at = self._clock.now()
        with self._db.read() as tx:
            found, following = page_of(partial(ObjectionStore(tx).newest, state=state), caller, size, token)
        return tuple(self._timers.renew(one, at) for one in found), following

    def list_correction_notices(self, caller: Caller, size: int = 0, token: str = "") -> tuple[tuple[CorrectionNotice, ...], str]:
        """Return a page of the notices to the caller's department, newest first, and the token of the next page."""
        addressee = Caller(caller.department)  # without its roles: the authority, too, lists only what was sent to itself
        with self._db.read() as tx:
            return page_of(CorrectionNoticeStore(tx).newest, addressee, size, token)

    def acknowledge_correction_notice(self, step: Step) -> CorrectionNotice:
        """Say that a notice arrived, as its recipient."""
        # the model reads the officer, once it has asked who may acknowledge
        with self.change(NOTICES, "brokerage.AcknowledgeCorrectionNotice", step, by_officer=str) as it:
            notice = it.after = it.before.acknowledge(it.caller, step.officer, it.at)
            source = ObjectionStore(it.tx).get(OBJECTIONS.id_of(notice.objection)).source
            it.record(officer=notice.officer, other=source, reason=notice.outcome, detail={"objection": notice.objection})
        return it.after

    def _notices(self, tx: Tx, objection: Objection, at: datetime) -> list[CorrectionNotice]:
        """Return one notice for each department that the log shows to have received the record, the source itself left out."""
        return [CorrectionNotice.to(recipient, objection, self._ids.new(at), at) for recipient in _recipients(tx, objection)]

    @staticmethod
    def _tell_recipients(it: Move[Objection], kind: str) -> None:
        """Tell whoever received the record that it is being checked, or stands; who objected knows it, and a correction is sent to each."""
        told = [told_of_record(kind, it.after, one.department, one.log_indexes[:MOST_TOLD]) for one in _recipients(it.tx, it.after)]
        it.tell(*(one for one in told if one.department != it.after.objector))

    def _check_outcome(self, objection: Objection) -> None:
        """Refuse an outcome that spells the key of the record: every word is tried as a key, since no clear key is stored to compare."""
        # one pseudonym a word; the cap of an outcome bounds how many there are. Unchecked: an objection of an earlier release may be about a
        # number that is none
        words = possible_keys(objection.outcome) if objection.of_a_record else ()
        if any(self._pseudonym(Subject.unchecked(objection.subject_domain, word)) == objection.subject_pseudonym for word in words):
            raise SUBJECT_IN_CLEAR(field="outcome")


def _recipients(tx: Tx, objection: Objection) -> tuple[Recipient, ...]:
    if not objection.of_a_record:
        return ()
    return recipients_of(receptions(tx, objection.resource, objection.subject_pseudonym), objection.source)


def _source_and_subject(tx: Tx, caller: Caller, content: ObjectionContent) -> tuple[str, Subject | None]:
    """Return the department that must check what is objected to, and whose record it is where it is a record."""
    if content.target is ObjectionTarget.LICENSE:
        # by the name alone: licenses lie above this package and cannot be looked up here
        # where the issuer has passed into another department, its successor checks
        return DepartmentStore(tx).heir_of(issuer_of(content.resource)), None
    thing_id = id_of(content.resource, TARGETS[content.target].collection, "objection.resource")
    if content.target is ObjectionTarget.DECISION:
        return _provider_of_decision(tx, caller, thing_id), None
    entry = EntryStore(tx).published(thing_id)
    return entry.provider, _subject(entry, content) if TARGETS[content.target].of_a_record else None


def _subject(entry: Entry, content: ObjectionContent) -> Subject:
    if not entry.subject_domain:
        raise NO_SUBJECT(field="objection.target")
    if content.field and content.field not in {field.name for field in entry.fields}:
        raise NO_SUCH_FIELD(field="objection.field")
    return Subject(entry.subject_domain, content.subject_key, "objection.subject_key")


def _provider_of_decision(tx: Tx, caller: Caller, request_id: str) -> str:
    store = DataRequestStore(tx)
    request = visible(store.get(request_id), caller, store.unknown)
    if request.decide_time is None:
        raise NO_DECISION(state=REQUEST_PROCEDURE.states[request.state], step="file_objection")
    return request.provider


def _facts(caller: Caller, objection: Objection, officer: str) -> dict[str, Any]:
    """Return what the log says of a step, beside who, when and what."""
    return {
        "officer": officer,
        "other": objection.source if caller.department == objection.objector else objection.objector,
        "reason": objection.outcome,
        "case_number": objection.case_number,
        "fields": (objection.field,) if objection.field else (),
        "detail": {
            "state": objection.state.value,
            "target": objection.target.value,
            "about": objection.resource,
            "notices": str(objection.notice_count) if objection.notice_count else "",
        },
    }
