"""Hosts of a system: which its certificates may name, which it has asked for, and who decides.

A department may hold the host of another: departments stand behind one gateway or load balancer, and the hub trusts a provider by the
certificates of its own system, never by its host (ADR 0009, 0040). Whoever decides sees who else holds it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from typing import Final

from certs.model.system import System
from certs.reasons import HOST_NOT_REQUESTED, HOST_STEP_OF_AUTHORITY, HOSTS_KNOWN, HOSTS_MISSING
from hub.access import Caller
from hub.procedure import Party, Procedure
from hub.wording import Reasons
from shuniu.joining.hosts import hosts_from
from shuniu.words import Word


@unique
class HostState(StrEnum):
    """How a host stands to a system."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"


@unique
class HostStep(StrEnum):
    """What is decided about a host that a system asked for; a host that was refused may be asked for again."""

    APPROVE = "approve"
    REFUSE = "refuse"


NEXT: Final[Mapping[tuple[HostState, HostStep], HostState]] = {
    (HostState.REQUESTED, HostStep.APPROVE): HostState.APPROVED,
    (HostState.REQUESTED, HostStep.REFUSE): HostState.REFUSED,
}
HOST_PROCEDURE: Final = Procedure(
    thing=Word("host", "host of a system", "业务系统主机名"),
    next=NEXT,
    who={HostStep.APPROVE: frozenset({Party.AUTHORITY}), HostStep.REFUSE: frozenset({Party.AUTHORITY})},
    states={
        HostState.REQUESTED: Word("requested", "requested", "待审批"),
        HostState.APPROVED: Word("approved", "approved", "已批准"),
        HostState.REFUSED: Word("refused", "refused", "未批准"),
    },
    steps={HostStep.APPROVE: Word("approve", "approve", "批准"), HostStep.REFUSE: Word("refuse", "refuse", "拒绝")},
    wrong_party=HOST_STEP_OF_AUTHORITY,
)


class HostReason(Reasons):
    """申请或审批理由: one line, in the log record of each host."""

    cap, several_lines = 500, False


@dataclass(frozen=True, slots=True)
class HostCase:
    """One host that a system asked for, as its procedure sees it."""

    host: str
    system: System

    @property
    def state(self) -> HostState:
        """Return how the host stands to the system."""
        if self.host in self.system.requested_hosts:
            return HostState.REQUESTED
        return HostState.APPROVED if self.host in self.system.hosts else HostState.REFUSED

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return whose host it would be."""
        return {Party.SYSTEM: self.system.name}


def request(system: System, hosts: Collection[str]) -> tuple[System, tuple[str, ...]]:
    """Return the system with hosts that it asks for, and those that are new; what it has already is asked for in vain."""
    if not hosts:
        raise HOSTS_MISSING(field="hosts")
    asked = hosts_from(hosts, "hosts")
    new = tuple(host for host in asked if host not in (*system.hosts, *system.requested_hosts))
    if not new:
        raise HOSTS_KNOWN(field="hosts")
    # Held, asked for and new together: what is approved one by one must fit into one certificate.
    hosts_from((*system.hosts, *system.requested_hosts, *new), "hosts")
    return replace(system, requested_hosts=(*system.requested_hosts, *new)), new


def decide(system: System, hosts: Collection[str], step: HostStep, by: Caller) -> tuple[System, tuple[str, ...]]:
    """Return the system after the authority decided on hosts that it asked for, and which; none named means all of them."""
    chosen = hosts_from(hosts, "hosts") if hosts else system.requested_hosts
    HOST_PROCEDURE.admit(HostCase("", system), step, by)
    if not chosen or any(host not in system.requested_hosts for host in chosen):
        raise HOST_NOT_REQUESTED(field="hosts", requested=", ".join(system.requested_hosts) or "-")
    led = {host: HOST_PROCEDURE.step(HostCase(host, system), step, by) for host in chosen}
    held = tuple(host for host, state in led.items() if state is HostState.APPROVED)
    left = tuple(host for host in system.requested_hosts if host not in led)
    return replace(system, hosts=tuple(dict.fromkeys((*system.hosts, *held))), requested_hosts=left), chosen
