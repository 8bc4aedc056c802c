"""What can be done to a grant: look at it, stop it, let it go on, end it. Every change is heard by the live copies before it returns."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from brokerage.actions.posting import GRANTS, BrokerageDesk
from brokerage.model import Grant, GrantState, told_of_grant
from brokerage.store import GrantStore
from hub.access import Caller
from hub.unit_of_work import Step, page_of

_Decide = Callable[[Grant, Caller, str, datetime], Grant]


class GrantActions(BrokerageDesk):
    """Grants: suspend, resume, revoke."""

    _calls: Callable[[str, datetime], int]

    def get_grant(self, caller: Caller, name: str) -> Grant:
        """Return a grant to its parties and the authority, as it stands now."""
        grant, at = self.look(GRANTS, caller, name), self._clock.now()
        return grant.as_of(at, self._calls(grant.id, at))

    def list_grants(self, caller: Caller, size: int = 0, token: str = "", state: GrantState | None = None) -> tuple[tuple[Grant, ...], str]:
        """Return a page of the caller's grants, newest first, and the token of the next page; where a state is given, of those in it now."""
        at = self._clock.now()
        with self._db.read() as tx:
            found, following = page_of(partial(GrantStore(tx).standing, state=state, at=at), caller, size, token)
        return tuple(one.as_of(at, self._calls(one.id, at)) for one in found), following

    def suspend_grant(self, step: Step) -> Grant:
        """Stop a grant for now; no call passes from the moment this returns."""
        return self._move("brokerage.SuspendGrant", step, Grant.suspend, "grant_suspended")

    def resume_grant(self, step: Step) -> Grant:
        """Let a suspended grant go on."""
        return self._move("brokerage.ResumeGrant", step, Grant.resume, "grant_resumed")

    def revoke_grant(self, step: Step) -> Grant:
        """End a grant for good; the reason is on the log, where the authority reads it."""
        return self._move("brokerage.RevokeGrant", step, Grant.revoke, "grant_revoked")

    def _move(self, action: str, step: Step, decide: _Decide, kind: str) -> Grant:
        with self.change(GRANTS, action, step) as it:
            grant = it.after = decide(it.before, it.caller, step.reason, it.at)
            detail = {"state": grant.state.value, "provider": grant.provider}
            it.record(other=grant.consumer, reason=grant.reason, grant=grant.name, detail=detail)
            it.tell(*told_of_grant(kind, grant, it.caller.department))
        return it.after.as_of(it.at)
