"""An objection: "this record, entry, decision or license is wrong". Pure: time comes in as `at`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import datetime
from typing import Any, Final

from brokerage.model.objection_procedure import OBJECTION_PROCEDURE, TARGETS, ObjectionState, ObjectionStep, ObjectionTarget
from brokerage.model.reasons import DIGEST_WRONG, FIELD_AND_TARGET, SUBJECT_IN_CLEAR, SUBJECT_MISSING, UNKNOWN_LICENSE
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
OPEN: Final = frozenset({ObjectionState.FILED, ObjectionState.VERIFYING})
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
        return self._after(ObjectionStep.VERIFY, by)

    def correct(self, by: Caller, outcome: str) -> "Objection":
        """Return the objection as found right, with what was corrected."""
        return self._after(ObjectionStep.CORRECT, by, outcome)

    def dismiss(self, by: Caller, outcome: str) -> "Objection":
        """Return the objection as found wrong, with the reason."""
        return self._after(ObjectionStep.DISMISS, by, outcome)

    def confirm(self, by: Caller, at: datetime) -> "Objection":
        """Return the objection as closed by the objector."""
        return replace(self._after(ObjectionStep.CONFIRM, by), end_time=at)

    def _after(self, step: ObjectionStep, by: Caller, outcome: str | None = None) -> "Objection":
        OBJECTION_PROCEDURE.admit(self, step, by)
        words = self.outcome if outcome is None else Reasons(outcome, "outcome")
        state = OBJECTION_PROCEDURE.after(self.state, step)
        return replace(self, state=state, revision=self.revision + 1, outcome=words)


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
