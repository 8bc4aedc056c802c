"""目录更新: what entries owe to changes of law or duties, within the time that the law gives (Decree 809 art. 17)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any, Final

from catalog.model import Entry
from catalog.model.directory_update import DirectoryUpdate, UpdateContent, UpdateState, beginning_of, told_of_update, update_waits
from catalog.reasons import TOO_MANY_UPDATES, UPDATE_DUE_ALREADY, UPDATE_OF_OTHER_PARTY
from catalog.store import DirectoryUpdateStore, EntryStore
from hub.access import HUB, Caller, Role
from hub.db import Tx
from hub.db.requests import canonical
from hub.procedure import PARTIES, Party
from hub.resource import id_of
from hub.unit_of_work import Aim, Change, Kit, Move, Step, page_of
from hub.wording import RequestId
from shuniu.words import Word, either
from timing.extension import Extension
from timing.overdue import OverdueActions
from timing.timers import UPDATE_DIRECTORY, Timers

MOST_DUE: Final = 20
"""Updates that one entry owes at once: each names another change."""
_REPORT: Final = Word("report", "report a change of", "报告变化")
UPDATES: Final = Aim(
    store=DirectoryUpdateStore,
    id_of=partial(id_of, collection="directoryUpdates"),
    called=lambda tx, update: EntryStore(tx).title_of(id_of(update.entry, "entries")) or update.entry,
)
_Decide = Callable[[DirectoryUpdate, Caller, str, str, datetime], DirectoryUpdate]


class DirectoryUpdates(OverdueActions):
    """The updates that entries owe."""

    def __init__(self, kit: Kit, timers: Timers) -> None:
        """Take the kit and the time limits."""
        super().__init__(kit)
        self._timers = timers

    @cached_property
    def _updates(self) -> Aim[DirectoryUpdate]:
        return replace(UPDATES, waits=lambda one: update_waits(self._timers.renew(one, self._clock.now())))

    def report(self, step: Step, content: UpdateContent) -> DirectoryUpdate:
        """Report that law or duties changed, as the provider of an entry or the authority; the same request sent twice is done once."""
        step = replace(step, request_id=RequestId(step.request_id))

        def make(tx: Tx, at: datetime) -> tuple[DirectoryUpdate, Mapping[str, Any]]:
            entry = EntryStore(tx).published(id_of(content.entry, "entries", "directory_update.entry"))
            _admit(step.caller, entry)
            timer = self._timers.start(UPDATE_DIRECTORY, beginning_of(content.change_date))
            update = DirectoryUpdate.report(step.caller, entry, content, timer, self._ids.new(at), at)
            _check_new(DirectoryUpdateStore(tx).due_of(entry.name), update)
            return update, {**_facts(update), "officer": update.officer, "reason": update.change}

        made = self.create(self._updates, "catalog.ReportDirectoryUpdate", step, make, content=canonical(content.plain()))
        return self._timers.renew(made, self._clock.now())

    def request_extension(self, step: Step, days: int) -> DirectoryUpdate:
        """Ask the authority for more time, as the provider."""
        with self.change(self._updates, "catalog.RequestUpdateExtension", step) as it:
            most = self._timers.extension_days(it.before.timer)
            wish = Extension(working_days=days, reason=step.reason, officer=it.step.officer, request_time=it.at)
            it.after = it.before.request_extension(it.caller, wish, most)
            it.record(**_facts(it.after))
        return self._timers.renew(it.after, it.at)

    def allow_extension(self, step: Step) -> DirectoryUpdate:
        """Give the provider the time that it asked for, as the authority."""
        return self._decide("catalog.AllowUpdateExtension", step, DirectoryUpdate.allow_extension, "update_extension_allowed")

    def refuse_extension(self, step: Step) -> DirectoryUpdate:
        """Leave the due time as it is, as the authority."""
        return self._decide("catalog.RefuseUpdateExtension", step, DirectoryUpdate.refuse_extension, "update_extension_refused")

    def withdraw(self, step: Step) -> DirectoryUpdate:
        """Take a report back that was a mistake."""
        with self.change(self._updates, "catalog.WithdrawDirectoryUpdate", step) as it:
            it.after = it.before.withdraw(it.caller, step.reason, it.at)
            self._finish(it, "directory_update_withdrawn")
        return self._timers.renew(it.after, it.at)

    def get(self, caller: Caller, name: str) -> DirectoryUpdate:
        """Return an update to its parties and the authority."""
        return self._timers.renew(self.look(UPDATES, caller, name), self._clock.now())

    def newest(self, caller: Caller, size: int = 0, token: str = "", state: UpdateState | None = None) -> tuple[tuple[DirectoryUpdate, ...], str]:
        """Return a page of the caller's updates, newest first, and the token of the next page."""
        at = self._clock.now()
        with self._db.read() as tx:
            found, following = page_of(partial(DirectoryUpdateStore(tx).newest, state=state), caller, size, token)
        return tuple(self._timers.renew(one, at) for one in found), following

    def on_publish(self, tx: Tx, published: Entry, at: datetime) -> None:
        """Fulfil, in the transaction that publishes a version, the updates that it meets."""
        for one in DirectoryUpdateStore(tx).due_of(published.name):
            if one.is_met_by(published):
                self._fulfil(tx, one, published.version, at)

    def on_withdraw(self, tx: Tx, entry: Entry, at: datetime) -> None:
        """Fulfil, in the transaction that withdraws an entry, whatever it owed."""
        for one in DirectoryUpdateStore(tx).due_of(entry.name):
            self._fulfil(tx, one, 0, at)

    def on_pass(self, tx: Tx, entry: str, successor: str, reason: str, at: datetime) -> None:
        """Let the successor of a provider owe what its entry owes; without one it ends."""
        for one in DirectoryUpdateStore(tx).due_of(entry):
            after = one.pass_to(successor, reason, at)
            self._write(tx, one, after, "catalog.PassDirectoryUpdate" if successor else "catalog.EndDirectoryUpdate", at)

    def sweep(self, at: datetime) -> tuple[DirectoryUpdate, ...]:
        """Put on the log which updates were not made in time by `at`, once each; they stay due."""
        return self._tell_once(
            at, self._updates, lambda tx, after, count: DirectoryUpdateStore(tx).timed(after, count), "catalog.ExpireDirectoryUpdate", _facts
        )

    def _decide(self, action: str, step: Step, decide: _Decide, kind: str) -> DirectoryUpdate:
        with self.change(self._updates, action, step) as it:
            it.after = decide(it.before, it.caller, step.reason, it.step.officer, it.at)
            self._finish(it, kind)
        return self._timers.renew(it.after, it.at)

    def _finish(self, it: Move[DirectoryUpdate], kind: str) -> None:
        it.record(**_facts(it.after))
        it.tell(*told_of_update(kind, it.after, *(one for one in (it.after.provider, it.after.filer) if one != it.caller.department)))

    def _fulfil(self, tx: Tx, one: DirectoryUpdate, version: int, at: datetime) -> None:
        self._write(tx, one, one.fulfil(version, at), "catalog.FulfilDirectoryUpdate", at)

    def _write(self, tx: Tx, before: DirectoryUpdate, after: DirectoryUpdate, action: str, at: datetime) -> None:
        DirectoryUpdateStore(tx).replace(before, after)
        self._post(tx, self._updates, after, (), at)
        self._journal.write(tx, Change(at=at, action=action, actor=HUB, resource=after.name, **{**_facts(after), "reason": after.reason}))


def _admit(caller: Caller, entry: Entry) -> None:
    """Refuse whoever neither provides an entry nor rules over the directory."""
    if caller.department != entry.provider and Role.AUTHORITY not in caller.roles:
        party = either(PARTIES[Party.AUTHORITY], PARTIES[Party.PROVIDER])
        raise UPDATE_OF_OTHER_PARTY(party=party, step=_REPORT, thing=Word("entry", "directory entry", "目录条目"))


def _check_new(due: list[DirectoryUpdate], update: DirectoryUpdate) -> None:
    """Refuse the same change a second time, and more than an entry can owe at once."""
    for one in due:
        if (one.change_date, one.legal_basis) == (update.change_date, update.legal_basis):
            raise UPDATE_DUE_ALREADY(update=one.name)
    if len(due) >= MOST_DUE:
        raise TOO_MANY_UPDATES(most=MOST_DUE)


def _facts(update: DirectoryUpdate) -> dict[str, Any]:
    """Return what the log says of a step, beside who, when and what."""
    detail = {"state": update.state.value, "entry": update.entry, "change_date": update.change_date.isoformat(), "version": str(update.version or "")}
    return {"other": update.provider, "detail": {name: value for name, value in detail.items() if value}}
