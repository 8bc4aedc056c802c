"""What becomes of data once its grant has ended: the receipt, what the provider says of it, and the daily round that sees which have run out."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from brokerage.actions.posting import GRANTS, BrokerageDesk
from brokerage.model import Grant, Receipt, told_of_life
from brokerage.store import GrantStore
from hub.access import HUB
from hub.errors import ConflictError
from hub.unit_of_work import Change, Step

_BATCH: Final = 50  # grants read at once; each then has a transaction of its own


class DisposalActions(BrokerageDesk):
    """Disposals: record, accept, send back; and those that fall due."""

    def record_disposal(self, step: Step, receipt: Receipt) -> Grant:
        """Say what was done with the data of a grant that has ended, as its consumer."""
        with self.change(GRANTS, "brokerage.RecordDisposal", step) as it:
            follower = GrantStore(it.tx).follower(it.before)
            grant = it.after = it.before.record_disposal(it.caller, receipt, follower, it.at)
            it.record(other=grant.provider, grant=grant.name, detail=_detail(grant))
        return self._shown(it.after, it.at)

    def accept_disposal(self, step: Step) -> Grant:
        """Take note of a receipt, as the provider."""
        with self.change(GRANTS, "brokerage.AcceptDisposal", step) as it:
            grant = it.after = it.before.accept_disposal(it.caller, it.step.officer, it.at)
            it.record(other=grant.consumer, grant=grant.name, detail=_detail(grant))
            it.tell(*told_of_life("disposal_accepted", grant, grant.consumer))
        return self._shown(it.after, it.at)

    def return_disposal(self, step: Step) -> Grant:
        """Ask for another receipt, with what this one lacks."""
        with self.change(GRANTS, "brokerage.ReturnDisposal", step) as it:
            grant = it.after = it.before.return_disposal(it.caller, step.reason, it.step.officer, it.at)
            it.record(other=grant.consumer, reason=step.reason, grant=grant.name, detail=_detail(grant))
        return self._shown(it.after, it.at)

    def owe_disposals(self, at: datetime) -> Iterator[int]:
        """Let consumers owe a receipt for each grant whose period is over and which no other follows; yield after each batch how many it saw."""
        after = ""
        while batch := self._run_out_by(at, after):
            after = batch[-1].id
            for grant in batch:
                self._owe(grant, at)
            yield len(batch)

    def _run_out_by(self, at: datetime, after: str) -> list[Grant]:
        with self._db.read() as tx:
            return GrantStore(tx).without_disposal(at, after, _BATCH)

    def _owe(self, before: Grant, at: datetime) -> None:
        grant = before.run_out(at)
        facts: dict[str, Any] = {"other": grant.consumer, "grant": grant.name, "detail": _detail(grant)}
        try:
            with self._db.begin() as tx:
                GrantStore(tx).replace(before, grant)
                tx.announce("grants", grant.id)
                self._post(tx, GRANTS, grant, (), at)
                self._journal.write(tx, Change(at=at, action="brokerage.OweDisposal", actor=HUB, resource=grant.name, **facts))
        except ConflictError:
            return  # a receipt came, or another process was here: the next round looks again


def _detail(grant: Grant) -> dict[str, str]:
    stands = grant.disposal.state.value if grant.disposal else ""
    method = grant.disposal.method.value if grant.disposal and grant.disposal.method else ""
    return {"disposal": stands, "provider": grant.provider, **({"method": method} if method else {})}
