"""A seal in the register: who may do what to it, when, and what comes of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from hub.access import Caller, Role
from hub.faults import Faults
from hub.procedure import Party
from seals.model.certificate import SignerCertificate
from seals.model.kind import SealKind
from seals.model.procedure import EXPIRED, SEAL_PROCEDURE, SIGNER_PROCEDURE, SealState, SealStep, SignerState, to_second
from seals.model.texts import SealReason, SealTitle
from seals.reasons import (
    APPLICATION_EXPIRED,
    ES_ID_FORM,
    NOT_THE_OWNER,
    SEAL_NOT_USABLE,
    SEAL_TERM,
    SIGNER_COUNT,
    SIGNER_NOT_IN_SEAL,
    SIGNER_NOT_VALID,
)
from shuniu.words import Word

LONGEST_LIFE: Final = timedelta(days=5 * 365)
MOST_SIGNERS: Final = 16
_ES_ID: Final = re.compile(r"[0-9]{14}")
_STAMP: Final = Word("stamp", "stamp", "签章")


def is_es_id(text: str) -> bool:
    """Tell whether the text has the form of an esID: 14 digits."""
    return _ES_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
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

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"seals/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return whose it is."""
        return {Party.OWNER: self.owner}

    def seen_by(self, by: Caller) -> bool:
        """Tell whether the caller may know of it: the owner and the authority."""
        return by.department == self.owner or Role.AUTHORITY in by.roles

    def expired(self, at: datetime) -> bool:
        """Tell whether its dates are over, whatever its state."""
        return at > self.valid_to

    def make(self, by: Caller, seal: bytes, picture: bytes, at: datetime) -> "Seal":
        """Return the seal as made: drawn, and signed by the seal maker. Authority only."""
        self.check_may_be_made(by, at)
        return self._move(SealStep.MAKE, seal=seal, picture=picture, valid_from=to_second(at))

    def check_may_be_made(self, by: Caller, at: datetime) -> None:
        """See that the authority asks for a seal that waits to be made and has not ended meanwhile."""
        SEAL_PROCEDURE.step(self, SealStep.MAKE, by)
        if self.expired(at):
            raise APPLICATION_EXPIRED(state=EXPIRED, step=SEAL_PROCEDURE.steps[SealStep.MAKE])

    def refuse(self, by: Caller, reason: str) -> "Seal":
        """Return the seal as it stands after the authority refuses it, for a stated reason."""
        SEAL_PROCEDURE.admit(self, SealStep.REFUSE, by)
        return self._move(SealStep.REFUSE, reason=SealReason(reason))

    def activate(self, by: Caller, at: datetime) -> "Seal":
        """Return the seal in use. Only the owner puts its own seal into use."""
        self._check_owner(by)
        return self._move(SealStep.ACTIVATE, activate_time=to_second(at))

    def revoke(self, by: Caller, reason: str, at: datetime) -> "Seal":
        """Return the seal ended for good, by its owner or the authority, for a stated reason."""
        SEAL_PROCEDURE.admit(self, SealStep.REVOKE, by)
        # to the microsecond, unlike the other times: it is compared with when the hub received a signature
        return self._move(SealStep.REVOKE, reason=SealReason(reason), revoke_time=at)

    def end(self, reason: str, since: datetime) -> "Seal":
        """Return the seal ended for good because its department has ended, or refused where it was not made yet. A step of the hub."""
        if self.state is SealState.APPLIED:
            return self._move(SealStep.REFUSE, reason=reason)
        return self._move(SealStep.REVOKE, reason=reason, revoke_time=since)

    def check_use(self, by: Caller, signer: SignerCertificate | None, at: datetime) -> None:
        """See that `by` may stamp with this seal at `at` through this signer (None: there is no such certificate)."""
        self._check_owner(by)
        # the same answer whether the certificate is unknown or another department's
        if signer is None or signer.serial not in self.signers:
            raise SIGNER_NOT_IN_SEAL()
        if (state := signer.state(at)) is not SignerState.VALID:
            raise SIGNER_NOT_VALID(state=SIGNER_PROCEDURE.states[state])
        if self.state is not SealState.ACTIVE or self.expired(at):
            stands = EXPIRED if self.state is SealState.ACTIVE else SEAL_PROCEDURE.states[self.state]
            raise SEAL_NOT_USABLE(state=stands, step=_STAMP)

    def _check_owner(self, by: Caller) -> None:
        if by.department != self.owner:
            raise NOT_THE_OWNER()

    def _move(self, step: SealStep, **changes: Any) -> "Seal":
        return replace(self, state=SEAL_PROCEDURE.after(self.state, step), revision=self.revision + 1, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealApplication:
    """What a department applies for; `signers` are serial numbers."""

    kind: SealKind
    title: str
    signers: tuple[str, ...]
    valid_to: datetime

    def __post_init__(self) -> None:
        faults = Faults()
        faults.spell(self, title=SealTitle)
        if not 1 <= len(self.signers) <= MOST_SIGNERS or len(set(self.signers)) != len(self.signers):
            faults.add(SIGNER_COUNT(field="seal.signers", most=MOST_SIGNERS))
        faults.refuse()

    def seal(self, seal_id: str, es_id: str, owner: str, at: datetime) -> Seal:
        """Return the seal that is applied for at a moment."""
        end = to_second(self.valid_to)
        if not is_es_id(es_id):
            raise ES_ID_FORM(field="seal.es_id")
        if not at < end <= at + LONGEST_LIFE:
            raise SEAL_TERM(field="seal.valid_to")
        return Seal(id=seal_id, es_id=es_id, kind=self.kind, title=self.title, owner=owner, signers=self.signers, valid_to=end, create_time=at)
