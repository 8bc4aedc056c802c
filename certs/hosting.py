"""How a system's certificates come to name more hosts: it asks, the authority decides, and a renewal takes what was approved."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from certs.ca import CertificateAuthority
from certs.changes import IdentityActions, change_of
from certs.model import HostReason, HostStep, System, decide, request, split_system_name, told_of_people
from certs.store import DepartmentStore, SystemStore
from hub.unit_of_work import Change, Step
from shuniu.identifiers.uscc import parse_uscc

_ACTIONS: Final = {HostStep.APPROVE: "certs.ApproveHosts", HostStep.REFUSE: "certs.RefuseHosts"}
_KINDS: Final = {HostStep.APPROVE: "hosts_approved", HostStep.REFUSE: "hosts_refused"}


class HostActions(IdentityActions):
    """The part of the identities' actions that is about hosts; a record for each host says who asked or decided, and why."""

    _ca: CertificateAuthority

    def request_hosts(self, step: Step, hosts: Collection[str]) -> System:
        """Ask for hosts in the name of the caller's own system."""
        now, reason = self._clock.now(), HostReason(step.reason)
        with self._db.begin() as tx:
            DepartmentStore(tx).lock(step.caller.department)
            after, new = request(SystemStore(tx).get(step.caller.department, step.caller.system), hosts)
            self._ca.refuse_own_hosts(new)
            SystemStore(tx).put(after)
            self._follow(tx, after, now)
            self._announce(tx, *_records(step, "certs.RequestHosts", after, new, now, reason))
        return after

    def decide_hosts(self, step: Step, hosts: Collection[str], decision: HostStep) -> System:
        """Approve or refuse hosts that the system which the step names asked for; none named means all of them."""
        now, reason, (department, name) = self._clock.now(), HostReason(step.reason), split_system_name(step.name)
        with self._db.begin() as tx:
            department = DepartmentStore(tx).get(parse_uscc(department)).uscc
            DepartmentStore(tx).lock(department)
            after, chosen = decide(SystemStore(tx).get(department, name), hosts, decision, step.caller)
            SystemStore(tx).put(after)
            self._follow(tx, after, now, told_of_people(_KINDS[decision], department))
            self._announce(tx, *_records(step, _ACTIONS[decision], after, chosen, now, reason))
        return after


def _records(step: Step, action: str, system: System, hosts: Iterable[str], at: datetime, reason: str) -> list[Change]:
    about = replace(change_of(action, step.caller, system.department, at, system.name), reason=reason)
    return [replace(about, detail={"host": host}) for host in hosts]
