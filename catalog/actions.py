"""What can be done in the directory. Each change is one transaction: load, decide, save, log."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from audit.log import AuditLog
from audit.model import Actor, Event, Kind
from catalog.dcat import Site
from catalog.export import Exporter, Syntax
from catalog.finding import Criteria, matched_fields
from catalog.model import Entry, State, check_officer, draft, publish, revise, send_back, submit, supersede, to_plain, update, withdraw
from catalog.release import Release, sign
from catalog.store import EntrySearch, EntryStore, Found, ReleaseStore
from catalog.store.entries import no_such_entry
from catalog.store.search import LAST_RANK
from catalog.synonyms import shipped_synonyms
from certs.store import DepartmentStore
from hub.access import Caller, Role
from hub.clock import Clock
from hub.db import Database, RequestIds, Tx
from hub.errors import AlreadyExistsError, ConflictError, InvalidInputError, NotAllowedError
from hub.ids import Ids
from hub.paging import from_token, page_size, to_token
from hub.resource import etag_of, revision_of
from hub.signer import Signer
from hub.uscc import parse_uscc

_NAME: Final = re.compile(r"entries/([0-9a-hjkmnp-tv-z]{26})")
_ID: Final = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")
_LONGEST_TITLE: Final = 10_000
_Move = Callable[[Entry], Entry]
Hits = tuple[tuple[Entry, tuple[str, ...]], ...]


class CatalogActions:
    """The actions of the catalog service."""

    def __init__(
        self, db: Database, log: AuditLog, clock: Clock, ids: Ids, signer: Signer, hub: str, *, site: Callable[[], Site] | None = None
    ) -> None:
        """Take what every action needs; `signer` is the ES256 key of releases, `site` tells the addresses that an export names."""
        self._db, self._log, self._clock, self._ids, self._signer, self._hub = db, log, clock, ids, signer, hub
        self._exporter = Exporter(site or partial(Site.of_hub, hub))
        self._synonyms = shipped_synonyms()

    def create(self, caller: Caller, content: Entry, request_id: str = "", *, validate_only: bool = False) -> Entry:
        """Make a draft of the caller's department; the same request sent twice is answered the same. `validate_only` stores nothing."""
        now, asked = self._clock.now(), json.dumps(to_plain(content), sort_keys=True).encode()
        with self._db.read() if validate_only else self._db.begin() as tx:
            requests = RequestIds(tx)
            if done := requests.answered(caller.name, "CreateEntry", request_id, asked):
                return EntryStore(tx).version(done, 1)
            entry = draft(content, caller, self._ids.new(now), _title(tx, content.provider or caller.department), now)
            if not validate_only:
                EntryStore(tx).insert(entry)
                requests.remember(caller.name, "CreateEntry", request_id, asked, entry.id, now)
                self._say(tx, "catalog.CreateEntry", caller, entry)
        return entry

    def update(self, caller: Caller, name: str, version: int, etag: str, content: Entry) -> Entry:
        """Replace the content of a draft; version 0 means the one that is open."""

        def pick(store: EntryStore, entry_id: str) -> Entry:
            return store.version(entry_id, version) if version else _open(store, entry_id)

        return self._step(caller, name, etag, "catalog.UpdateEntry", pick, lambda entry: update(entry, content, caller))

    def submit(self, caller: Caller, name: str, etag: str, reason: str, officer: str) -> Entry:
        """Hand the draft to the authority."""
        check_officer(officer)
        now = self._clock.now()
        return self._step(caller, name, etag, "catalog.SubmitEntry", _open, lambda entry: submit(entry, caller, reason, now), officer, reason)

    def send_back(self, caller: Caller, name: str, etag: str, reason: str, officer: str) -> Entry:
        """Return what was submitted to its provider, with what must change."""
        check_officer(officer)
        return self._step(caller, name, etag, "catalog.ReturnEntry", _open, lambda entry: send_back(entry, caller, reason), officer, reason)

    def publish(self, caller: Caller, name: str, etag: str, officer: str) -> Entry:
        """Put what was submitted in force; the version published before is superseded in the same transaction."""
        check_officer(officer)
        now = self._clock.now()
        with self._db.begin() as tx:
            store = EntryStore(tx)
            before = self._seen(store, caller, name, etag, _open)
            after = publish(before, caller, now)
            _refuse_second_source(store, after)
            for former in store.versions(before.id):
                if former.state is State.PUBLISHED:
                    store.replace(former, supersede(former, now))
            store.replace(before, after)
            self._say(tx, "catalog.PublishEntry", caller, after, officer)
        return after

    def revise(self, caller: Caller, name: str, etag: str, reason: str) -> Entry:
        """Make a new draft version of what is published; that stays in force until the new one is."""
        now = self._clock.now()
        with self._db.begin() as tx:
            store = EntryStore(tx)
            before = self._seen(store, caller, name, etag, _in_force)
            after = revise(before, caller, reason, store.newest(before.id).version + 1, now)
            _refuse_second_draft(store, before)
            store.insert(after)
            self._say(tx, "catalog.ReviseEntry", caller, after, reason=reason)
        return after

    def withdraw(self, caller: Caller, name: str, etag: str, reason: str, officer: str) -> Entry:
        """Take an entry out of the directory."""
        check_officer(officer)
        now = self._clock.now()
        return self._step(caller, name, etag, "catalog.WithdrawEntry", _in_force, lambda entry: withdraw(entry, caller, reason, now), officer, reason)

    def get(self, caller: Caller, name: str, version: int = 0) -> Entry:
        """Return the version named; for 0 the published one, or the newest that the caller may see when none is published."""
        versions = self.versions(caller, name)
        wanted = [entry for entry in versions if entry.version == version] if version else _best(versions)
        if not wanted:
            raise no_such_entry(_id_of(name))
        return wanted[0]

    def versions(self, caller: Caller, name: str) -> tuple[Entry, ...]:
        """Return the versions that the caller may see, newest first."""
        entry_id = _id_of(name)
        with self._db.read() as tx:
            seen = tuple(entry for entry in EntryStore(tx).versions(entry_id) if entry.seen_by(caller))
        if not seen:
            raise no_such_entry(entry_id)
        return seen

    def search(self, criteria: Criteria, size: int = 0, page_token: str = "") -> tuple[Hits, str, int]:
        """Return a page of hits with the fields in which the words stand, the token of the next page, and how many there are in all."""
        limit = page_size(size, default=20, most=100)
        if criteria.provider:
            parse_uscc(criteria.provider)
        with self._db.read() as tx:
            found: Found = EntrySearch(tx, self._synonyms).find(criteria, _position(page_token), limit)
        hits = tuple((entry, matched_fields(entry, criteria.query, self._synonyms)) for entry in found.entries)
        return hits, to_token(*found.next) if found.next else "", found.total

    def create_release(self, caller: Caller, request_id: str = "") -> Release:
        """Sign the directory as it is now, as the next release."""
        _refuse_unless_authority(caller)
        now = self._clock.now()
        with self._db.begin() as tx:
            requests, store = RequestIds(tx), ReleaseStore(tx)
            if done := requests.answered(caller.name, "CreateRelease", request_id, b""):
                return store.get(int(done))
            release = sign(self._hub, store.next_number(), EntryStore(tx).digests(), now, self._signer)
            store.insert(release)
            requests.remember(caller.name, "CreateRelease", request_id, b"", str(release.number), now)
            actor = Actor(caller.department, caller.system, "")
            self._log.append(
                tx,
                Event(Kind.CHANGE, now, "catalog.CreateRelease", actor, resource=release.name, status="ok", digest=release.digest),
            )
        return release

    def get_release(self, number: int = 0) -> Release:
        """Return a release, the newest for 0."""
        if number < 0:
            raise InvalidInputError("number must not be negative", field="number", zh="发布版编号不能为负")
        with self._db.read() as tx:
            return ReleaseStore(tx).get(number)

    def export(self, syntax: Syntax) -> Iterator[bytes]:
        """Yield the published directory as DCAT-AP, in pieces of at most 256 KiB."""
        return self._exporter.pieces(self._db, syntax)

    def _step(
        self,
        caller: Caller,
        name: str,
        etag: str,
        action: str,
        pick: Callable[[EntryStore, str], Entry],
        move: _Move,
        officer: str = "",
        reason: str = "",
    ) -> Entry:
        """Move one version on: read it as the caller saw it, decide, save, log."""
        with self._db.begin() as tx:
            store = EntryStore(tx)
            before = self._seen(store, caller, name, etag, pick)
            after = move(before)
            store.replace(before, after)
            self._say(tx, action, caller, after, officer, reason)
        return after

    @staticmethod
    def _seen(store: EntryStore, caller: Caller, name: str, etag: str, pick: Callable[[EntryStore, str], Entry]) -> Entry:
        """Return the version as the caller read it; refuse one that the caller may not see and one that was changed in between."""
        entry = pick(store, _id_of(name))
        if not entry.seen_by(caller):
            raise no_such_entry(entry.id)
        if revision_of(etag) != entry.revision:
            raise ConflictError(
                f"the entry has etag {etag_of(entry.revision)} by now", zh="目录条目已被他人修改", next_action="read the entry again and decide again"
            )
        return entry

    def _say(self, tx: Tx, action: str, caller: Caller, entry: Entry, officer: str = "", reason: str = "") -> None:
        other = entry.provider if entry.provider != caller.department else ""
        actor = Actor(caller.department, caller.system, officer)
        said = Event(
            Kind.CHANGE, self._clock.now(), action, actor, other, entry.name, reason=reason, status="ok", detail={"version": str(entry.version)}
        )
        self._log.append(tx, said)


def _id_of(name: str) -> str:
    found = _NAME.fullmatch(name)
    if found is None:
        raise InvalidInputError("an entry's name is entries/{entry}", field="name", zh="目录条目名称无效", next_action="take it from SearchEntries")
    return found[1]


def _open(store: EntryStore, entry_id: str) -> Entry:
    """Return the version being worked on; without one the newest, whose state then refuses the step."""
    return store.open_version(entry_id) or store.newest(entry_id)


def _in_force(store: EntryStore, entry_id: str) -> Entry:
    """Return the published version; without one the newest, whose state then refuses the step."""
    return _best(store.versions(entry_id) or (store.newest(entry_id),))[0]


def _best(versions: tuple[Entry, ...]) -> tuple[Entry, ...]:
    in_force = tuple(entry for entry in versions if entry.state is State.PUBLISHED)
    return in_force or versions


def _title(tx: Tx, provider: str) -> str:
    return DepartmentStore(tx).get(provider).title


def _position(token: str) -> tuple[int, int, str] | None:
    start = from_token(token, 3)
    if start is None:
        return None
    rank, size, last = start
    if not (isinstance(rank, int) and isinstance(size, int) and isinstance(last, str)):
        raise _foreign_token()
    if not (0 <= rank <= LAST_RANK and 0 <= size <= _LONGEST_TITLE and _ID.fullmatch(last)):
        raise _foreign_token()
    return rank, size, last


def _foreign_token() -> InvalidInputError:
    return InvalidInputError("page_token was not made by this hub", field="page_token", zh="分页标记无效", next_action="start from the first page")


def _refuse_second_source(store: EntryStore, entry: Entry) -> None:
    """One datum, one source (一数一源): refuse a second system of record for a term, naming the first."""
    first = store.claimant(entry.source.record_term)
    if first is not None and first.id != entry.id:
        raise AlreadyExistsError(
            f"{first.name} ({first.title}) is already the system of record for {entry.source.record_term!r}",
            zh=f"“{entry.source.record_term}”已由《{first.title}》作为唯一数源（一数一源）",
            next_action="derive from that entry, or have it withdrawn first",
            reason="SECOND_SOURCE",
            entry=first.name,
        )


def _refuse_second_draft(store: EntryStore, entry: Entry) -> None:
    """Refuse a revision while another version is being worked on."""
    started = store.open_version(entry.id)
    if started is not None:
        raise AlreadyExistsError(
            f"version {started.version} of the entry is {started.state} already",
            zh="该目录条目已有在编版本",
            next_action="go on with that version",
            reason="OPEN_VERSION",
            entry=entry.name,
        )


def _refuse_unless_authority(caller: Caller) -> None:
    if Role.AUTHORITY not in caller.roles:
        raise NotAllowedError("only the authority makes a release", zh="仅数据共享主管部门可以发布目录", next_action="ask the authority")
