"""Whose step a system waits for: the authority's, as long as it asks for hosts. Departments, officers and certificates wait for nobody."""

from collections.abc import Mapping
from typing import Final

from certs.model.hosts import HostState
from certs.model.system import System
from hub.access import Duty
from hub.desk import AUTHORITY, Notice, Waiting

HOST_TURNS: Final[Mapping[HostState, str]] = {
    HostState.REQUESTED: "IdentityService/ApproveHosts",
    HostState.APPROVED: "",
    HostState.REFUSED: "",
}
"""The rpc that answers, which is the authority's; empty where nobody's step is awaited."""


def system_waits(system: System) -> tuple[Waiting, ...]:
    """Return whose steps a system waits for, one for all hosts that it asks for."""
    step = HOST_TURNS[HostState.REQUESTED]
    return (Waiting(step=step, department=AUTHORITY, duties=(Duty.RULE,)),) if system.requested_hosts else ()


def told_of_people(kind: str, department: str) -> Notice:
    """Return what a department's people officers are told."""
    return Notice(kind=kind, department=department, duties=(Duty.PEOPLE,))
