"""What can be done to a grant: look at it, stop it, let it go on, end it. Every change is heard by the live copies before it returns."""

from collections.abc import Callable
from datetime import datetime

from brokerage.actions.desk import Desk, Trail, id_of, page, unchanged, visible
from brokerage.model import Grant
from brokerage.store import GrantStore
from catalog.model import check_officer
from hub.access import Caller


class GrantActions(Desk):
    """Grants: suspend, resume, revoke."""

    def get_grant(self, caller: Caller, name: str) -> Grant:
        """Return a grant to its parties and the authority, as it stands now."""
        with self._db.read() as tx:
            store = GrantStore(tx)
            return visible(store, store.get(id_of(name, "grants")), caller).as_of(self._clock.now())

    def list_grants(self, caller: Caller, size: int = 0, token: str = "") -> tuple[tuple[Grant, ...], str]:
        """Return a page of the caller's grants, newest first, and the token of the next page."""
        at = self._clock.now()
        with self._db.read() as tx:
            found, following = page(GrantStore(tx).newest, caller, size, token)
            return tuple(one.as_of(at) for one in found), following

    def suspend_grant(self, caller: Caller, name: str, etag: str, reason: str, officer: str) -> Grant:
        """Stop a grant for now; no call passes from the moment this returns."""
        return self._change("SuspendGrant", caller, name, etag, reason, officer, lambda it, at: it.suspended(caller, reason, at))

    def resume_grant(self, caller: Caller, name: str, etag: str, reason: str, officer: str) -> Grant:
        """Let a suspended grant go on."""
        return self._change("ResumeGrant", caller, name, etag, reason, officer, lambda it, at: it.resumed(caller, reason, at))

    def revoke_grant(self, caller: Caller, name: str, etag: str, reason: str, officer: str) -> Grant:
        """End a grant for good; the reason is on the log, where the authority reads it."""
        return self._change("RevokeGrant", caller, name, etag, reason, officer, lambda it, at: it.revoked(caller, reason, at))

    def _change(
        self, action: str, caller: Caller, name: str, etag: str, reason: str, officer: str, decide: Callable[[Grant, datetime], Grant]
    ) -> Grant:
        check_officer(officer)
        at = self._clock.now()
        with self._db.begin() as tx:
            store = GrantStore(tx)
            before = unchanged(visible(store, store.get(id_of(name, "grants")), caller), etag)
            after = store.replace(before, decide(before, at))
            tx.announce("grants", after.id)
            trail = Trail(
                action, officer, after.consumer, reason, grant=after.name, detail=(("state", after.state.value), ("provider", after.provider))
            )
            self._record(tx, caller, at, after.name, trail)
        return after.as_of(at)
