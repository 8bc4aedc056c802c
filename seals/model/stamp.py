"""One use of a seal: from the bytes handed out to the signature that came back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from hub.access import Caller
from hub.procedure import Party
from hub.wording import CaseNumber, Purpose
from seals.model.procedure import STAMP_PROCEDURE, StampState, StampStep
from seals.model.texts import SealedProperty
from seals.reasons import DIGEST_SIZE, STAMP_LAPSED

DIGEST_BYTES: Final = 32  # SM3
TIME_TO_SIGN: Final = timedelta(hours=1)
"""How long prepared bytes may wait for their signature: they state the time of preparing, and nobody signs backdated bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealUse:
    """What a seal is to be set on, through which signer, and in which case; `seal` is an id, `signer` a serial number."""

    seal: str
    signer: str
    digest: bytes
    property_info: str
    purpose: str
    case_number: str

    def __post_init__(self) -> None:
        check_digest(self.digest)
        object.__setattr__(self, "property_info", SealedProperty(self.property_info))
        object.__setattr__(self, "purpose", Purpose(self.purpose))
        object.__setattr__(self, "case_number", CaseNumber(self.case_number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """签章: one use of a seal on one document, of which the hub knows the digest alone; `seal` is an id, `signer` a serial number.

    Once completed `to_be_signed` is empty: the signature holds it.
    """

    id: str
    seal: str
    signer: str
    owner: str
    digest: bytes
    property_info: str
    officer: str
    purpose: str
    case_number: str
    to_be_signed: bytes
    create_time: datetime
    state: StampState = StampState.PREPARED
    revision: int = 1
    signature: bytes = b""
    complete_time: datetime | None = None

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"stamps/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return whose it is."""
        return {Party.OWNER: self.owner}

    def seen_by(self, by: Caller) -> bool:
        """Tell whether the caller may know of it: the owner alone."""
        return by.department == self.owner

    def check_may_be_completed(self, by: Caller, at: datetime) -> None:
        """See that the owner brings its signature, in time, to bytes that wait for one."""
        STAMP_PROCEDURE.step(self, StampStep.COMPLETE, by)
        if at > self.create_time + TIME_TO_SIGN:
            raise STAMP_LAPSED(minutes=TIME_TO_SIGN // timedelta(minutes=1), state="lapsed", step=StampStep.COMPLETE.value)

    def complete(self, by: Caller, signature: bytes, at: datetime) -> "Stamp":
        """Return the stamp with its SES_Signature."""
        self.check_may_be_completed(by, at)
        state = STAMP_PROCEDURE.after(self.state, StampStep.COMPLETE)
        return replace(self, state=state, revision=self.revision + 1, signature=signature, to_be_signed=b"", complete_time=at)


def check_digest(digest: bytes) -> None:
    """See that a digest has the length of SM3."""
    if len(digest) != DIGEST_BYTES:
        raise DIGEST_SIZE(field="digest", size=DIGEST_BYTES)
