"""A seal in the register: who may do what to it, when, and what comes of it."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from hub.access import Caller, Role
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError, NotFoundError
from seals.model.procedure import NEXT, SealKind, SealState, SealStep, after_step, check_owner_or_authority, check_text, to_second

LONGEST_LIFE: Final = timedelta(days=5 * 365)
MOST_SIGNERS: Final = 16
_ES_ID: Final = re.compile(r"[0-9]{14}")


def is_es_id(text: str) -> bool:
    """Tell whether the text has the form of an esID: 14 digits."""
    return _ES_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Seal:
    """电子印章: a department's seal from application to revocation; `signers` are serial numbers, `seal` the DER SESeal once made.

    `valid_from` and `activate_time` are whole seconds, since signatures state whole seconds.
    """

    id: str
    es_id: str
    kind: SealKind
    title: str
    owner: str
    signers: tuple[str, ...]
    valid_to: datetime
    create_time: datetime
    state: SealState = SealState.APPLIED
    revision: int = 1
    valid_from: datetime | None = None
    seal: bytes = b""
    picture: bytes = b""
    reason: str = ""
    activate_time: datetime | None = None
    revoke_time: datetime | None = None

    def __post_init__(self) -> None:
        if not is_es_id(self.es_id):
            raise InvalidInputError("esID has 14 digits", field="seal.es_id", zh="印章编码应为 14 位数字")
        check_text("seal.title", self.title, 60)
        if not 1 <= len(self.signers) <= MOST_SIGNERS or len(set(self.signers)) != len(self.signers):
            raise InvalidInputError(
                f"a seal has 1 to {MOST_SIGNERS} different signers", field="seal.signers", zh=f"印章须有 1 至 {MOST_SIGNERS} 名不同的签章者"
            )
        if not self.create_time < self.valid_to <= self.create_time + LONGEST_LIFE:
            raise InvalidInputError(
                "a seal ends within five years of its application", field="seal.valid_to", zh="印章有效期止应晚于申请时间且不超过五年"
            )

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"seals/{self.id}"

    def expired(self, at: datetime) -> bool:
        """Tell whether its dates are over, whatever its state."""
        return at > self.valid_to

    def after(self, step: SealStep) -> SealState:
        """Return the state to which a step leads; raise IllegalStateError where it leads nowhere."""
        return after_step(NEXT.get((self.state, step)), self.state, step, "seal")

    def check_seen_by(self, by: Caller) -> None:
        """Let the owner and the authority see it; for everybody else it does not exist."""
        if by.department != self.owner and Role.AUTHORITY not in by.roles:
            raise NotFoundError("there is no such seal", zh="印章不存在", next_action="list your department's seals")

    def make(self, by: Caller, seal: bytes, picture: bytes, at: datetime) -> "Seal":
        """Return the seal as made: drawn, and signed by the seal maker. Authority only."""
        self.check_may_be_made(by, at)
        return self._moved(SealStep.MAKE, seal=seal, picture=picture, valid_from=to_second(at))

    def check_may_be_made(self, by: Caller, at: datetime) -> None:
        """See that the authority asks for a seal that waits to be made and has not ended meanwhile."""
        self._check_authority(by)
        self.after(SealStep.MAKE)
        if self.expired(at):
            raise IllegalStateError(
                "the seal applied for has expired by now, the step make leads nowhere",
                zh="所申请印章的有效期已过",
                next_action="refuse it; the owner applies again",
                state="expired",
                step="make",
            )

    def refuse(self, by: Caller, reason: str) -> "Seal":
        """Return the seal as it stands after the authority refuses it, for a stated reason."""
        self._check_authority(by)
        check_text("reason", reason, 500)
        return self._moved(SealStep.REFUSE, reason=reason)

    def activate(self, by: Caller, at: datetime) -> "Seal":
        """Return the seal in use. Only the owner puts its own seal into use."""
        self._check_owner(by)
        return self._moved(SealStep.ACTIVATE, activate_time=to_second(at))

    def revoke(self, by: Caller, reason: str, at: datetime) -> "Seal":
        """Return the seal ended for good, by its owner or the authority, for a stated reason."""
        check_owner_or_authority(self.owner, by, "seal", "印章")
        check_text("reason", reason, 500)
        return self._moved(SealStep.REVOKE, reason=reason, revoke_time=at)

    def check_use(self, by: Caller, signer: str, flaw: str, at: datetime) -> None:
        """See that `by` may stamp with this seal at `at` through the signer of this serial number, whose certificate has no flaw then."""
        self._check_owner(by)
        if signer not in self.signers:
            raise NotAllowedError(
                "this signer is not on the seal",
                zh="签章者不在印章的证书列表中",
                next_action="sign with a certificate that the seal lists, or apply for a new seal",
                reason="SIGNER_NOT_IN_SEAL",
            )
        if flaw:
            raise NotAllowedError(
                f"the signer's certificate is {flaw}",
                zh="签章者证书已撤销或不在有效期内",
                next_action="apply for a seal with a certificate that is valid",
                reason="SIGNER_NOT_VALID",
            )
        if self.state is not SealState.ACTIVE or self.expired(at):
            state = "expired" if self.state is SealState.ACTIVE else self.state.value
            raise IllegalStateError(
                f"the seal is in state {state}, from which the step stamp leads nowhere",
                zh="印章未启用、已撤销或已过期, 不能签章",
                next_action="use a seal that is active",
                state=state,
                step="stamp",
            )

    def _check_authority(self, by: Caller) -> None:
        self.check_seen_by(by)
        if Role.AUTHORITY not in by.roles:
            raise NotAllowedError("only the authority makes and refuses seals", zh="仅主管部门可制章或驳回", next_action="wait for the authority")

    def _check_owner(self, by: Caller) -> None:
        self.check_seen_by(by)
        if by.department != self.owner:
            raise NotAllowedError(
                "only the owner uses its seal", zh="仅印章所有者可启用和使用印章", next_action="ask the owner", reason="NOT_THE_OWNER"
            )

    def _moved(self, step: SealStep, **changes: Any) -> "Seal":
        return replace(self, state=self.after(step), revision=self.revision + 1, **changes)
