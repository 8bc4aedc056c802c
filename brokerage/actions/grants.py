"""What can be done to a grant: look at it, stop it, let it go on, end it. Every change is heard by the live copies before it returns."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from brokerage.actions.posting import GRANTS, BrokerageDesk
from brokerage.model import Grant, GrantState, SuspensionGround, Term, check_days, mend_days_of, told_of_grant
from brokerage.store import GrantStore
from hub.access import Caller
from hub.unit_of_work import Step, page_of

_Decide = Callable[[Grant, Caller, str, datetime], Grant]


class GrantActions(BrokerageDesk):
    """Grants: suspend, resume, revoke; and what is to be mended of one that was misused."""

    _calls: Callable[[str, datetime], int]

    def get_grant(self, caller: Caller, name: str) -> Grant:
        """Return a grant to its parties and the authority, as it stands now."""
        grant, at = self.look(GRANTS, caller, name), self._clock.now()
        return self._shown(grant, at, self._calls(grant.id, at))

    def list_grants(self, caller: Caller, size: int = 0, token: str = "", state: GrantState | None = None) -> tuple[tuple[Grant, ...], str]:
        """Return a page of the caller's grants, newest first, and the token of the next page; where a state is given, of those in it now."""
        at = self._clock.now()
        with self._db.read() as tx:
            found, following = page_of(partial(GrantStore(tx).standing, state=state, at=at), caller, size, token)
        return tuple(self._shown(one, at, self._calls(one.id, at)) for one in found), following

    def suspend_grant(self, step: Step, ground: SuspensionGround | None = None, mend_days: int = 0) -> Grant:
        """Stop a grant for now; no call passes from the moment this returns. For misuse, with a term to mend it (Decree 809 art. 27)."""
        days = mend_days_of(ground, mend_days)

        def suspend(grant: Grant, by: Caller, reason: str, at: datetime) -> Grant:
            return grant.suspend(by, reason, at, self._term(days, at) if days else None)

        return self._move("brokerage.SuspendGrant", step, suspend, "grant_suspended")

    def resume_grant(self, step: Step) -> Grant:
        """Let a suspended grant go on."""
        return self._move("brokerage.ResumeGrant", step, Grant.resume, "grant_resumed")

    def revoke_grant(self, step: Step) -> Grant:
        """End a grant for good; the reason is on the log, where the authority reads it."""
        return self._move("brokerage.RevokeGrant", step, Grant.revoke, "grant_revoked")

    def report_mending(self, step: Step, statement: str) -> Grant:
        """Report what was mended, as the consumer; whoever suspended the grant judges it."""
        with self.change(GRANTS, "brokerage.ReportMending", step) as it:
            grant = it.after = it.before.report_mending(it.caller, statement, it.step.officer, it.at)
            it.record(other=grant.provider, grant=grant.name, detail=_detail(grant))
        return self._shown(it.after, it.at)

    def refuse_mending(self, step: Step, mend_days: int) -> Grant:
        """Say what is still wrong, and give another term; the grant stays suspended."""
        days = check_days(mend_days)
        with self.change(GRANTS, "brokerage.RefuseMending", step) as it:
            grant = it.after = it.before.refuse_mending(it.caller, step.reason, self._term(days, it.at), it.at)
            it.record(other=grant.consumer, reason=step.reason, grant=grant.name, detail=_detail(grant))
        return self._shown(it.after, it.at)

    def _move(self, action: str, step: Step, decide: _Decide, kind: str) -> Grant:
        with self.change(GRANTS, action, step) as it:
            grant = decide(it.before, it.caller, step.reason, it.at)
            # one that ends with this step leaves data to be disposed of (Decree 809 art. 27)
            grant = it.after = grant.owe_disposal(GrantStore(it.tx).follower(grant), it.at)
            it.record(other=grant.consumer, reason=grant.reason, grant=grant.name, detail=_detail(grant))
            it.tell(*told_of_grant(kind, grant, it.caller.department))
        return self._shown(it.after, it.at)

    def _term(self, days: int, at: datetime) -> Term:
        return Term(working_days=days, due_time=self._timers.end_of(days, at))


def _detail(grant: Grant) -> dict[str, str]:
    mending = {} if grant.mending is None else {"ground": SuspensionGround.MISUSE.value, "mend_due": grant.mending.due_time.isoformat()}
    return {"state": grant.state.value, "provider": grant.provider, **mending}
