"""What the hub's register adds to a verification: bytes may be perfect and the seal revoked all the same.

A seal that is not registered here is never VALID here: only the register knows of a revocation. A statement that the hub
itself received with its signature before a revocation is older than it: for such stamps the register is the witness that
a time stamp would be, and the result is VALID_WHEN_SIGNED. Without that witness a revocation or an expiry after the stated time
leaves the report INDETERMINATE, since a key, stolen or kept, can state any time.

A use that the hub never recorded is INDETERMINATE too: a use is on the log before the bytes are released, so such a stamp was
made past the register, by whoever has the key.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from seals import judgements
from seals.model import Seal, SealTrust, Stamp
from shuniu.seals.judgements import REVOKED_SINCE
from shuniu.seals.report import Judgement, Report, ReportStep

STEP: Final = "registry"
USE_STEP: Final = "registry.use"
CLAUSE: Final = "registry of this hub"


@dataclass(frozen=True, slots=True)
class Examination:
    """A report with what the bytes say of themselves; nothing of it is proven unless the report says so."""

    report: Report
    es_id: str = ""
    title: str = ""
    signer: str = ""
    sign_time: datetime | None = None
    stamp: str = ""
    """The use as the hub recorded it, by its resource name."""
    trusts: tuple[SealTrust, ...] = ()
    """The trusts in other makers' CAs that the chains rest on; none where they rest on this hub's own CA, or on nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What the hub knows of a seal and of a signature with it.

    The seal that is registered under this esID; the use as it was recorded (None: never); since when its signer is revoked; the trust that
    the chain of its maker rests on, where that is another's CA.
    """

    seal: Seal | None = None
    use: Stamp | None = None
    signer_revoke_time: datetime | None = None
    maker_trust: SealTrust | None = None

    @property
    def receive_time(self) -> datetime | None:
        """Return when the hub received the signature, None where it never did."""
        return None if self.use is None else self.use.complete_time


def registry_step(witness: Witness, seal_der: bytes, at: datetime, used: datetime) -> ReportStep:
    """Return what the register says at `at` of the seal that came, used at `used`."""
    if witness.seal is None and (trust := witness.maker_trust) is not None:
        return judgements.SEAL_OF_OTHER_MAKER.of(STEP, CLAUSE, title=trust.title, trust=trust.name)
    return _standing(witness, seal_der, at, used).of(STEP, CLAUSE)


def use_step(witness: Witness, ended: datetime | None) -> ReportStep:
    """Return whether this hub recorded the use; `ended` is when the seal or its signer's certificate expired, None while both are in term."""
    use, receive_time = witness.use, witness.receive_time
    if use is None:
        return judgements.USE_NOT_RECORDED.of(USE_STEP, CLAUSE)
    if ended is not None and (receive_time is None or receive_time > ended):
        return judgements.USE_NOT_RECEIVED.of(USE_STEP, CLAUSE)
    return judgements.USE_RECORDED.of(USE_STEP, CLAUSE, stamp=use.name)


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
    if step.name != "signer.revocation" or step.reason != REVOKED_SINCE.reason:
        return step
    return judgements.REVOKED_AFTER_RECEIPT.of(step.name, step.clause)
