"""Objections and what follows: the source checks, corrects or dismisses; a correction reaches every department that had the record."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from brokerage.actions.objection_desk import ObjectionDesk, facts_of, recipients
from brokerage.actions.posting import NOTICES, OBJECTIONS
from brokerage.licenses import LicenseCorrection, Licenses
from brokerage.live_objections import TOPIC as LIVE_OBJECTIONS
from brokerage.model import (
    REQUEST_PROCEDURE,
    TARGETS,
    Concern,
    CorrectionNotice,
    Objection,
    ObjectionContent,
    ObjectionState,
    ObjectionTarget,
    issuer_of,
)
from brokerage.model.reasons import NO_DECISION, NO_SUBJECT, NO_SUCH_FIELD, OPEN_ALREADY, TOO_MANY_OPEN
from brokerage.store import CorrectionNoticeStore, DataRequestStore, ObjectionStore
from catalog.model import Entry
from catalog.store import EntryStore
from certs.store import DepartmentStore
from hub.access import HUB, Caller
from hub.db import Tx
from hub.db.requests import canonical
from hub.errors import ConflictError, IntegrityError
from hub.resource import id_of, visible
from hub.subject import Subject
from hub.unit_of_work import Change, Move, Step, page_of
from timing.timers import VERIFY_OBJECTION

MOST_OPEN: Final = 20
"""Open objections to one record, of all departments together: its source checks the record once, however many object."""


class ObjectionActions(ObjectionDesk):
    """Objections: filed, checked, corrected or dismissed, confirmed; and the time of a check that runs out."""

    _licenses: Licenses

    def file_objection(self, step: Step, content: ObjectionContent) -> Objection:
        """File an objection and transfer it to the source department; the key of a record becomes a pseudonym at once."""
        with self._db.read() as tx:  # first, because whose record it is (a pseudonym) is part of what is compared between two requests
            source, subject = self._source_and_subject(tx, step.caller, content)
        concern = Concern(source) if subject is None else Concern(source, subject.domain, self._pseudonym(subject))

        def make(tx: Tx, at: datetime) -> tuple[Objection, Mapping[str, Any]]:
            objection = Objection.file(step.caller, content, concern, self._ids.new(at), at)
            self._refuse_repetition(tx, objection)
            objection = replace(objection, timer=self._timers.start(VERIFY_OBJECTION, at))
            return objection, {**facts_of(step.caller, objection, objection.officer), "subject": subject}

        pseudonym = concern.subject_pseudonym
        plain = canonical({**content.plain(), "subject_pseudonym": pseudonym.hex()})
        made = self.create(self._objections, "brokerage.FileObjection", step, make, content=plain, former=content.former + pseudonym)
        return self._timers.renew(made, self._clock.now())

    def verify_objection(self, step: Step) -> Objection:
        """Take an objection up, as the source department."""
        with self.change(self._objections, "brokerage.VerifyObjection", step) as it:
            it.after = it.before.verify(it.caller)
            self._tell_recipients(it, "record_under_check")
            it.record(**facts_of(it.caller, it.after, it.step.officer))
        return self._timers.renew(it.after, it.at)

    def correct_objection(self, step: Step, outcome: str, successor: str = "") -> Objection:
        """Say what was corrected, and send a notice to every department that had received the record; a license is superseded at once."""
        with self.change(self._objections, "brokerage.CorrectObjection", step) as it:
            after = it.before.correct(it.caller, outcome, successor)
            self._check_words(after, after.outcome, "outcome")
            changes = self._correct_license(it, after)
            it.after = replace(after, notice_count=self._send_notices(it.tx, after, it.at))
            it.record(**facts_of(it.caller, it.after, it.step.officer))
            for change in changes:
                it.also(change)
        return self._timers.renew(it.after, it.at)

    def dismiss_objection(self, step: Step, outcome: str) -> Objection:
        """Say why the record stands as it is."""
        with self.change(self._objections, "brokerage.DismissObjection", step) as it:
            it.after = it.before.dismiss(it.caller, outcome)
            self._check_words(it.after, it.after.outcome, "outcome")
            self._tell_recipients(it, "record_confirmed")
            it.record(**facts_of(it.caller, it.after, it.step.officer))
        return self._timers.renew(it.after, it.at)

    def confirm_objection(self, step: Step) -> Objection:
        """Close an objection, as the objector."""
        # a confirmation names no officer: the log says again who filed the objection
        with self.change(self._objections, "brokerage.ConfirmObjection", step, by_officer=str) as it:
            it.after = it.before.confirm(it.caller, it.at)
            it.record(**facts_of(it.caller, it.after, it.after.officer))
        return self._timers.renew(it.after, it.at)

    def get_objection(self, caller: Caller, name: str) -> Objection:
        """Return an objection to its parties and the authority."""
        found = self._timers.renew(self.look(OBJECTIONS, caller, name), self._clock.now())
        with self._db.read() as tx:
            return _with_counts(tx, (found,))[0]

    def list_objections(
        self, caller: Caller, size: int = 0, token: str = "", state: ObjectionState | None = None
    ) -> tuple[tuple[Objection, ...], str]:
        """Return a page of the caller's objections, newest first, and the token of the next page."""
        at = self._clock.now()
        with self._db.read() as tx:
            found, following = page_of(partial(ObjectionStore(tx).newest, state=state), caller, size, token)
            found = _with_counts(tx, found)
        return tuple(self._timers.renew(one, at) for one in found), following

    def sweep_objections(self, at: datetime) -> tuple[Objection, ...]:
        """Put on the log which checks have taken too long by `at`, each in a transaction of its own; the source still answers.

        Calling it again changes nothing: an objection keeps when it was told. Its work goes to the authority by its due time.
        """
        running = self._over(lambda tx, after, count: ObjectionStore(tx).running(after, count), at)
        return tuple(overdue for one in running for overdue in self._run_out_objection(one, at))

    def _run_out_objection(self, objection_id: str, at: datetime) -> list[Objection]:
        try:
            with self._db.begin() as tx:
                waiting = self._timers.renew(ObjectionStore(tx).get(objection_id), at)
                timer = waiting.timer
                if not waiting.awaits_step or timer is None or timer.told_time is not None or not self._timers.is_over(waiting, at):
                    return []
                overdue = ObjectionStore(tx).replace(waiting, waiting.run_out(at))
                self._post(tx, self._objections, overdue, (), at)
                # Decree 809 art. 26
                facts = facts_of(HUB, overdue, "", f"the clock of the check ran out; escalated to the authority ({timer.citation})")
                facts = {**facts, "other": overdue.source}
                self._journal.write(tx, Change(at=at, action="brokerage.ExpireObjection", actor=HUB, resource=overdue.name, **facts))
        except (ConflictError, IntegrityError):
            return []  # it was answered at this very moment, or it is not what the log says of it
        return [overdue]

    def _correct_license(self, it: Move[Objection], after: Objection) -> Iterable[Change]:
        """Let the successor take the license's place; of anything else there is none."""
        if after.target is not ObjectionTarget.LICENSE:
            return ()
        facts: dict[str, Any] = {"license": after.resource, "successor": after.successor, "reason": after.outcome}
        return self._licenses.correct(it.tx, LicenseCorrection(caller=it.caller, officer=it.step.officer, at=it.at, **facts))

    def _send_notices(self, tx: Tx, objection: Objection, at: datetime) -> int:
        """Send a notice to each department that the log shows to have received the record, the source left out; return to how many.

        One that had a notice of an earlier correction of the same objection gets it again, to acknowledge it anew.
        """
        store, told = CorrectionNoticeStore(tx), recipients(tx, objection)
        for recipient in told:
            notice, before = CorrectionNotice.to(recipient, objection, self._ids.new(at), at), store.to(objection.name, recipient.department)
            if before is None:
                store.insert(notice)
            else:
                notice = store.replace(before, before.send_again(notice))
            self._post(tx, NOTICES, notice, (), at)
        return len(told)

    def _refuse_repetition(self, tx: Tx, objection: Objection) -> None:
        """Refuse a second open objection of a department to the same, and any to a record that has too many."""
        # The counter of changes is locked first, and until the commit: of two that are filed at once, the second finds the first.
        tx.announce(LIVE_OBJECTIONS, objection.id)
        found = ObjectionStore(tx).open_to(objection.resource, objection.subject_pseudonym)
        for one in found:
            if (one.objector, one.target, one.field) == (objection.objector, objection.target, objection.field):
                raise OPEN_ALREADY(objection=one.name)
        if objection.of_a_record and len(found) >= MOST_OPEN:
            raise TOO_MANY_OPEN(most=MOST_OPEN)

    def _source_and_subject(self, tx: Tx, caller: Caller, content: ObjectionContent) -> tuple[str, Subject | None]:
        """Return the department that must check what is objected to, and whose record it is where it is a record; what is not there is refused."""
        if content.target is ObjectionTarget.LICENSE:
            issuer_of(content.resource)  # by its spelling first: what is no license's name is told as that
            # where the issuer has passed into another department, its successor checks
            return DepartmentStore(tx).heir_of(self._licenses.issuer_of(tx, content.resource)), None
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


def _with_counts(tx: Tx, found: tuple[Objection, ...]) -> tuple[Objection, ...]:
    """Return objections as they are looked at: with how many of their notices were acknowledged."""
    names = [one.name for one in found if one.notice_count]
    known = CorrectionNoticeStore(tx).acknowledged(names) if names else {}
    return tuple(replace(one, acknowledged_count=known.get(one.name, 0)) for one in found)
