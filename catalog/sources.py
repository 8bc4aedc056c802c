"""数源部门: who is the source of a term, by the authority's word (Decree 809 art. 19)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from catalog.model import Entry
from catalog.model.record_source import RecordSource, SourceContent, SourceOrigin, SourceState, Term, told_of_source
from catalog.reasons import AUTHORITY_NAMES_SOURCES, RECORD_SOURCE_ALREADY, RECORD_SOURCE_OF_OTHER, SECOND_SOURCE
from catalog.store import EntryStore, RecordSourceStore
from certs.store import DepartmentStore
from hub.access import Caller, Role
from hub.carrying import CarryingActions
from hub.clock import day_in_china
from hub.db import Tx
from hub.db.requests import canonical
from hub.resource import id_of
from hub.succession import Passing
from hub.unit_of_work import Aim, Change, Step, page_of
from hub.wording import RequestId
from shuniu.identifiers.uscc import parse_uscc

SOURCES: Final = Aim(store=RecordSourceStore, id_of=partial(id_of, collection="recordSources"), title=lambda source: source.term)


class RecordSources(CarryingActions):
    """The sources of terms."""

    def assign(self, step: Step, content: SourceContent) -> RecordSource:
        """Name a department as the source of a term, as the authority; who was it before is so no longer. A request sent twice is done once."""
        if Role.AUTHORITY not in step.caller.roles:
            raise AUTHORITY_NAMES_SOURCES()
        step = replace(step, request_id=RequestId(step.request_id))

        def make(tx: Tx, at: datetime) -> tuple[RecordSource, Mapping[str, Any]]:
            DepartmentStore(tx).get(content.department).check_provides()
            hold_term(tx, content.term)
            source = RecordSource.assign(content, self._ids.new(at), at)
            self._end_former(tx, source, step.caller, at)
            return source, {**_facts(source), "officer": source.officer, "reason": source.basis}

        made = self.create(SOURCES, "catalog.AssignRecordSource", step, make, content=canonical(content.plain()))
        return self._titled([made])[0]

    def end(self, step: Step) -> RecordSource:
        """End a naming, as the authority."""
        with self.change(SOURCES, "catalog.EndRecordSource", step) as it:
            it.after = it.before.end(it.caller, step.reason, it.at)
            it.record(**_facts(it.after))
            it.tell(told_of_source("record_source_ended", it.after, _claim(it.tx, it.after)))
        return self._titled([it.after])[0]

    def get(self, caller: Caller, name: str) -> RecordSource:
        """Return a source."""
        return self._titled([self.look(SOURCES, caller, name)])[0]

    def newest(
        self, caller: Caller, size: int, token: str, term: str = "", department: str = "", state: SourceState | None = None
    ) -> tuple[tuple[RecordSource, ...], str]:
        """Return a page of sources, newest first, of a term, of a department and in a state where these are given; and the token of the next page."""
        wanted = (Term(term) if term.strip() else "", parse_uscc(department, "department") if department.strip() else "", state)
        with self._db.read() as tx:
            found, following = page_of(lambda _party, before, count: RecordSourceStore(tx).listed(before, count, *wanted), caller, size, token)
        return self._titled(found), following

    def on_publish(self, tx: Tx, after: Entry, officer: str, at: datetime) -> dict[str, str]:
        """Take note of a version that is published: it names its provider as the source where nobody is named (art. 19).

        Return what the record of the publication says of that.
        """
        term, store = after.source.record_term, RecordSourceStore(tx)
        if not term or store.of(term) is not None:
            return {}
        made = RecordSource(
            id=self._ids.new(at),
            origin=SourceOrigin.PUBLISHED,
            term=term,
            department=after.provider,
            basis=after.name,
            officer=officer,
            create_time=at,
        )
        store.insert(made)
        return {"record_source": made.name}

    def on_leave(self, tx: Tx, former: Entry, at: datetime) -> dict[str, str]:
        """Take note of a version that is in force no longer: whom it alone had named is the source no longer.

        Return what the record of the step says of that.
        """
        term, store = former.source.record_term, RecordSourceStore(tx)
        source = store.of(term)
        if source is None or source.origin is not SourceOrigin.PUBLISHED or source.department != former.provider:
            return {}
        if any(one.id != former.id for one in EntryStore(tx).claimants(term, former.provider)):
            return {}
        store.replace(source, source.lapse(former.name, at))
        return {"record_source_lapsed": source.name}

    def carry(self, passing: Passing, at: datetime) -> Iterator[bool]:
        """Pass on, or end, what the predecessor is the source of."""
        yield from self._carry_each(
            lambda tx, after, count: RecordSourceStore(tx).of_department(passing.predecessor, after, count),
            lambda one: one.id,
            lambda tx, one: self._carry_one(tx, passing, one, at),
        )

    def _carry_one(self, tx: Tx, passing: Passing, one: RecordSource, at: datetime) -> None:
        # where an entry says so, to whoever has the entry now: a split may give it to another than the first
        heirs = [entry.provider for entry in EntryStore(tx).claimants(one.term) if entry.provider != passing.predecessor]
        successor = heirs[0] if heirs and passing.is_split else passing.successor
        after = one.pass_to(successor) if successor else one.lapse(passing.reason, at)
        RecordSourceStore(tx).replace(one, after)
        action = "catalog.PassRecordSource" if successor else "catalog.LapseRecordSource"
        self._journal.write(tx, passing.change(action, one.name, at, detail={"term": one.term, **({"successor": successor} if successor else {})}))

    def _end_former(self, tx: Tx, source: RecordSource, by: Caller, at: datetime) -> None:
        """End whatever was named before, and tell whoever is the source, or claims to be, and is not any more."""
        store = RecordSourceStore(tx)
        former = store.of(source.term)
        if former is not None:
            if (former.department, former.origin) == (source.department, SourceOrigin.ASSIGNED):
                raise RECORD_SOURCE_ALREADY(source=former.name, term=former.term)
            ended = former.replace_by(source, at)
            store.replace(former, ended)
            facts = {**_facts(ended), "officer": source.officer, "reason": source.basis}
            self._journal.write(tx, Change(at=at, action="catalog.ReplaceRecordSource", actor=by, resource=ended.name, **facts))
        told = {one.provider: one.name for one in EntryStore(tx).claimants(source.term)}
        if former is not None:
            told.setdefault(former.department, "")
        told.pop(source.department, None)
        notices = [told_of_source("record_source_replaced", replace(source, department=one), entry) for one, entry in told.items()]
        self._post(tx, SOURCES, source, (told_of_source("record_source_named", source), *notices), at)

    def _titled(self, found: Iterable[RecordSource]) -> tuple[RecordSource, ...]:
        known = tuple(found)
        with self._db.read() as tx:
            titles = DepartmentStore(tx).titles({one.department for one in known})
        return tuple(replace(one, department_title=titles.get(one.department, "")) for one in known)


def hold_term(tx: Tx, term: str) -> None:
    """Let nobody else name a source of a term, or publish a claim to it, until the transaction ends."""
    tx.hold(f"record source {term}")


def refuse_second_source(tx: Tx, entry: Entry) -> None:
    """One datum, one source (一数一源): refuse a claim to a term whose source is another entry, or by the authority's word another department."""
    term = entry.source.record_term
    if not term:
        return
    hold_term(tx, term)
    source = RecordSourceStore(tx).of(term)
    # where nobody was named, whoever claimed it first is the source: so it was before sources were kept
    claimants = EntryStore(tx).claimants(term, source.department if source else "")
    first = next((one for one in claimants if one.id != entry.id), None)
    if first is not None:
        raise SECOND_SOURCE(entry=first.name, title=first.title, term=term)
    if source is not None and source.department != entry.provider:
        title = DepartmentStore(tx).called(source.department)
        raise RECORD_SOURCE_OF_OTHER(term=term, department=title, day=day_in_china(source.create_time).isoformat(), source=source.name)


def with_sources(tx: Tx, found: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return entries with the department that is the source of the term that they claim: the provider itself where nobody was named."""
    known = tuple(found)
    sources = RecordSourceStore(tx).of_terms(one.source.record_term for one in known if one.is_in_force)
    return tuple(replace(one, record_source=_source_of(one, sources)) if one.is_in_force and one.source.record_term else one for one in known)


def _source_of(entry: Entry, sources: Mapping[str, RecordSource]) -> str:
    source = sources.get(entry.source.record_term)
    return source.department if source else entry.provider


def _claim(tx: Tx, source: RecordSource) -> str:
    """Return the entry by which a department still says that it is the source; empty where none does."""
    found = EntryStore(tx).claimants(source.term, source.department)
    return found[0].name if found else ""


def _facts(source: RecordSource) -> dict[str, Any]:
    """Return what the log says of a step, beside who, when and what."""
    return {"other": source.department, "detail": {"term": source.term, "state": source.state.value, "origin": source.origin.value}}
