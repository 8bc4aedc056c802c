"""What follows a correction: each department that had received the record is sent a notice, and acknowledges it once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, unique
from typing import Final, Protocol

from brokerage.model.objection import Objection
from hub.access import Caller
from hub.procedure import Party, Procedure, takes_part
from hub.wording import Officer
from shuniu.words import Word


@unique
class NoticeState(StrEnum):
    """Where a correction notice stands; derived from its time of acknowledgement, never stored."""

    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"


@unique
class NoticeStep(StrEnum):
    """What can be done to a correction notice."""

    ACKNOWLEDGE = "acknowledge"
    SEND_AGAIN = "send_again"


NEXT: Final[Mapping[tuple[NoticeState, NoticeStep], NoticeState]] = {
    (NoticeState.SENT, NoticeStep.ACKNOWLEDGE): NoticeState.ACKNOWLEDGED,
    (NoticeState.SENT, NoticeStep.SEND_AGAIN): NoticeState.SENT,
    (NoticeState.ACKNOWLEDGED, NoticeStep.SEND_AGAIN): NoticeState.SENT,
}

NOTICE_PROCEDURE: Final = Procedure(
    thing=Word("correction_notice", "correction notice", "更正通知"),
    next=NEXT,
    who={NoticeStep.ACKNOWLEDGE: frozenset({Party.RECIPIENT}), NoticeStep.SEND_AGAIN: frozenset({Party.HUB})},
    states={
        NoticeState.SENT: Word("sent", "sent", "待签收"),
        NoticeState.ACKNOWLEDGED: Word("acknowledged", "acknowledged", "已签收"),
    },
    steps={
        NoticeStep.ACKNOWLEDGE: Word("acknowledge", "acknowledge it", "签收"),
        NoticeStep.SEND_AGAIN: Word("send_again", "send it again", "再次发送"),
    },
)


class GivenAccess(Protocol):
    """One department having been given a subject's record, as the access log tells it."""

    @property
    def department(self) -> str:
        """Return the department (USCC) that was given the record."""

    @property
    def case_number(self) -> str:
        """Return the case in which it was given, empty for none."""

    @property
    def index(self) -> int:
        """Return the index in the log."""


class GivenTables(Protocol):
    """One department having been given whole tables of an entry under one grant, as the access log tells it: a record may have been among them."""

    @property
    def department(self) -> str:
        """Return the department (USCC) that was given them."""

    @property
    def grant(self) -> str:
        """Return the grant under which it was."""

    @property
    def count(self) -> int:
        """Return how often."""

    @property
    def index(self) -> int:
        """Return the index in the log of the newest record of it."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """All that one department was given of a record: the case numbers, each once, and the indexes of the log.

    The record may be, too, in tables that it was given as a whole: so many, under these grants, the newest record of them.
    """

    department: str
    case_numbers: tuple[str, ...] = ()
    log_indexes: tuple[int, ...] = ()
    bulk_count: int = 0
    bulk_grants: tuple[str, ...] = ()
    bulk_index: int | None = None


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
    bulk_count: int | None = None
    """How many tables of the entry the recipient had received as a whole, in which the record may be; None in what earlier releases wrote."""
    bulk_grants: tuple[str, ...] | None = None
    hidden_accesses: int = 0
    """How many accesses there were, of a notice that shows none of them; not stored."""

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"correctionNotices/{self.id}"

    @property
    def state(self) -> NoticeState:
        """Return where the notice stands."""
        return NoticeState.SENT if self.acknowledge_time is None else NoticeState.ACKNOWLEDGED

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return which department has which part."""
        return {Party.RECIPIENT: self.recipient}

    @property
    def access_count(self) -> int:
        """Return how many times the recipient received the record, where that is shown."""
        return len(self.log_indexes) or self.hidden_accesses

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of this notice: its recipient and the authority."""
        return takes_part(self, caller)

    def for_source(self) -> "CorrectionNotice":
        """Return what the source department sees of it: who, when and how often. Cases and log indexes are the recipient's own business."""
        return replace(self, case_numbers=(), log_indexes=(), hidden_accesses=self.access_count)

    @classmethod
    def to(cls, recipient: Recipient, objection: Objection, notice_id: str, at: datetime) -> "CorrectionNotice":
        """Return the notice that a corrected objection is to one of those who had received the record."""
        return cls(
            id=notice_id,
            objection=objection.name,
            recipient=recipient.department,
            entry=objection.resource,
            case_numbers=recipient.case_numbers,
            log_indexes=recipient.log_indexes,
            bulk_count=recipient.bulk_count or None,
            bulk_grants=recipient.bulk_grants or None,
            outcome=objection.outcome,
            create_time=at,
        )

    def acknowledge(self, by: Caller, officer: str, at: datetime) -> "CorrectionNotice":
        """Return the notice as acknowledged by an officer of the recipient; once."""
        NOTICE_PROCEDURE.admit(self, NoticeStep.ACKNOWLEDGE, by)
        name = Officer(officer)
        NOTICE_PROCEDURE.after(self.state, NoticeStep.ACKNOWLEDGE)
        return replace(self, revision=self.revision + 1, officer=name, acknowledge_time=at)

    def send_again(self, corrected: "CorrectionNotice") -> "CorrectionNotice":
        """Return the notice as the hub sends it again, because what it is about was corrected once more; it is to be acknowledged anew."""
        NOTICE_PROCEDURE.after(self.state, NoticeStep.SEND_AGAIN)
        return replace(corrected, id=self.id, revision=self.revision + 1)


def recipients_of(accesses: Iterable[GivenAccess], source: str, tables: Iterable[GivenTables] = ()) -> tuple[Recipient, ...]:
    """Group accesses, and tables given as a whole, by department, in the order of the first; the source itself is left out."""
    found: dict[str, list[GivenAccess]] = {}
    whole: dict[str, list[GivenTables]] = {}
    for one in accesses:
        found.setdefault(one.department, []).append(one)
    for each in tables:
        whole.setdefault(each.department, []).append(each)
    departments = [one for one in dict.fromkeys((*found, *whole)) if one != source]
    return tuple(_recipient(department, found.get(department, []), whole.get(department, [])) for department in departments)


def _recipient(department: str, own: list[GivenAccess], tables: list[GivenTables]) -> Recipient:
    return Recipient(
        department,
        case_numbers=tuple(dict.fromkeys(one.case_number for one in own if one.case_number)),
        log_indexes=tuple(one.index for one in own),
        bulk_count=sum(max(one.count, 1) for one in tables),  # one that is under way counts
        bulk_grants=tuple(dict.fromkeys(one.grant for one in tables)),
        bulk_index=max((one.index for one in tables), default=None),
    )
