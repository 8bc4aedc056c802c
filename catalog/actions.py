"""What can be done in the directory. Each change is one transaction: load, decide, save, log."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from catalog.comparer import Comparer
from catalog.dcat import Site
from catalog.export import Exporter, Format, Written
from catalog.finding import Criteria, EntryHit, EntryHits, HitPlace, matched_fields
from catalog.model import (
    ENTRY_PROCEDURE,
    IN_PREPARATION,
    Entry,
    EntryContent,
    EntryState,
    EntryStep,
    check_reach,
    gaps,
    to_plain,
    told_of_entry,
)
from catalog.probes import Probes
from catalog.reasons import (
    AUTHORITY_RELEASES,
    CHECKS_TOO_MANY,
    RELEASE_NUMBER_NEGATIVE,
    VERSION_WITHOUT_ENTRY,
)
from catalog.release import Release, sign
from catalog.reviews import Reviews
from catalog.running import NothingRuns, RunningServices
from catalog.serving import Describe, EntryCheck, ask_nobody
from catalog.sources import RecordSources, refuse_second_source, with_sources
from catalog.store import EntrySearch, EntryStore, ReleaseStore, with_titles
from catalog.store.entries import best_of
from catalog.synonyms import Synonyms, shipped_synonyms
from catalog.uniqueness import refuse_second_code, refuse_second_draft
from catalog.updates import DirectoryUpdates
from certs.store import DepartmentStore
from hub.access import ANYBODY, Caller, Duty, Role
from hub.config import REQUIRED, TOLD
from hub.db import RequestIds, Tx
from hub.db.requests import canonical
from hub.desk import AUTHORITY
from hub.faults import Faults
from hub.paging import page_size, place_of, to_token
from hub.resource import check_etag, id_of, visible
from hub.signer import Signer
from hub.unit_of_work import Actions, Change, Kit, Move, Step
from hub.wording import RequestId
from shuniu.identifiers.uscc import parse_uscc
from timing.timers import REVIEW_ENTRY, Timers

_CREATE: Final = "CreateEntry"
FINDINGS: Final = "findings"
"""The detail of a submission and a publication: what the comparison with its system found, by codes."""
MOST_CHECKS: Final = 500
MOST_FINDINGS: Final = 4_000
"""Differences in one answer: at some 700 bytes each they fit into what gRPC takes."""


def _number_of(number: str | int) -> int:
    """Return the place in a list of versions that a token's part stands for; raise ValueError where it is none."""
    if not isinstance(number, int):
        raise ValueError("a number")  # noqa: TRY004 - the token is wrong, not this program
    return number


def _entry_id(name: str) -> str:
    return id_of(name, "entries")


Consumers = Callable[[Tx, str, datetime], Iterable[str]]
"""Tells which departments use an entry (its resource name) at a moment: grants lie above this package."""


def _nobody_uses(_tx: Tx, _entry: str, _at: datetime) -> Iterable[str]:
    """Name nobody: where there are no grants."""
    return ()


class CatalogActions(Actions):
    """The actions of the catalog service."""

    def __init__(
        self,
        kit: Kit,
        signer: Signer,
        hub: str,
        timers: Timers,
        site: Callable[[], Site] | None = None,
        describe: Describe = ask_nobody,
        synonyms: Synonyms | None = None,
        consumers: Consumers = _nobody_uses,
        running: RunningServices | None = None,
        assessment: str = TOLD,
        probe_minutes: int = 0,
    ) -> None:
        """Take the kit; `signer` is the ES256 key of releases, `site` returns the addresses that an export names, `describe` asks a system.

        `timers` know how long a review may take, `consumers` tell who uses an entry and so hears of changes, `running` what becomes of its grants.
        `assessment` says what becomes of a version that leaves something of Decree 809 art. 13 open (`Config.entry_assessment`).
        `probe_minutes` lie between two probes of an entry's service, 0: none is probed.
        `synonyms` are the names of the same meaning that the search knows, else those that are shipped.
        """
        super().__init__(kit)
        self.reviews, self._consumers, self._running = Reviews(kit, timers), consumers, running or NothingRuns()
        self.updates, self.sources = DirectoryUpdates(kit, timers), RecordSources(kit)
        self._comparer = Comparer(kit.db, kit.clock, describe)
        self.probes = Probes(kit, self._comparer, consumers, probe_minutes)
        self._signer, self._hub, self._timers = signer, hub, timers
        self._assessed = assessment == REQUIRED
        self._exporter = Exporter(site or partial(Site.of_hub, hub))
        self._synonyms = synonyms or shipped_synonyms()

    def create_entry(self, step: Step, content: EntryContent) -> Entry:
        """Make a draft of the caller's department; the same request sent twice is answered the same."""
        # folded before it is compared: the same id in full-width characters is the same request
        step = replace(step, request_id=RequestId(step.request_id))

        def make(tx: Tx, at: datetime) -> tuple[Entry, Mapping[str, Any]]:
            entry = self._draft(tx, step.caller, content, at)
            return entry, _facts(entry, step.caller)

        return self.create(self.reviews.aim(EntryStore.first), f"catalog.{_CREATE}", step, make, content=_bytes_of(content))

    def validate(self, step: Step, content: EntryContent) -> Entry:
        """Return the draft that `create_entry` would make, and store nothing."""
        with self._db.read() as tx:
            request_id = RequestId(step.request_id)
            # a request that was done already is answered with what it made, as the call itself would be
            if done := RequestIds(tx).look_up(step.caller.name, _CREATE, request_id, _bytes_of(content)):
                return EntryStore(tx).first(done)
            return self._draft(tx, step.caller, content, self._clock.now())

    def update(self, step: Step, version: int, content: EntryContent) -> Entry:
        """Replace the content of a draft; version 0 means the one in preparation."""
        aim = self.reviews.aim(partial(EntryStore.version, version=version)) if version else self.reviews.in_preparation
        # a draft may change without an officer: one is named when it is submitted
        with self.change(aim, "catalog.UpdateEntry", step, by_officer=str) as it:
            it.after = _of_provider(it.tx, it.before.update(it.caller, content))
            it.record(**_facts(it.after, it.caller))
        return it.after

    def submit(self, step: Step, basis: str = "") -> Entry:
        """Hand the draft to the authority; refused where its system serves something else."""
        self._ask_for(step, EntryStep.SUBMIT)
        with self.change(self.reviews.in_preparation, "catalog.SubmitEntry", step) as it:
            timer = self._timers.start(REVIEW_ENTRY, it.at)
            it.after = _of_provider(it.tx, it.before.submit(it.caller, step.reason, it.at, timer, basis))
            self._check_assessed(it)
            refuse_second_code(it.tx, it.after)
            refuse_second_source(it.tx, it.after)
            found = self._compared(it)
            it.record(**_facts(it.after, it.caller, {FINDINGS: found}, reason=it.after.change_reason))
            self._tell_what_is_at_stake(it)
        return self._timers.renew(it.after, it.at)

    def _check_assessed(self, it: Move[Entry]) -> None:
        """Refuse a version that leaves something of Decree 809 art. 13 open, or tell the authority that it does."""
        self._refuse_unassessed(it.after)
        if count := sum(1 for _ in gaps(it.after)):
            it.tell(told_of_entry("entry_not_assessed", it.after, AUTHORITY, Duty.RULE, missing=str(count)))

    def _refuse_unassessed(self, entry: Entry) -> None:
        if self._assessed:
            faults = Faults()
            for gap in gaps(entry):
                faults.add(gap)
            faults.refuse()

    def _tell_what_is_at_stake(self, it: Move[Entry]) -> None:
        """Tell the provider and the authority, before anything is published, that running grants would lose something (Decree 809 art. 27)."""
        in_force = [one for one in EntryStore(it.tx).versions(it.before.id) if one.state is EntryState.PUBLISHED]
        grants = sum(self._running.at_stake(it.tx, one, it.after, it.at) for one in in_force)
        if grants:
            for department, duty in ((it.after.provider, Duty.DIRECTORY), (AUTHORITY, Duty.RULE)):
                it.tell(told_of_entry("entry_gives_less", it.after, department, duty, grants=str(grants)))

    def send_back(self, step: Step) -> Entry:
        """Return what was submitted to its provider, with what must change."""
        with self.change(self.reviews.in_preparation, "catalog.ReturnEntry", step) as it:
            it.after = it.before.send_back(it.caller, step.reason)
            it.record(**_facts(it.after, it.caller, reason=it.after.change_reason))
            it.tell(told_of_entry("entry_returned", it.after, it.after.provider))
        return it.after

    def publish(self, step: Step) -> Entry:
        """Put what was submitted in force; the version published before is superseded in the same transaction."""
        self._ask_for(step, EntryStep.PUBLISH)
        with self.change(self.reviews.in_preparation, "catalog.PublishEntry", step) as it:
            # who renames the provider at this moment waits, or is waited for: the index has the name of whoever is last
            DepartmentStore(it.tx).lock(it.before.provider)
            self._refuse_unassessed(it.before)
            it.after = _of_provider(it.tx, it.before.publish(it.caller, it.at))
            store = EntryStore(it.tx)
            refuse_second_code(it.tx, it.after)
            refuse_second_source(it.tx, it.after)
            found = self._compared(it)
            sources: dict[str, str] = {}
            # before the new version is written, which happens when the block ends: the index `uq_entries_published` allows one version in force
            for former in store.versions(it.before.id):
                if former.state is EntryState.PUBLISHED:
                    store.replace(former, former.supersede(it.at))
                    self._tell_consumers(it, "entry_changed")
                    for record in self._running.on_publish(it.tx, former, it.after, it.at):
                        it.also(record)
                    if former.source.record_term != it.after.source.record_term:
                        sources |= self.sources.on_leave(it.tx, former, it.at)
            sources |= self.sources.on_publish(it.tx, it.after, it.step.officer, it.at)
            (it.after,) = with_sources(it.tx, (it.after,))
            self.updates.on_publish(it.tx, it.after, it.at)
            self.probes.on_publish(it.tx, it.after, it.at)
            it.tx.announce("entries", it.after.id)
            it.tell(told_of_entry("entry_published", it.after, it.after.provider))
            it.record(**_facts(it.after, it.caller, {FINDINGS: found, **sources}))
        return it.after

    def compared(self, entry: Entry) -> EntryCheck:
        """Return an entry compared with what its system described last; nobody is asked."""
        with self._db.read() as tx:
            return self._comparer.compare(tx, entry)

    def check(self, caller: Caller, name: str, version: int = 0) -> tuple[EntryCheck, ...]:
        """Return entries compared with what their system serves at this moment: the one named, or all published ones that the caller's serves."""
        found = (self._to_check(caller, name, version),) if name else self._served_by(caller, version)
        for department, system in sorted({(entry.provider, entry.serving_system) for entry in found}):
            self._comparer.ask(department, system)
        with self._db.read() as tx:
            checks = tuple(self._comparer.compare(tx, entry) for entry in found)
        if sum(len(one.findings) for one in checks) > MOST_FINDINGS:
            raise CHECKS_TOO_MANY(entries=MOST_CHECKS, findings=MOST_FINDINGS)
        return checks

    def _to_check(self, caller: Caller, name: str, version: int) -> Entry:
        versions = self.versions(caller, name)
        open_ones = tuple(entry for entry in versions if entry.state in IN_PREPARATION)
        wanted = [entry for entry in versions if entry.version == version] if version else open_ones or best_of(versions)
        if not wanted:
            raise EntryStore.unknown()
        # Whoever may submit it may look what stands against that: its provider and the authority.
        ENTRY_PROCEDURE.admit(wanted[0], EntryStep.SUBMIT, caller)
        return wanted[0]

    def _served_by(self, caller: Caller, version: int) -> tuple[Entry, ...]:
        if version:
            raise VERSION_WITHOUT_ENTRY(field="version")
        with self._db.read() as tx:
            found = EntryStore(tx).served_by(caller.department, caller.system, MOST_CHECKS + 1)
        if len(found) > MOST_CHECKS:
            raise CHECKS_TOO_MANY(entries=MOST_CHECKS, findings=MOST_FINDINGS)
        return found

    def _ask_for(self, step: Step, what: EntryStep) -> None:
        """Have the system of an entry asked before a step at it, and before the step's transaction: for a caller who may take it, and no other."""
        with self._db.read() as tx:
            entry = EntryStore(tx).open_version(_entry_id(step.name))
        if entry is not None and ENTRY_PROCEDURE.admits(entry, what, step.caller):
            self._comparer.ask(entry.provider, entry.serving_system)

    def _compared(self, it: Move[Entry]) -> str:
        """Return the codes of what was found; raise IllegalStateError where the entry's system serves something else."""
        check = self._comparer.compare(it.tx, it.after)
        check.refuse_contradictions(it.after.serving_system)
        return check.codes

    def revise(self, step: Step) -> Entry:
        """Make a new draft version of what is published; that stays in force until the new one is."""
        entry_id, now = _entry_id(step.name), self._clock.now()
        with self._db.begin() as tx:
            store = EntryStore(tx)
            before = visible(store.in_force(entry_id), step.caller, store.unknown)
            check_etag(before, step.etag)
            # not `change`: the version in force is only read, and a row is added
            (after,) = with_titles(tx, [before.revise(step.caller, step.reason, store.newest(entry_id).version + 1, now)])
            # after `revise`, which has asked who, why and state
            refuse_second_draft(store, before)
            store.insert(after)
            self._post(tx, self.reviews.in_preparation, after, (), now)
            facts = _facts(after, step.caller, reason=after.change_reason)
            self._journal.write(tx, Change(at=now, action="catalog.ReviseEntry", actor=step.caller, resource=after.name, **facts))
        return after

    def withdraw(self, step: Step) -> Entry:
        """Take an entry out of the directory."""
        with self.change(self.reviews.aim(EntryStore.in_force, is_work=False), "catalog.WithdrawEntry", step) as it:
            it.after = it.before.withdraw(it.caller, step.reason, it.at)
            sources = self.sources.on_leave(it.tx, it.after, it.at)
            it.record(**_facts(it.after, it.caller, sources, reason=it.after.change_reason))
            self._tell_consumers(it, "entry_withdrawn")
            self.updates.on_withdraw(it.tx, it.after, it.at)
            for record in self._running.on_withdraw(it.tx, it.after, it.at):
                it.also(record)
            if it.after.provider != it.caller.department:
                it.tell(told_of_entry("entry_withdrawn", it.after, it.after.provider))
        return it.after

    def _tell_consumers(self, it: Move[Entry], kind: str) -> None:
        consumers = self._consumers(it.tx, it.after.name, it.at)
        it.tell(*(told_of_entry(kind, it.after, one, Duty.REQUESTS) for one in consumers))

    def get(self, caller: Caller, name: str, version: int = 0) -> Entry:
        """Return the version named; for 0 the published one, or the newest that the caller may see when none is published."""
        versions = self.versions(caller, name)
        wanted = [entry for entry in versions if entry.version == version] if version else best_of(versions)
        if not wanted:
            raise EntryStore.unknown()
        return wanted[0]

    def versions(self, caller: Caller, name: str) -> tuple[Entry, ...]:
        """Return the versions that the caller may see, newest first."""
        entry_id, at = _entry_id(name), self._clock.now()
        with self._db.read() as tx:
            found = with_sources(tx, with_titles(tx, EntryStore(tx).versions(entry_id)))
        versions = tuple(self._shown(entry, caller, at) for entry in found if entry.seen_by(caller))
        if not versions:
            raise EntryStore.unknown()
        return versions

    def list_entries(
        self, caller: Caller, state: EntryState | None = None, provider: str = "", size: int = 0, page_token: str = ""
    ) -> tuple[tuple[Entry, ...], str]:
        """Return a page of the versions that the caller may see, newest first, and the token of the next: of a state and a provider where asked."""
        count, position = page_size(size, default=20, most=100), place_of(page_token, 1, _number_of)
        wanted = parse_uscc(provider, "provider") if provider else ""
        reader = None if Role.AUTHORITY in caller.roles else caller.department
        with self._db.read() as tx:
            # one more than the page holds tells whether another page follows
            found = EntryStore(tx).by_state(state, wanted, reader, position, count + 1)
            shown = with_sources(tx, with_titles(tx, (entry for _, entry in found[:count])))
        following = to_token(found[count - 1][0]) if len(found) > count else ""
        at = self._clock.now()
        return tuple(self._shown(entry, caller, at) for entry in shown), following

    def search(self, criteria: Criteria, size: int = 0, page_token: str = "", caller: Caller = ANYBODY) -> EntryHits:
        """Return a page of the published entries that meet the criteria, as the caller sees them."""
        limit = page_size(size, default=20, most=100)
        with self._db.read() as tx:
            store, start = EntrySearch(tx, self._synonyms), place_of(page_token, 3, HitPlace.of)
            page, parts = store.find(criteria, start, limit), tuple[str, ...]()
            if not page.total and criteria.query.strip() and (parts := store.parts(criteria)):
                criteria = replace(criteria, query=" ".join(parts))
                page = store.find(criteria, start, limit)
            shown = with_sources(tx, with_titles(tx, page.entries))
        hits = tuple(EntryHit(one.as_seen_by(caller), matched_fields(one, criteria.query, self._synonyms)) for one in shown)
        return EntryHits(hits, to_token(*page.next) if page.next else "", page.total, parts)

    def create_release(self, step: Step) -> Release:
        """Sign the directory as it is now, as the next release."""
        if Role.AUTHORITY not in step.caller.roles:
            raise AUTHORITY_RELEASES()
        caller, request_id, now = step.caller.name, RequestId(step.request_id), self._clock.now()
        with self._db.begin() as tx:
            requests, store = RequestIds(tx), ReleaseStore(tx)
            # compared with nothing: the caller sends no content with a release
            if done := requests.look_up(caller, "CreateRelease", request_id, b""):
                return store.get(int(done))
            release = sign(self._hub, store.next_number(), EntryStore(tx).digests_to_sign(), now, self._signer)
            store.insert(release)
            requests.remember(caller, "CreateRelease", request_id, b"", str(release.number), now)
            change = Change(at=now, action="catalog.CreateRelease", actor=step.caller, resource=release.name, digest=release.digest)
            self._journal.write(tx, change)
        return release

    def get_release(self, number: int = 0) -> Release:
        """Return a release, the newest for 0."""
        if number < 0:
            raise RELEASE_NUMBER_NEGATIVE(field="number")
        with self._db.read() as tx:
            return ReleaseStore(tx).get(number)

    def export(self, form: Format) -> "Future[Written]":
        """Return the published directory once it is written; nobody may cancel the future, for others wait for it too."""
        return self._exporter.whole(self._db, form)

    def export_entry(self, entry: Entry, form: Format) -> bytes:
        """Return one published entry in the form in which the whole directory is exported."""
        with self._db.read() as tx:
            codes = EntryStore(tx).codes((entry.name, *entry.source.derived_from))
        return self._exporter.one(entry, codes, form)

    def _shown(self, entry: Entry, caller: Caller, at: datetime) -> Entry:
        """Return a version as the caller sees it at a moment."""
        return self._timers.renew(entry.as_seen_by(caller), at)

    def _draft(self, tx: Tx, caller: Caller, content: EntryContent, at: datetime) -> Entry:
        provider = DepartmentStore(tx).get(content.provider or caller.department)
        entry = Entry.draft(content, caller, self._ids.new(at), provider.title, at)
        check_reach(entry, provider)
        return entry


def _of_provider(tx: Tx, entry: Entry) -> Entry:
    """Return an entry with its provider's name as that is registered now; refuse one that reaches beyond the provider."""
    provider = DepartmentStore(tx).get(entry.provider)
    check_reach(entry, provider)
    return replace(entry, provider_title=provider.title)


def _bytes_of(content: EntryContent) -> bytes:
    """Return what is compared when a request comes again: the content as it was sent, before its texts are folded."""
    return canonical(to_plain(Entry.of(content)))


def _facts(entry: Entry, caller: Caller, detail: Mapping[str, str] | None = None, **more: str) -> dict[str, Any]:
    """Return what the log tells of every change of an entry: whose it is where that is another department, which version, and what else there is."""
    other = entry.provider if entry.provider != caller.department else ""
    told = {name: value for name, value in (detail or {}).items() if value}
    return {"other": other, "detail": {"version": str(entry.version), **told}, **more}
