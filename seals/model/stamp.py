"""One use of a seal: from the bytes handed out to the signature that came back."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from hub.access import Caller
from hub.errors import IllegalStateError, InvalidInputError, NotFoundError
from seals.model.procedure import STAMP_NEXT, StampState, StampStep, after_step, check_text

DIGEST_BYTES: Final = 32  # SM3
TIME_TO_SIGN: Final = timedelta(hours=1)
"""How long prepared bytes may wait for their signature: they state the time of preparing, and nobody signs backdated bytes."""


@dataclass(frozen=True, slots=True)
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

    def check_owner(self, by: Caller) -> None:
        """Let the owner pass; for everybody else the stamp does not exist."""
        if by.department != self.owner:
            raise NotFoundError("there is no such stamp", zh="签章记录不存在", next_action="complete what your own department prepared")

    def check_may_complete(self, by: Caller, at: datetime) -> None:
        """See that the owner brings its signature, in time, to bytes that wait for one."""
        self.check_owner(by)
        after_step(STAMP_NEXT.get((self.state, StampStep.COMPLETE)), self.state, StampStep.COMPLETE, "stamp")
        if at > self.create_time + TIME_TO_SIGN:
            raise IllegalStateError(
                "the prepared bytes have waited too long for their signature, the step complete leads nowhere",
                zh="待签数据已过期",
                next_action="prepare the stamp again",
                state="lapsed",
                step="complete",
            )

    def complete(self, by: Caller, signature: bytes, at: datetime) -> "Stamp":
        """Return the stamp with its SES_Signature."""
        self.check_may_complete(by, at)
        state = STAMP_NEXT[self.state, StampStep.COMPLETE]
        return replace(self, state=state, revision=self.revision + 1, signature=signature, to_be_signed=b"", complete_time=at)


def check_digest(digest: bytes) -> None:
    """See that a digest has the length of SM3."""
    if len(digest) != DIGEST_BYTES:
        raise InvalidInputError(f"digest is SM3 of the document, {DIGEST_BYTES} bytes", field="digest", zh="文档杂凑值应为 32 字节 SM3")


def check_use_is_named(digest: bytes, prop: str, officer: str, purpose: str, case_number: str) -> None:
    """See that a use says on what, by whom, for what and in which case the seal is set."""
    check_digest(digest)
    check_text("property", prop, 200)
    if not prop.isascii():  # GB/T 38540-2020 7.1: propertyInfo is IA5String
        raise InvalidInputError("property is written in ASCII", field="property", zh="propertyInfo 只能使用 ASCII 字符")
    check_text("officer", officer, 64)
    check_text("purpose", purpose, 128)
    check_text("case_number", case_number, 128)
