"""A license from draft to revocation. Only its issuer changes it; whoever verifies it reads why."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum, unique
from typing import Any, Final

from hub.access import Caller, Role
from hub.errors import InvalidInputError
from hub.identifiers import CITIZEN, USCC
from hub.procedure import Party, Procedure
from hub.subject import Subject
from hub.wording import Key
from licenses.model.texts import LicenseNumber, LicenseReason
from licenses.reasons.issuing import NO_SUCH_LICENSE, NOT_ISSUER, PERSONAL_DATA_IN_TEXT, STAMPED_ALREADY
from licenses.reasons.succession import SUCCESSOR_DIFFERS, SUCCESSOR_NOT_IN_FORCE, SUCCESSOR_OF_OTHERS, SUCCESSOR_TAKEN
from shuniu.words import Word
from shuniu.zone import CHINA

PERSON: Final = "111"
ORGANISATION: Final = "001"
DOMAINS: Final = {PERSON: CITIZEN, ORGANISATION: USCC}
"""Which subject domain the code of a holder belongs to, by its kind (GB/T 36903)."""


@unique
class LicenseState(StrEnum):
    """Where a license stands; expired is derived from its dates."""

    DRAFT = "draft"
    ISSUED = "issued"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


@unique
class LicenseStep(StrEnum):
    """What can be done to a license."""

    ISSUE = "issue"
    STAMP = "stamp"
    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"
    SUPERSEDE = "supersede"


NEXT: Final[Mapping[tuple[LicenseState, LicenseStep], LicenseState]] = {
    (LicenseState.DRAFT, LicenseStep.ISSUE): LicenseState.ISSUED,
    (LicenseState.DRAFT, LicenseStep.REVOKE): LicenseState.REVOKED,
    (LicenseState.ISSUED, LicenseStep.STAMP): LicenseState.ISSUED,
    (LicenseState.ISSUED, LicenseStep.SUSPEND): LicenseState.SUSPENDED,
    (LicenseState.SUSPENDED, LicenseStep.RESUME): LicenseState.ISSUED,
    (LicenseState.ISSUED, LicenseStep.REVOKE): LicenseState.REVOKED,
    (LicenseState.SUSPENDED, LicenseStep.REVOKE): LicenseState.REVOKED,
    (LicenseState.ISSUED, LicenseStep.SUPERSEDE): LicenseState.SUPERSEDED,
    (LicenseState.SUSPENDED, LicenseStep.SUPERSEDE): LicenseState.SUPERSEDED,
}

LICENSE_PROCEDURE: Final = Procedure(
    thing=Word("license", "license", "电子证照"),
    next=NEXT,
    who={step: frozenset({Party.ISSUER}) for step in LicenseStep},
    states={
        LicenseState.DRAFT: Word("draft", "in draft", "草稿"),
        LicenseState.ISSUED: Word("issued", "issued", "已签发"),
        LicenseState.SUSPENDED: Word("suspended", "suspended", "已暂停"),
        LicenseState.REVOKED: Word("revoked", "revoked", "已吊销"),
        LicenseState.SUPERSEDED: Word("superseded", "superseded", "已被取代"),
    },
    steps={
        LicenseStep.ISSUE: Word("issue", "issue", "签发"),
        LicenseStep.STAMP: Word("stamp", "stamp", "加盖印章"),
        LicenseStep.SUSPEND: Word("suspend", "suspend", "暂停"),
        LicenseStep.RESUME: Word("resume", "resume", "恢复"),
        LicenseStep.REVOKE: Word("revoke", "revoke", "吊销"),
        LicenseStep.SUPERSEDE: Word("supersede", "supersede", "取代"),
    },
    wrong_party=NOT_ISSUER,
)


@dataclass(frozen=True, slots=True)
class Holder:
    """CZZT, CZZTDM, CZZTDMLXDM of GB/T 36903: name, code and kind of code (111 citizen ID, 001 USCC).

    The name is kept as the issuer spells it (`licenses/spelling.py`): folding would change rare characters of people's names.
    """

    title: str
    code: str = field(repr=False)
    code_type: str

    def stands_in(self, *texts: str) -> bool:
        """Tell whether a text spells this person's ID number, in whatever spelling; an organisation's code is public."""
        return self.code_type == PERSON and Key(self.code).stands_in(*texts)


@dataclass(frozen=True, slots=True)
class Draft:
    """What an issuer asks to have prepared."""

    license_type: str
    number: str
    holders: tuple[Holder, ...]
    fields: Mapping[str, str]
    kid: bytes
    valid_from: date | None
    valid_to: date | None

    def __post_init__(self) -> None:
        """Read the number, which everybody will see; it is signed, and signed texts are plain ones."""
        object.__setattr__(self, "number", str(LicenseNumber(self.number)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of a department's licenses are listed; what is empty keeps none out. There is no search by holder: that is a look at a person."""

    number: str = ""
    state: LicenseState | None = None
    license_type: str = ""

    def __post_init__(self) -> None:
        """Read the number as one is read that is issued."""
        if self.number:
            object.__setattr__(self, "number", str(LicenseNumber(self.number)))


@dataclass(frozen=True, slots=True)
class License:
    """电子证照: one version of one license. What is personal in it (holders, business fields) is stored encrypted.

    `seq` orders the issuer's list.
    """

    identifier: str
    license_type: str
    number: str
    issuer: str
    issuer_title: str
    issue_date: date
    valid_from: date
    valid_to: date | None
    holders: tuple[Holder, ...]
    fields: Mapping[str, str]
    kid: bytes
    protected: bytes
    payload: bytes
    status_shard: int
    status_index: int
    status_uri: str
    create_time: datetime
    seq: str = ""
    state: LicenseState = LicenseState.DRAFT
    signed_bytes: bytes = b""
    stamp: bytes = b""
    reason: str = ""
    issue_time: datetime | None = None
    revision: int = 1
    superseded_by: str = ""
    """Identifier of the license that took its place."""
    supersedes: str = ""
    """Identifier of the license whose place it took."""
    heir: str = ""
    """The department that has the issuer's rights now, where that has passed into another; not kept, read from the register of departments."""

    @property
    def keeper(self) -> str:
        """Return the department whose license it is to change: the issuer, or its successor. Identifier and code go on naming the issuer."""
        return self.heir or self.issuer

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"licenses/{self.identifier}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return the department that issues it, or that took over from the one which did."""
        return {Party.ISSUER: self.keeper}

    @property
    def subject(self) -> Subject | None:
        """Return whose data it is: its first holder, None where that is no code that the log knows."""
        # the log finds a license of several holders under the first
        holder = self.holders[0]
        domain = DOMAINS.get(holder.code_type)
        if domain is None:
            return None
        try:
            return Subject(domain, holder.code)
        except InvalidInputError:
            # earlier releases took any code of an organisation; such a license must still be suspended and revoked
            return Subject.unchecked(domain, holder.code)

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: its issuer, or whoever took over from that, and the authority."""
        return caller.department == self.keeper or Role.AUTHORITY in caller.roles

    def check_issuer(self, by: Caller) -> None:
        """Refuse everybody but the issuer, before anything of the license is compared; to whoever may not know of it, it does not exist."""
        if not self.seen_by(by):
            raise NO_SUCH_LICENSE()
        if by.department != self.keeper:
            raise NOT_ISSUER()

    def without_holders(self) -> "License":
        """Return what a step shows to whoever holds the signed bytes already, having signed or stamped them: no holders, no business fields."""
        return replace(self, holders=(), fields={})

    def without_content(self) -> "License":
        """Return what a list or a step shows of it: name, number, dates and state, and nothing that says anything of a holder."""
        return replace(self.without_holders(), protected=b"", payload=b"", signed_bytes=b"", stamp=b"")

    def issue(self, by: Caller, signed: bytes, at: datetime) -> "License":
        """Return the license in force with its signed bytes."""
        return self._in_state(LICENSE_PROCEDURE.step(self, LicenseStep.ISSUE, by), signed_bytes=signed, issue_time=at)

    def attach(self, by: Caller, stamp: bytes) -> "License":
        """Return the license with the issuer's seal over its signed bytes (Decree 716 art. 9); a second stamp is refused."""
        LICENSE_PROCEDURE.admit(self, LicenseStep.STAMP, by)
        if self.stamp:
            raise STAMPED_ALREADY(state=self.state, step=LicenseStep.STAMP)
        return self._in_state(LICENSE_PROCEDURE.after(self.state, LicenseStep.STAMP), stamp=stamp)

    def suspend(self, by: Caller, reason: str) -> "License":
        """Return the license not valid for now."""
        return self._for_a_reason(LicenseStep.SUSPEND, by, reason)

    def resume(self, by: Caller, reason: str) -> "License":
        """Return the license in force again."""
        return self._for_a_reason(LicenseStep.RESUME, by, reason)

    def revoke(self, by: Caller, reason: str) -> "License":
        """Return the license not valid for good."""
        return self._for_a_reason(LicenseStep.REVOKE, by, reason)

    def supersede(self, by: Caller, successor: "License", reason: str, field: str = "reason") -> "License":
        """Return the license not valid for good, with the one that takes its place; `field` is where the reason stands in the request."""
        following = self._for_a_reason(LicenseStep.SUPERSEDE, by, reason, field)
        self.check_successor(successor)
        return replace(following, superseded_by=successor.identifier)

    def check_successor(self, successor: "License") -> None:
        """Refuse a license that cannot take this one's place.

        Only one in force may, and one that was superseded is in force no more: so no chain of successors comes back to where it began.
        """
        if successor.identifier == self.identifier or successor.issuer != self.issuer:
            raise SUCCESSOR_OF_OTHERS(field="successor")
        if successor.state is not LicenseState.ISSUED:
            raise SUCCESSOR_NOT_IN_FORCE(field="successor", state=LICENSE_PROCEDURE.states[successor.state])
        if successor.supersedes:
            raise SUCCESSOR_TAKEN(field="successor", other=f"licenses/{successor.supersedes}")
        self.check_same_kind(successor.license_type, successor.holders)

    def check_same_kind(self, license_type: str, holders: tuple[Holder, ...]) -> None:
        """Refuse another type, or other holders: what they are called may be what was wrong, by their numbers they are the same."""
        if license_type != self.license_type or _codes(holders) != _codes(self.holders):
            raise SUCCESSOR_DIFFERS(field="successor")

    def follow(self, former: "License") -> "License":
        """Return the license as the one that took the place of a former one."""
        return replace(self, supersedes=former.identifier, revision=self.revision + 1)

    def _for_a_reason(self, step: LicenseStep, by: Caller, reason: str, field: str = "reason") -> "License":
        LICENSE_PROCEDURE.admit(self, step, by)
        why = LicenseReason(reason, field)
        # whoever verifies the license reads the reason
        if any(holder.stands_in(why) for holder in self.holders):
            raise PERSONAL_DATA_IN_TEXT(field=field)
        return self._in_state(LICENSE_PROCEDURE.after(self.state, step), reason=why)

    def _in_state(self, state: LicenseState, **changes: Any) -> "License":
        return replace(self, state=state, revision=self.revision + 1, **changes)


def _codes(holders: tuple[Holder, ...]) -> set[tuple[str, str]]:
    return {(one.code_type, one.code) for one in holders}


def end_of(day: date) -> datetime:
    """Return the last second of a calendar day in China."""
    return datetime.combine(day, time(23, 59, 59), CHINA)
