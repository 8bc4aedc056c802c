"""Demands: filed by any department, assigned by the authority, accepted and fulfilled, or merged into what answers them (Decree 809 art. 20)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from brokerage.actions.posting import DEMANDS, BrokerageDesk
from brokerage.model import Demand, DemandContent, DemandState, told_of_demand
from brokerage.model.reasons import MERGE_TARGET_UNKNOWN
from brokerage.store import DemandStore
from catalog.model import Entry
from catalog.store import EntryStore
from certs.store import DepartmentStore
from hub.access import Caller
from hub.db import Tx
from hub.db.requests import canonical
from hub.resource import id_of
from hub.unit_of_work import Move, Step, page_of
from shuniu.identifiers.uscc import parse_uscc

MERGING: Final = "demands merged"
"""What merges hold: of two that would make a circle, the second finds what the first did."""


class DemandActions(BrokerageDesk):
    """Demands."""

    def file_demand(self, step: Step, content: DemandContent) -> Demand:
        """File a demand; the same request sent twice is done once."""

        def make(_tx: Tx, at: datetime) -> tuple[Demand, Mapping[str, Any]]:
            demand = Demand.file(step.caller, content, self._ids.new(at), at)
            return demand, {**_facts(step.caller, demand), "officer": demand.officer}

        made = self.create(DEMANDS, "brokerage.FileDemand", step, make, content=canonical(content.plain()))
        return self._with_followers(made)

    def assign_demand(self, step: Step, department: str) -> Demand:
        """Assign a demand to a department that takes part, as the authority."""
        uscc = parse_uscc(department, field="department")
        with self.change(DEMANDS, "brokerage.AssignDemand", step) as it:
            it.after = it.before.assign(it.caller, uscc, step.reason)
            DepartmentStore(it.tx).get(uscc).check_provides()
            _finish(it, "demand_assigned", it.after.filer)
        return self._with_followers(it.after)

    def accept_demand(self, step: Step) -> Demand:
        """Take a demand on, as the department to which it is assigned."""
        with self.change(DEMANDS, "brokerage.AcceptDemand", step) as it:
            it.after = it.before.accept(it.caller)
            _finish(it, "demand_accepted", it.after.filer)
        return self._with_followers(it.after)

    def decline_demand(self, step: Step) -> Demand:
        """Give a demand back to the authority, with the reason."""
        with self.change(DEMANDS, "brokerage.DeclineDemand", step) as it:
            it.after = it.before.decline(it.caller, step.reason)
            _finish(it, "demand_declined", it.after.filer)
        return self._with_followers(it.after)

    def merge_demand(self, step: Step, into: str) -> Demand:
        """Let a demand go on within another, or name the published entry that answers it already, as the authority."""
        with self.change(DEMANDS, "brokerage.MergeDemand", step) as it:
            it.tx.hold(MERGING)
            target = _target(it.tx, into)
            it.after = it.before.merge(it.caller, target, step.reason, it.at)
            _finish(it, "demand_merged", it.after.filer, it.after.assignee)
            answer = target.name if isinstance(target, Entry) else target.entry
            if answer:  # it is fulfilled already, and so are those that were merged into this one
                answered = replace(it.after, entry=answer)
                it.tell(*told_of_demand("demand_fulfilled", answered, it.after.filer, *_filers_of_followers(it)))
        return self._with_followers(it.after)

    def fulfil_demand(self, step: Step, entry: str) -> Demand:
        """Name the published entry that answers a demand; whoever filed it, or one that was merged into it, is told."""
        with self.change(DEMANDS, "brokerage.FulfilDemand", step) as it:
            it.tx.hold(MERGING)  # whoever is merged into it at this moment is told either here or there
            published = EntryStore(it.tx).published(id_of(entry, "entries", "entry"))
            it.after = it.before.fulfil(it.caller, published, it.at)
            _finish(it, "demand_fulfilled", it.after.filer, *_filers_of_followers(it))
        return self._with_followers(it.after)

    def withdraw_demand(self, step: Step) -> Demand:
        """Take a demand back, as who filed it."""
        with self.change(DEMANDS, "brokerage.WithdrawDemand", step) as it:
            it.tx.hold(MERGING)
            it.after = it.before.withdraw(it.caller, step.reason, it.at)
            # what was merged into it goes on nowhere: whoever filed that may file it again
            _finish(it, "demand_withdrawn", it.after.assignee, *_filers_of_followers(it))
        return self._with_followers(it.after)

    def get_demand(self, caller: Caller, name: str) -> Demand:
        """Return a demand to any department."""
        return self._with_followers(self.look(DEMANDS, caller, name))

    def list_demands(
        self, caller: Caller, size: int = 0, token: str = "", state: DemandState | None = None, department: str = ""
    ) -> tuple[tuple[Demand, ...], str]:
        """Return a page of the board, newest first, and the token of the next page: the demands of all departments, unless one is named."""
        whose = parse_uscc(department, field="department") if department.strip() else ""

        with self._db.read() as tx:
            store = DemandStore(tx)

            def find(_party: str | None, before: str | None, count: int) -> list[Demand]:
                return store.board(before, count, state=state, department=whose)

            found, following = page_of(find, caller, size, token)
            followers = store.followers([one.name for one in found])
        return tuple(replace(one, follower_count=len(followers[one.name])) for one in found), following

    def _with_followers(self, demand: Demand) -> Demand:
        with self._db.read() as tx:
            return replace(demand, follower_count=len(DemandStore(tx).followers([demand.name])[demand.name]))


def _finish(it: Move[Demand], kind: str, *departments: str) -> None:
    """Put the step on the log, and tell departments of it, but whoever took it."""
    it.record(**_facts(it.caller, it.after))
    it.tell(*told_of_demand(kind, it.after, *(one for one in departments if one != it.caller.department)))


def _filers_of_followers(it: Move[Demand]) -> tuple[str, ...]:
    """Return the departments that filed what goes on within the demand."""
    return tuple(one.filer for one in DemandStore(it.tx).followers([it.before.name])[it.before.name])


def _target(tx: Tx, into: str) -> Demand | Entry:
    """Return what a demand is to be merged into, as it stands: a demand, or an entry in force."""
    match into.partition("/")[0]:
        case "demands":
            return DemandStore(tx).get(id_of(into, "demands", "into"))
        case "entries":
            return EntryStore(tx).published(id_of(into, "entries", "into"))
        case _:
            raise MERGE_TARGET_UNKNOWN(field="into")


def _facts(caller: Caller, demand: Demand) -> dict[str, Any]:
    """Return what the log says of a step, beside who, when and what."""
    detail = {"state": demand.state.value, "merged_into": demand.merged_into, "entry": demand.entry}
    return {
        "other": demand.assignee if caller.department == demand.filer else demand.filer,
        "detail": {name: value for name, value in detail.items() if value},
    }
