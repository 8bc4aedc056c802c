"""数据处置: what becomes of data once the grant it was received under has ended (Decree 809 art. 27). Pure: time comes in as `at`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum, unique
from typing import Any, Final

from brokerage.model.reasons import DISPOSAL_DATE_WRONG, LAW_AND_METHOD
from hub.clock import day_in_china
from hub.faults import Faults
from hub.procedure import Party, Procedure
from hub.wording import LegalBasis, Officer, Reasons, Statement
from shuniu.words import Word


@unique
class DisposalMethod(StrEnum):
    """What became of the data."""

    DELETED = "deleted"
    RETURNED = "returned"
    ARCHIVED_BY_LAW = "archived_by_law"


@unique
class DisposalState(StrEnum):
    """Where a disposal stands."""

    DUE = "due"
    RECORDED = "recorded"
    RETURNED = "returned"
    ACCEPTED = "accepted"


@unique
class DisposalStep(StrEnum):
    """What can be done to a disposal."""

    RECORD = "record"
    ACCEPT = "accept"
    SEND_BACK = "send_back"


NEXT: Final[Mapping[tuple[DisposalState, DisposalStep], DisposalState]] = {
    (DisposalState.DUE, DisposalStep.RECORD): DisposalState.RECORDED,
    (DisposalState.RECORDED, DisposalStep.ACCEPT): DisposalState.ACCEPTED,
    (DisposalState.RECORDED, DisposalStep.SEND_BACK): DisposalState.RETURNED,
    (DisposalState.RETURNED, DisposalStep.RECORD): DisposalState.RECORDED,
}

DISPOSAL_PROCEDURE: Final = Procedure(
    thing=Word("disposal", "disposal", "数据处置"),
    next=NEXT,
    who={
        DisposalStep.RECORD: frozenset({Party.CONSUMER}),
        DisposalStep.ACCEPT: frozenset({Party.PROVIDER}),
        DisposalStep.SEND_BACK: frozenset({Party.PROVIDER}),
    },
    states={
        DisposalState.DUE: Word("due", "due", "待处置"),
        DisposalState.RECORDED: Word("recorded", "recorded", "已提交回执"),
        DisposalState.RETURNED: Word("returned", "sent back", "回执被退回"),
        DisposalState.ACCEPTED: Word("accepted", "accepted", "已确认处置"),
    },
    steps={
        DisposalStep.RECORD: Word("record", "record it", "提交处置回执"),
        DisposalStep.ACCEPT: Word("accept", "accept it", "确认处置"),
        DisposalStep.SEND_BACK: Word("send_back", "send it back", "退回回执"),
    },
)


@dataclass(frozen=True, slots=True)
class DisposalCase:
    """A disposal as its procedure looks at it: where it stands, and who has which part in its grant."""

    state: DisposalState
    parties: Mapping[Party, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a consumer says it did with the data."""

    method: DisposalMethod
    statement: str
    legal_basis: str
    dispose_date: date | None
    officer: str

    def clean(self, begin: datetime, at: datetime) -> "Receipt":
        """Return the receipt as it is kept, of a grant that began at `begin`; raise InvalidInputError with all that is wrong with it."""
        faults = Faults()
        statement = faults.take(lambda: Statement(self.statement), self.statement)
        kept_by_law = self.method is DisposalMethod.ARCHIVED_BY_LAW
        law = faults.take(lambda: LegalBasis(self.legal_basis), "") if self.legal_basis.strip() else ""
        if bool(self.legal_basis.strip()) != kept_by_law:
            faults.add(LAW_AND_METHOD(field="legal_basis"))
        if self.dispose_date is None or not day_in_china(begin) <= self.dispose_date <= day_in_china(at):
            faults.add(DISPOSAL_DATE_WRONG(field="dispose_date"))
        officer = faults.take(lambda: Officer(self.officer), self.officer)
        faults.refuse()
        return replace(self, statement=statement, legal_basis=law, officer=officer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposal:
    """Where the disposal of what was received under a grant stands, and the receipt that the consumer gave."""

    state: DisposalState = DisposalState.DUE
    method: DisposalMethod | None = None
    statement: str = ""
    legal_basis: str = ""
    dispose_date: date | None = None
    officer: str = ""
    record_time: datetime | None = None
    reason: str = ""
    decision_officer: str = ""
    decide_time: datetime | None = None

    def record(self, receipt: Receipt, at: datetime) -> "Disposal":
        """Return the disposal with its receipt, which is clean; what was said of an earlier one goes."""
        said = {one.name: getattr(receipt, one.name) for one in fields(receipt)}
        return Disposal(state=self._after(DisposalStep.RECORD), record_time=at, **said)

    def accept(self, officer: str, at: datetime) -> "Disposal":
        """Return the disposal as the provider takes note of it."""
        return replace(self, state=self._after(DisposalStep.ACCEPT), decision_officer=Officer(officer), decide_time=at)

    def send_back(self, reason: str, officer: str, at: datetime) -> "Disposal":
        """Return the disposal as the provider asks for another receipt."""
        why = Reasons(reason)
        return replace(self, state=self._after(DisposalStep.SEND_BACK), reason=why, decision_officer=Officer(officer), decide_time=at)

    def plain(self) -> dict[str, Any]:
        """Return the disposal as plain values; what is empty is left out."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items() if value}

    def _after(self, step: DisposalStep) -> DisposalState:
        return DISPOSAL_PROCEDURE.after(self.state, step)


def disposal_from(stored: dict[str, Any]) -> Disposal:
    """Return the disposal that was kept."""
    read: dict[str, Callable[[str], Any]] = {
        "state": DisposalState,
        "method": DisposalMethod,
        "dispose_date": date.fromisoformat,
        "record_time": datetime.fromisoformat,
        "decide_time": datetime.fromisoformat,
    }
    return Disposal(**{name: read[name](value) if name in read else value for name, value in stored.items()})
