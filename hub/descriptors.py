"""File descriptors: how many this process may have open, and what is left to each door when they are few.

Whatever strangers and members hold, a rest is kept for the hub itself: its database, its log, its connections to providers. Otherwise a full
door would stop the signing of checkpoints.
"""

import logging
import resource
from dataclasses import replace
from typing import Final

from hub.limits import Limits

log = logging.getLogger(__name__)
RESERVE: Final = 512
"""Descriptors of the hub itself: 40 when it stands, 32 connections to the database, one for each provider's system that is called."""
_ENDLESS: Final = 1 << 30
_DOORS_OF_STRANGERS: Final = 2  # gRPC and pages


def raise_limit() -> None:
    """Let this process have as many descriptors as the machine allows it: the usual soft limit of 1,024 is for programs that call select(2)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def allowed() -> int:
    """Return how many descriptors this process may have open."""
    return _number(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def allowed_to(pid: int) -> int:
    """Return how many a process may have open, which takes all it may (`raise_limit`); this one for 0. Raise OSError where that may not be asked."""
    return _number(resource.prlimit(pid, resource.RLIMIT_NOFILE)[1])


def _number(limit: int) -> int:
    return _ENDLESS if limit == resource.RLIM_INFINITY else limit


def wanted(limits: Limits) -> int:
    """Return how many descriptors the doors and the hub itself want."""
    return limits.member_connections + _DOORS_OF_STRANGERS * limits.public_connections + RESERVE


def fitting(limits: Limits, descriptors: int) -> Limits:
    """Return the limits with connections that leave the hub its rest, each door's in proportion; what is less than asked for is logged."""
    doors = wanted(limits) - RESERVE
    left = descriptors - min(RESERVE, descriptors // 2)
    if doors <= left:
        return limits
    fitted = replace(
        limits,
        member_connections=max(limits.member_connections * left // doors, 1),
        public_connections=max(limits.public_connections * left // doors, 1),
        connections_per_address=max(limits.connections_per_address * left // doors, 1),
    )
    log.warning(
        "this process may have %d files open, %d are wanted: %d connections at the members' port, %d at each of the public ones, %d of an address",
        descriptors,
        wanted(limits),
        fitted.member_connections,
        fitted.public_connections,
        fitted.connections_per_address,
    )
    return fitted
