"""An objection, "this record, entry, decision or license is wrong", and the notices that follow a correction."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import datetime
from enum import StrEnum, unique
from typing import Any, Final

from brokerage.model.case_clock import CaseClock
from brokerage.model.parties import OBJECTOR, RECIPIENT, SOURCE, admit, sees
from brokerage.model.procedure import after
from brokerage.model.wording import MAX_CASE_NUMBER, check_line, check_shape, check_wording
from catalog.model import check_officer
from hub.access import Caller
from hub.errors import IllegalStateError, InvalidInputError
from hub.uscc import is_uscc

MAX_STATEMENT: Final = 4_000
MAX_KEY: Final = 64
WORTH_HIDING: Final = 6  # a shorter key would be found inside unrelated text by chance
DIGEST: Final = 32  # SHA-256
SERVICE_CONTINUES: Final = (
    "服务不中断告知：该数据异议正在校核。校核期间，当事人出示合法有效证明材料的，有关部门应当继续为其办理，不得以数据存在异议为由拒绝、中止或者拖延。"
)


@unique
class ObjectionTarget(StrEnum):
    """What an objection is about."""

    RECORD = "record"
    FIELD = "field"
    ENTRY = "entry"
    DECISION = "decision"
    LICENSE = "license"


@unique
class ObjectionState(StrEnum):
    """Where an objection stands."""

    FILED = "filed"
    VERIFYING = "verifying"
    CORRECTED = "corrected"
    DISMISSED = "dismissed"
    CLOSED = "closed"


@unique
class ObjectionStep(StrEnum):
    """What can be done to an objection."""

    VERIFY = "verify"
    CORRECT = "correct"
    DISMISS = "dismiss"
    CONFIRM = "confirm"


NEXT: Final[Mapping[tuple[ObjectionState, ObjectionStep], ObjectionState]] = {
    (ObjectionState.FILED, ObjectionStep.VERIFY): ObjectionState.VERIFYING,
    (ObjectionState.VERIFYING, ObjectionStep.CORRECT): ObjectionState.CORRECTED,
    (ObjectionState.VERIFYING, ObjectionStep.DISMISS): ObjectionState.DISMISSED,
    (ObjectionState.CORRECTED, ObjectionStep.CONFIRM): ObjectionState.CLOSED,
    (ObjectionState.DISMISSED, ObjectionStep.CONFIRM): ObjectionState.CLOSED,
}

WHO: Final[Mapping[ObjectionStep, frozenset[str]]] = {
    ObjectionStep.VERIFY: frozenset({SOURCE}),
    ObjectionStep.CORRECT: frozenset({SOURCE}),
    ObjectionStep.DISMISS: frozenset({SOURCE}),
    ObjectionStep.CONFIRM: frozenset({OBJECTOR}),
}

OF_A_RECORD: Final = frozenset({ObjectionTarget.RECORD, ObjectionTarget.FIELD})
_LICENSE: Final = re.compile(r"licenses/1\.2\.156\.3005\.2\.[0-9A-Z]{21}\.([0-9A-Z]{18})\.[0-9A-Z]{1,40}\.[0-9]{3}\.[0-9A-Z]")
OPEN: Final = frozenset({ObjectionState.FILED, ObjectionState.VERIFYING})


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionContent:
    """What an objector writes: what is wrong with which record, entry, decision or license; the record's key is not kept in clear."""

    target: ObjectionTarget
    resource: str
    statement: str
    officer: str
    subject_key: str = dataclass_field(default="", repr=False)
    field: str = ""
    evidence_digest: bytes = b""
    case_number: str = ""

    def __post_init__(self) -> None:
        key = canonical_key(self.subject_key)
        if (self.target in OF_A_RECORD) != bool(key) or len(key) > MAX_KEY or not key.isprintable():
            raise InvalidInputError(
                "the key of the record is required for a record or a field, and has no place elsewhere",
                field="objection.subject_key",
                zh="对记录或信息项提出异议须填写数据主体标识，其他情形不得填写",
                reason="SUBJECT_MISSING",
            )
        if len(key) >= WORTH_HIDING and any(key in text.upper() for text in (self.statement, self.case_number, self.officer, self.field)):
            raise key_in_clear("statement")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A claim that something is wrong; whose record it is about is kept as a pseudonym alone."""

    id: str
    revision: int = 1
    state: ObjectionState = ObjectionState.FILED
    target: ObjectionTarget
    resource: str
    subject_domain: str = ""
    subject_pseudonym: bytes = b""
    field: str = ""
    statement: str
    evidence_digest: bytes = b""
    objector: str
    source: str
    case_number: str = ""
    outcome: str = ""
    clock: CaseClock | None = None
    notice_count: int = 0
    officer: str
    create_time: datetime
    end_time: datetime | None = None

    def __post_init__(self) -> None:
        check_wording(self.statement, "statement", MAX_STATEMENT)
        check_shape(self.case_number, "case_number", MAX_CASE_NUMBER)
        check_line(self.case_number, "case_number")
        check_officer(self.officer)
        if len(self.evidence_digest) not in {0, DIGEST}:
            raise InvalidInputError(f"the digest of evidence is SHA-256, {DIGEST} bytes", field="evidence_digest", zh="证据摘要应为 32 字节")
        if (self.target in OF_A_RECORD) != bool(self.subject_pseudonym):
            raise InvalidInputError(
                "the key of the record goes with a record or a field, and only there", field="subject_key", zh="数据主体标识与异议对象不符"
            )
        if (self.target is ObjectionTarget.FIELD) != bool(self.field):
            raise InvalidInputError("a field is named when the objection is to a field, and only then", field="field", zh="信息项与异议对象不符")

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"objections/{self.id}"

    @property
    def service_continues_notice(self) -> str:
        """Return the notice that goes with every open objection: whoever shows valid proof is served meanwhile; empty when checked."""
        return SERVICE_CONTINUES if self.state in OPEN else ""

    @classmethod
    def filed(cls, by: Caller, content: ObjectionContent, objection_id: str, source: str, at: datetime, domain: str, pseudonym: bytes) -> "Objection":
        """Return the content as an objection of the caller's department, transferred to the source department."""
        return cls(
            id=objection_id,
            target=content.target,
            resource=content.resource,
            subject_domain=domain,
            subject_pseudonym=pseudonym,
            field=content.field,
            statement=content.statement,
            evidence_digest=content.evidence_digest,
            objector=by.department,
            source=source,
            case_number=content.case_number,
            officer=content.officer,
            create_time=at,
        )

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of this objection: its two parties and the authority."""
        return sees(caller, self.objector, self.source)

    def verifying(self, by: Caller) -> "Objection":
        """Return the objection as taken up by the source department (校核)."""
        return self._after(ObjectionStep.VERIFY, by)

    def corrected(self, by: Caller, outcome: str, notice_count: int) -> "Objection":
        """Return the objection as found right, with what was corrected and how many departments were told."""
        return self._after(ObjectionStep.CORRECT, by, outcome=outcome, notice_count=notice_count)

    def dismissed(self, by: Caller, outcome: str) -> "Objection":
        """Return the objection as found wrong, with the reason."""
        return self._after(ObjectionStep.DISMISS, by, outcome=outcome)

    def confirmed(self, by: Caller, at: datetime) -> "Objection":
        """Return the objection as closed by the objector."""
        return self._after(ObjectionStep.CONFIRM, by, end_time=at)

    def _after(self, step: ObjectionStep, by: Caller, **changed: Any) -> "Objection":
        admit(by, step.value, WHO[step], {OBJECTOR: self.objector, SOURCE: self.source})
        if "outcome" in changed:
            check_wording(changed["outcome"], "outcome")
        state = after(NEXT, self.state, step, "the objection")
        return replace(self, state=state, revision=self.revision + 1, **changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionNotice:
    """Tells one department: you received a record that has since been corrected, in these cases, under these indexes of the log."""

    id: str
    revision: int = 1
    objection: str
    recipient: str
    entry: str
    case_numbers: tuple[str, ...]
    log_indexes: tuple[int, ...]
    outcome: str
    create_time: datetime
    acknowledge_time: datetime | None = None
    officer: str = ""

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"correctionNotices/{self.id}"

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of this notice: its recipient and the authority."""
        return sees(caller, self.recipient)

    def acknowledged(self, by: Caller, officer: str, at: datetime) -> "CorrectionNotice":
        """Return the notice as acknowledged by an officer of the recipient; once."""
        admit(by, "acknowledge", frozenset({RECIPIENT}), {RECIPIENT: self.recipient})
        check_officer(officer)
        if self.acknowledge_time is not None:
            raise IllegalStateError(
                "the notice is acknowledged; acknowledge is possible once", zh="该更正通知已签收", state="acknowledged", step="acknowledge"
            )
        return replace(self, revision=self.revision + 1, officer=officer, acknowledge_time=at)


def receptions_by_department(receptions: Sequence[tuple[str, str, int]], source: str) -> dict[str, tuple[tuple[str, ...], tuple[int, ...]]]:
    """Group (department, case number, log index) by department: case numbers once each, all indexes; the source itself is left out."""
    grouped: dict[str, tuple[dict[str, None], list[int]]] = {}
    for department, case_number, index in receptions:
        if department != source:
            cases, indexes = grouped.setdefault(department, ({}, []))
            cases.update({case_number: None} if case_number else {})
            indexes.append(index)
    return {department: (tuple(cases), tuple(indexes)) for department, (cases, indexes) in grouped.items()}


def issuer_of(resource: str) -> str:
    """Return the issuer (USCC) that a license's resource name spells: the sixth part of its identifier (GB/T 36904-2018)."""
    found = _LICENSE.fullmatch(resource)
    if found is None or not is_uscc(found[1]):
        raise InvalidInputError(
            "not the name of a license of a department here",
            field="objection.resource",
            zh="不是本枢纽部门签发的电子证照标识",
            next_action="send licenses/ and the identifier as printed on the license",
            reason="UNKNOWN_LICENSE",
        )
    return found[1]


def canonical_key(key: str) -> str:
    """Return a key as it is written: ID numbers and USCCs in capitals, without blanks around them (GB 11643, GB 32100)."""
    return key.strip().upper()


def key_in_clear(field: str) -> InvalidInputError:
    """Return the refusal of a text that spells the key of the record."""
    return InvalidInputError(
        "the key of the record must not stand in the text; it is kept as a pseudonym alone",
        field=field,
        zh="文字内容中不得出现数据主体的证件号码",
        next_action="leave the number out",
        reason="SUBJECT_IN_CLEAR",
    )
