"""An objection, "this record, entry, decision or license is wrong", and the notices that follow a correction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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

MAX_STATEMENT: Final = 4_000
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
OPEN: Final = frozenset({ObjectionState.FILED, ObjectionState.VERIFYING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A claim that something is wrong; whose record it is about is kept as a pseudonym alone."""

    id: str
    revision: int = 1
    state: ObjectionState = ObjectionState.FILED
    target: ObjectionTarget
    resource: str
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
