"""Whose step a seal waits for, in each state. A stamp that is prepared is its system's own affair, of minutes."""

from collections.abc import Mapping
from typing import Final

from hub.access import Duty
from hub.desk import AUTHORITY, Notice, Waiting
from hub.procedure import Party
from seals.model.certificate import SignerCertificate
from seals.model.procedure import SealState
from seals.model.seal import Seal

SEAL_TURNS: Final[Mapping[SealState, tuple[str, Party, Duty] | None]] = {
    SealState.APPLIED: ("SealService/MakeSeal", Party.AUTHORITY, Duty.RULE),
    SealState.MADE: ("SealService/ActivateSeal", Party.OWNER, Duty.SEALS),
    SealState.ACTIVE: None,
    SealState.REVOKED: None,
    SealState.REFUSED: None,
}
"""The rpc that answers, whose step it is, and by which duty."""


def seal_waits(seal: Seal) -> tuple[Waiting, ...]:
    """Return whose steps a seal waits for; no law's time runs for any."""
    turn = SEAL_TURNS[seal.state]
    if turn is None:
        return ()
    step, party, duty = turn
    return (Waiting(step=step, department=AUTHORITY if party is Party.AUTHORITY else seal.owner, duties=(duty,)),)


def told_of_seal(kind: str, thing: Seal | SignerCertificate, by: str = "") -> tuple[Notice, ...]:
    """Return what the owner is told of its seal, or of a signer's certificate; nothing of what it did itself (USCC)."""
    return () if thing.owner == by else (Notice(kind=kind, department=thing.owner, duties=(Duty.SEALS,)),)
