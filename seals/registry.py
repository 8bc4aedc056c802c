"""What the hub's register adds to a verification: bytes may be perfect and the seal revoked all the same.

A seal that is not registered here is never VALID here: only the register knows of a revocation. A statement that the hub
itself received with its signature before a revocation is older than it: for such stamps the register is the witness that
a time stamp would be, and the result is VALID_WHEN_SIGNED. Without that witness a revocation after the stated time leaves
the report INDETERMINATE, since a stolen key can state any time.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from seals.model import Seal
from seals.report import Report, Result, Step

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


@dataclass(frozen=True, slots=True)
class Witness:
    """What the hub has seen of a signature: when it received it (None: never), and since when its signer is revoked."""

    received: datetime | None = None
    signer_revoked: datetime | None = None


def registry_step(registered: Seal | None, seal_der: bytes, at: datetime, used: datetime, received: datetime | None = None) -> Step:
    """Return what the register says at `at` of a seal used at `used`, by a signature that the hub received at `received`."""
    if registered is None:
        return _step(Result.INDETERMINATE, "SEAL_NOT_REGISTERED", "this hub has no seal of this esID", "本枢纽未登记此印章编码")
    if registered.seal != seal_der:
        return _step(Result.INVALID, "SEAL_DIFFERS", "the seal registered under this esID is another one", "与登记的印章不一致")
    if registered.activate_time is None or used < registered.activate_time:
        return _step(Result.INVALID, "SEAL_NOT_ACTIVE", "the seal was not in use", "印章尚未启用")
    if registered.revoke_time is None or at < registered.revoke_time:
        return _step(Result.VALID, "OK", "registered and in use", "已登记且在用")
    return _revoked(registered.revoke_time, used, received)


def witnessed(report: Report, witness: Witness) -> Report:
    """Return the report with a signer's later revocation weighed: what the hub had received by then was signed by then."""
    if witness.received is None or witness.signer_revoked is None or witness.received > witness.signer_revoked:
        return report
    return replace(report, steps=tuple(_weighed(step) for step in report.steps))


def _revoked(revoked: datetime, used: datetime, received: datetime | None) -> Step:
    if revoked <= used:
        return _step(Result.INVALID, "SEAL_REVOKED", "the seal is revoked", "印章已撤销")
    if received is not None and received <= revoked:
        said = "revoked since; this hub received the signature before"
        return _step(Result.VALID_WHEN_SIGNED, "SEAL_REVOKED_SINCE", said, "签章后印章被撤销, 签章时有效")
    return _step(Result.INDETERMINATE, "SEAL_REVOKED_SINCE", "revoked after the time the signature states", "印章在所称签章时间之后被撤销")


def _weighed(step: Step) -> Step:
    if step.name != "signer.revocation" or step.reason != "REVOKED_SINCE":
        return step
    return replace(
        step, result=Result.VALID_WHEN_SIGNED, message="revoked since; this hub received the signature before", zh="签章后证书被撤销, 签章时有效"
    )


def _step(result: Result, reason: str, message: str, zh: str) -> Step:
    return Step(STEP, result, reason, message, zh, CLAUSE)
