"""An objection: "this record, entry, decision or license is wrong". Pure: time comes in as `at`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import datetime
from typing import Any, Final

from brokerage.model.objection_procedure import (
    OBJECTION_PROCEDURE,
    TARGETS,
    ObjectionRuling,
    ObjectionState,
    ObjectionStep,
    ObjectionTarget,
)
from brokerage.model.reasons import (
    DIGEST_WRONG,
    FIELD_AND_TARGET,
    MUST_CORRECT,
    SUBJECT_IN_CLEAR,
    SUBJECT_MISSING,
    SUCCESSOR_AND_TARGET,
    UNKNOWN_LICENSE,
)
from hub.access import Caller
from hub.faults import Faults
from hub.procedure import Party, takes_part
from hub.wording import WORTH_HIDING, CaseNumber, Key, Officer, Reasons, Statement, fold
from shuniu.identifiers.uscc import is_uscc
from timing.timer import Timer

MAX_KEY: Final = 64
DIGEST: Final = 32  # SHA-256
SERVICE_CONTINUES: Final = (
    "服务不中断告知：该数据异议正在校核。校核期间，当事人出示合法有效证明材料的，有关部门应当继续为其办理，不得以数据存在异议为由拒绝、中止或者拖延。"
)
SERVICE_CONTINUES_EN: Final = (
    "Service continues: an objection to this data is being checked. Meanwhile, whoever shows valid and lawful proof is served as usual; that the "
    "data is contested is no ground to refuse, suspend or delay the service."
)
AWAITS_CHECK: Final = frozenset({ObjectionState.FILED, ObjectionState.VERIFYING})
"""Where the source's verification is awaited, and its time runs."""
OPEN: Final = AWAITS_CHECK | {ObjectionState.APPEALED}
"""Where it is not settled whether the data is right."""
# root, type code (21), issuer (18), serial, version, check character (GB/T 36904-2018)
_LICENSE: Final = re.compile(r"licenses/1\.2\.156\.3005\.2\.[0-9A-Z]{21}\.([0-9A-Z]{18})\.[0-9A-Z]{1,40}\.[0-9]{3}\.[0-9A-Z]")
# shorter words stand in any text by chance
_LIKE_A_KEY: Final = re.compile(rf"[0-9A-Za-z]{{{WORTH_HIDING},{MAX_KEY}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionContent:
    """What an objector writes: what is wrong with which record, entry, decision or license; the record's key is not stored in clear.

    `former` is how an earlier release spelled the content where two requests of one id are compared.
    """

    target: ObjectionTarget
    resource: str
    statement: str
    officer: str
    subject_key: str = dataclass_field(default="", repr=False)
    field: str = ""
    evidence_digest: bytes = b""
    case_number: str = ""
    former: bytes = dataclass_field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "former", _former(self))  # before anything is folded: it was compared as it came
        rule, key = TARGETS[self.target], self.subject_key.strip()
        faults = Faults()
        # what it is to look like depends on the entry (`Subject`)
        if rule.of_a_record != bool(key) or len(key) > MAX_KEY:
            faults.add(SUBJECT_MISSING(field="objection.subject_key", most=MAX_KEY))
        # while the key is still here in clear: afterwards only its pseudonym could be compared
        if Key(key).stands_in(self.statement, self.case_number, self.officer, self.field):
            faults.add(SUBJECT_IN_CLEAR(field="statement"))
        else:  # texts that give the key away are not looked at any closer: it is a number that stands in no text anyway
            faults.spell(self, statement=Statement, case_number=CaseNumber.or_none, officer=Officer)
        if len(self.evidence_digest) not in {0, DIGEST}:
            faults.add(DIGEST_WRONG(field="evidence_digest", length=DIGEST))
        if rule.of_a_field != bool(self.field):
            faults.add(FIELD_AND_TARGET(field="field"))
        faults.refuse()

    def plain(self) -> dict[str, Any]:
        """Return the content as plain values; in the place of the key stands its pseudonym, which is added by whoever makes it."""
        return {
            "target": self.target.value,
            "resource": self.resource,
            "statement": self.statement,
            "officer": self.officer,
            "field": self.field,
            "evidence_digest": self.evidence_digest.hex(),
            "case_number": self.case_number,
        }


@dataclass(frozen=True, slots=True)
class Concern:
    """What an objection is about, as the hub found it: the department that must check it, and whose record it is where it is a record."""

    source: str
    subject_domain: str = ""
    subject_pseudonym: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A claim that something is wrong; whose record it is about is stored as a pseudonym alone."""

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
    timer: Timer | None = None
    notice_count: int = 0
    officer: str
    create_time: datetime
    end_time: datetime | None = None
    appeal: str = ""
    appeal_time: datetime | None = None
    ruling: ObjectionRuling | None = None
    decision: str = ""
    decision_officer: str = ""
    decide_time: datetime | None = None
    withdrawal: str = ""
    successor: str = ""
    acknowledged_count: int = 0
    """Counted where it is looked at, and not stored."""

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"objections/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return which department has which part."""
        return {Party.OBJECTOR: self.objector, Party.SOURCE: self.source}

    @property
    def service_continues_notice(self) -> str:
        """Return the notice that goes with every open objection: whoever shows valid proof is served meanwhile; empty when checked."""
        return SERVICE_CONTINUES if self.state in OPEN else ""

    @property
    def awaits_step(self) -> bool:
        """Tell whether its verification is awaited: the timer runs."""
        return self.state in AWAITS_CHECK

    @property
    def is_open(self) -> bool:
        """Tell whether it is not settled yet whether the data is right."""
        return self.state in OPEN

    @property
    def of_a_record(self) -> bool:
        """Tell whether it is about somebody's record, so that others may have received what is wrong."""
        return TARGETS[self.target].of_a_record

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of this objection: its two parties and the authority."""
        return takes_part(self, caller)

    @classmethod
    def file(cls, by: Caller, content: ObjectionContent, concern: Concern, objection_id: str, at: datetime) -> "Objection":
        """Return the content as an objection of the caller's department, transferred to the source department."""
        return cls(
            id=objection_id,
            target=content.target,
            resource=content.resource,
            subject_domain=concern.subject_domain,
            subject_pseudonym=concern.subject_pseudonym,
            field=content.field,
            statement=content.statement,
            evidence_digest=content.evidence_digest,
            objector=by.department,
            source=concern.source,
            case_number=content.case_number,
            officer=content.officer,
            create_time=at,
        )

    def verify(self, by: Caller) -> "Objection":
        """Return the objection as taken up by the source department (校核)."""
        self._admit(ObjectionStep.VERIFY, by)
        return self._after(ObjectionStep.VERIFY)

    def correct(self, by: Caller, outcome: str, successor: str = "") -> "Objection":
        """Return the objection as found right, with what was corrected; of a license, which one (resource name) took its place."""
        self._admit(ObjectionStep.CORRECT, by)
        words = Reasons(outcome, "outcome")
        if successor and self.target is not ObjectionTarget.LICENSE:
            raise SUCCESSOR_AND_TARGET(field="successor")
        return self._after(ObjectionStep.CORRECT, outcome=words, successor=successor)

    def dismiss(self, by: Caller, outcome: str) -> "Objection":
        """Return the objection as found wrong, with the reason; where the authority has overturned an outcome, the source can only correct."""
        self._admit(ObjectionStep.DISMISS, by)
        following = self._after(ObjectionStep.DISMISS, outcome=Reasons(outcome, "outcome"))
        if self.ruling is ObjectionRuling.OVERTURNED:
            raise MUST_CORRECT(step=OBJECTION_PROCEDURE.steps[ObjectionStep.DISMISS])
        return following

    def confirm(self, by: Caller, at: datetime) -> "Objection":
        """Return the objection as closed by the objector."""
        self._admit(ObjectionStep.CONFIRM, by)
        return self._after(ObjectionStep.CONFIRM, end_time=at)

    def withdraw(self, by: Caller, reason: str, at: datetime) -> "Objection":
        """Return the objection as the objector takes it back."""
        self._admit(ObjectionStep.WITHDRAW, by)
        return self._after(ObjectionStep.WITHDRAW, withdrawal=Reasons(reason), end_time=at)

    def appeal_to_authority(self, by: Caller, statement: str, at: datetime) -> "Objection":
        """Return the objection as the objector takes its outcome to the authority; what was decided on an earlier appeal is on the log."""
        self._admit(ObjectionStep.APPEAL, by)
        words = Statement(statement)
        undecided: dict[str, Any] = {"ruling": None, "decision": "", "decision_officer": "", "decide_time": None}
        return self._after(ObjectionStep.APPEAL, appeal=words, appeal_time=at, **undecided)

    def uphold(self, by: Caller, reason: str, officer: str, at: datetime) -> "Objection":
        """Return the objection as the authority closes it: its outcome stands."""
        self._admit(ObjectionStep.UPHOLD, by)
        following = self._ruled(ObjectionStep.UPHOLD, ObjectionRuling.UPHELD, Reasons(reason), officer, at)
        return replace(following, end_time=at)

    def overturn(self, by: Caller, reason: str, officer: str, timer: Timer | None, at: datetime) -> "Objection":
        """Return the objection as the authority sends it back to be corrected, with a time of its own."""
        self._admit(ObjectionStep.OVERTURN, by)
        following = self._ruled(ObjectionStep.OVERTURN, ObjectionRuling.OVERTURNED, Reasons(reason), officer, at)
        return replace(following, timer=timer)

    def run_out(self, at: datetime) -> "Objection":
        """Return the objection as the hub has put on the log that its time is over; its state stays, and the source still answers."""
        return replace(self, revision=self.revision + 1, timer=self.timer and replace(self.timer, told_time=at))

    def _ruled(self, step: ObjectionStep, ruling: ObjectionRuling, decision: Reasons, officer: str, at: datetime) -> "Objection":
        return self._after(step, ruling=ruling, decision=decision, decision_officer=officer, decide_time=at)

    def _admit(self, step: ObjectionStep, by: Caller) -> None:
        OBJECTION_PROCEDURE.admit(self, step, by)

    def _after(self, step: ObjectionStep, **changes: Any) -> "Objection":
        return replace(self, state=OBJECTION_PROCEDURE.after(self.state, step), revision=self.revision + 1, **changes)


def issuer_of(resource: str) -> str:
    """Return the issuer (USCC) that a license's resource name spells: the sixth part of its identifier (GB/T 36904-2018)."""
    found = _LICENSE.fullmatch(resource)
    if found is None or not is_uscc(found[1]):
        raise UNKNOWN_LICENSE(field="objection.resource")
    return found[1]


def possible_keys(text: str) -> frozenset[str]:
    """Return the words of a text that could be the key of a record, each once: to compare when the key itself is no longer known."""
    return frozenset(word.upper() for word in _LIKE_A_KEY.findall(fold(text, identifies=True)))


def _former(content: ObjectionContent) -> bytes:
    """Return the content as Python's repr spelled it, without the key: so it was compared up to commit 4ecb906."""
    return (
        f"ObjectionContent(target=<ObjectionTarget.{content.target.name}: {content.target.value!r}>, resource={content.resource!r}, "
        f"statement={content.statement!r}, officer={content.officer!r}, field={content.field!r}, "
        f"evidence_digest={content.evidence_digest!r}, case_number={content.case_number!r})"
    ).encode()
