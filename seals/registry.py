"""What the hub's register adds to a verification: bytes may be perfect and the seal revoked all the same.

A seal that is not registered here is never VALID here: only the register knows of a revocation. A statement that the hub
itself received with its signature before a revocation is older than it: for such stamps the register is the witness that
a time stamp would be, and the result is VALID_WHEN_SIGNED. Without that witness a revocation after the stated time leaves
the report INDETERMINATE, since a stolen key can state any time.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from seals import judgements
from seals.model import Seal
from seals.report import Judgement, Report, ReportStep

STEP: Final = "registry"
CLAUSE: Final = "registry of this hub"


@dataclass(frozen=True, slots=True)
class Examination:
    """A report with what the bytes say of themselves; nothing of it is proven unless the report says so."""

    report: Report
    es_id: str = ""
    title: str = ""
    signer: str = ""
    sign_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What the hub knows of a seal and of a signature with it.

    The seal that is registered under this esID; when the hub received the signature (None: never); since when its signer is revoked.
    """

    seal: Seal | None = None
    receive_time: datetime | None = None
    signer_revoke_time: datetime | None = None


def registry_step(witness: Witness, seal_der: bytes, at: datetime, used: datetime) -> ReportStep:
    """Return what the register says at `at` of the seal that came, used at `used`."""
    return _standing(witness, seal_der, at, used).of(STEP, CLAUSE)


def weigh(report: Report, witness: Witness) -> Report:
    """Return the report with a signer's later revocation weighed: what the hub had received by then was signed by then."""
    receive_time, revoke_time = witness.receive_time, witness.signer_revoke_time
    if receive_time is None or revoke_time is None or receive_time > revoke_time:
        return report
    return replace(report, steps=tuple(_weigh_step(step) for step in report.steps))


def _standing(witness: Witness, seal_der: bytes, at: datetime, used: datetime) -> Judgement:
    seal = witness.seal
    if seal is None:
        return judgements.SEAL_NOT_REGISTERED
    if seal.seal != seal_der:
        return judgements.SEAL_DIFFERS
    if seal.activate_time is None or used < seal.activate_time:
        return judgements.SEAL_NOT_ACTIVE
    if seal.revoke_time is None or at < seal.revoke_time:
        return judgements.SEAL_IN_USE
    return _after_revocation(seal.revoke_time, used, witness.receive_time)


def _after_revocation(revoke_time: datetime, used: datetime, receive_time: datetime | None) -> Judgement:
    if revoke_time <= used:
        return judgements.SEAL_REVOKED
    in_time = receive_time is not None and receive_time <= revoke_time
    return judgements.SEAL_REVOKED_AFTER_RECEIPT if in_time else judgements.SEAL_REVOKED_SINCE


def _weigh_step(step: ReportStep) -> ReportStep:
    if step.name != "signer.revocation" or step.reason != judgements.REVOKED_SINCE.reason:
        return step
    return judgements.REVOKED_AFTER_RECEIPT.of(step.name, step.clause)
