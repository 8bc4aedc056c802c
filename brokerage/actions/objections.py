"""Objections and what follows: the source checks, corrects or dismisses; a correction reaches every department that had the record."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from audit.store import RecordStore
from brokerage.actions.desk import Desk, Trail, id_of, page, unchanged, visible
from brokerage.deadlines import VERIFY_OBJECTION
from brokerage.model import OF_A_RECORD, CorrectionNotice, Objection, ObjectionContent, ObjectionTarget, issuer_of, receptions_by_department
from brokerage.model.objection import canonical_key, key_in_clear
from brokerage.store import CorrectionNoticeStore, DataRequestStore, ObjectionStore
from catalog.model import Entry, check_officer
from catalog.store import EntryStore
from hub.access import Caller
from hub.db import RequestIds, Tx
from hub.errors import IllegalStateError, InvalidInputError
from hub.subject import Subject

_FILE: Final = "FileObjection"
_WORD: Final = re.compile(r"[0-9A-Za-z]{6,64}")


class ObjectionActions(Desk):
    """Objections and correction notices."""

    def file_objection(self, caller: Caller, content: ObjectionContent, request_id: str = "") -> Objection:
        """File an objection and transfer it to the source department; the key of a record becomes a pseudonym at once."""
        at = self._clock.now()
        with self._db.begin() as tx:
            source, subject = _source_and_subject(tx, caller, content)
            pseudonym = b"" if subject is None else self._log.pseudonym(subject)
            key = repr(content).encode() + pseudonym
            seen, store = RequestIds(tx), ObjectionStore(tx)
            if made := seen.answered(caller.name, _FILE, request_id, key):
                return self._read(store.get(made))
            domain = "" if subject is None else subject.domain
            filed = Objection.filed(caller, content, self._ids.new(at), source, at, domain, pseudonym)
            filed = replace(filed, clock=self._deadlines.start(VERIFY_OBJECTION, at))
            store.insert(filed)
            seen.remember(caller.name, _FILE, request_id, key, filed.id, at)
            self._record(tx, caller, at, filed.name, replace(_trail(_FILE, caller, filed, filed.officer), subject=subject))
        return filed

    def verify_objection(self, caller: Caller, name: str, etag: str, officer: str) -> Objection:
        """Take an objection up, as the source department."""
        return self._check("VerifyObjection", caller, name, etag, officer, lambda _, it, __: it.verifying(caller))

    def correct_objection(self, caller: Caller, name: str, etag: str, outcome: str, officer: str) -> Objection:
        """Say what was corrected, and tell every department that had received the record."""

        def decide(tx: Tx, before: Objection, at: datetime) -> Objection:
            before.corrected(caller, outcome, 0)  # who, why and state come first
            notices = self._notices(tx, before, outcome, at)
            for notice in notices:
                CorrectionNoticeStore(tx).insert(notice)
            return before.corrected(caller, outcome, len(notices))

        return self._check("CorrectObjection", caller, name, etag, officer, decide)

    def dismiss_objection(self, caller: Caller, name: str, etag: str, outcome: str, officer: str) -> Objection:
        """Say why the record stands as it is."""
        return self._check("DismissObjection", caller, name, etag, officer, lambda _, it, __: it.dismissed(caller, outcome))

    def confirm_objection(self, caller: Caller, name: str, etag: str) -> Objection:
        """Close an objection, as the objector."""
        return self._take("ConfirmObjection", caller, name, etag, "", lambda _, it, at: it.confirmed(caller, at))

    def get_objection(self, caller: Caller, name: str) -> Objection:
        """Return an objection to its parties and the authority."""
        with self._db.read() as tx:
            store = ObjectionStore(tx)
            return self._read(visible(store, store.get(id_of(name, "objections")), caller))

    def list_objections(self, caller: Caller, size: int = 0, token: str = "") -> tuple[tuple[Objection, ...], str]:
        """Return a page of the caller's objections, newest first, and the token of the next page."""
        with self._db.read() as tx:
            found, following = page(ObjectionStore(tx).newest, caller, size, token)
            return tuple(self._read(one) for one in found), following

    def list_correction_notices(self, caller: Caller, size: int = 0, token: str = "") -> tuple[tuple[CorrectionNotice, ...], str]:
        """Return a page of the notices to the caller's department, newest first, and the token of the next page."""
        with self._db.read() as tx:
            found, following = page(CorrectionNoticeStore(tx).newest, Caller(caller.department), size, token)
            return tuple(found), following

    def acknowledge_correction_notice(self, caller: Caller, name: str, etag: str, officer: str) -> CorrectionNotice:
        """Say that a notice arrived, as its recipient."""
        at = self._clock.now()
        with self._db.begin() as tx:
            store = CorrectionNoticeStore(tx)
            before = unchanged(visible(store, store.get(id_of(name, "correctionNotices")), caller), etag)
            after = store.replace(before, before.acknowledged(caller, officer, at))
            source = ObjectionStore(tx).get(after.objection.removeprefix("objections/")).source
            trail = Trail("AcknowledgeCorrectionNotice", officer, source, after.outcome, detail=(("objection", after.objection),))
            self._record(tx, caller, at, after.name, trail)
        return after

    def _check(self, action: str, caller: Caller, name: str, etag: str, officer: str, decide: "Decide") -> Objection:
        check_officer(officer)
        return self._take(action, caller, name, etag, officer, decide)

    def _take(self, action: str, caller: Caller, name: str, etag: str, officer: str, decide: "Decide") -> Objection:
        at = self._clock.now()
        with self._db.begin() as tx:
            store = ObjectionStore(tx)
            before = unchanged(visible(store, store.get(id_of(name, "objections")), caller), etag)
            after = decide(tx, before, at)
            self._refuse_key_in_outcome(after)
            store.replace(before, after)
            self._record(tx, caller, at, after.name, _trail(action, caller, after, officer or after.officer))
        return self._read(after)

    def _notices(self, tx: Tx, objection: Objection, outcome: str, at: datetime) -> list[CorrectionNotice]:
        """Return one notice for each department that the log shows to have received the record, the source itself left out."""
        if objection.target not in OF_A_RECORD:
            return []
        receptions = RecordStore(tx).receptions(objection.resource, objection.subject_pseudonym)
        grouped = receptions_by_department([(one.department, one.case_number, one.index) for one in receptions], objection.source)
        return [
            CorrectionNotice(
                id=self._ids.new(at),
                objection=objection.name,
                recipient=department,
                entry=objection.resource,
                case_numbers=cases,
                log_indexes=indexes,
                outcome=outcome,
                create_time=at,
            )
            for department, (cases, indexes) in grouped.items()
        ]

    def _refuse_key_in_outcome(self, objection: Objection) -> None:
        """Refuse an outcome that spells the key of the record: every word is tried as a key, since no clear key is kept to compare."""
        words = set(_WORD.findall(objection.outcome)) if objection.target in OF_A_RECORD else set()
        if any(self._log.pseudonym(Subject(objection.subject_domain, canonical_key(word))) == objection.subject_pseudonym for word in words):
            raise key_in_clear("outcome")

    def _read(self, objection: Objection) -> Objection:
        return replace(objection, clock=self._deadlines.read(objection.clock))


Decide = Callable[[Tx, Objection, datetime], Objection]


def _source_and_subject(tx: Tx, caller: Caller, content: ObjectionContent) -> tuple[str, Subject | None]:
    """Return the department that must check what is objected to, and whose record it is where it is a record."""
    if content.target is ObjectionTarget.LICENSE:
        return issuer_of(content.resource), None
    if content.target is ObjectionTarget.DECISION:
        return _provider_of_decision(tx, caller, content.resource), None
    entry = EntryStore(tx).published(id_of(content.resource, "entries", "objection.resource"))
    if content.target is ObjectionTarget.ENTRY:
        return entry.provider, None
    return entry.provider, _subject(entry, content)


def _subject(entry: Entry, content: ObjectionContent) -> Subject:
    key = canonical_key(content.subject_key)
    if not entry.subject_domain:
        raise InvalidInputError(
            "records of this entry are not found by a person's or a company's number; object to the entry instead",
            field="objection.target",
            zh="该目录条目不按数据主体查询，请对目录条目提出异议",
            reason="NO_SUBJECT",
        )
    if content.target is ObjectionTarget.FIELD and content.field not in [field.name for field in entry.fields]:
        raise InvalidInputError(
            "the entry has no such field", field="objection.field", zh="目录条目没有该信息项", next_action="read the entry's fields"
        )
    return Subject(entry.subject_domain, key)


def _provider_of_decision(tx: Tx, caller: Caller, resource: str) -> str:
    store = DataRequestStore(tx)
    request = visible(store, store.get(id_of(resource, "dataRequests", "objection.resource")), caller)
    if request.decide_time is None:
        raise IllegalStateError(
            f"the request is {request.state.value}; there is no decision to file_objection to",
            zh="该申请尚无决定",
            next_action="wait for the decision",
            state=request.state.value,
            step="file_objection",
        )
    return request.provider


def _trail(action: str, caller: Caller, objection: Objection, officer: str) -> Trail:
    other = objection.source if caller.department == objection.objector else objection.objector
    detail = (
        ("state", objection.state.value),
        ("target", objection.target.value),
        ("about", objection.resource),
        ("notices", str(objection.notice_count) if objection.notice_count else ""),
    )
    fields = (objection.field,) if objection.field else ()
    return Trail(action, officer, other, objection.outcome, case_number=objection.case_number, fields=fields, detail=detail)
