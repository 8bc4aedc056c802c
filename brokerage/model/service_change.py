"""A change of a running service: the consumers are consulted, it is filed with the authority, it takes effect on a date (Decree 809 art. 27)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, Final

from brokerage.model.reasons import (
    CALL_OFF_NEVER,
    CONSULTATION_OPEN,
    EFFECT_DATE_EARLY,
    EFFECT_DATE_WRONG,
    REPLIED_ALREADY,
)
from brokerage.model.service_change_procedure import SERVICE_CHANGE_PROCEDURE, ServiceChangeKind, ServiceChangeState, ServiceChangeStep
from hub.access import Caller, Role
from hub.clock import day_in_china, day_of
from hub.procedure import Party
from hub.wording import Officer, Reasons, Statement
from shuniu.zone import CHINA

REPLY_DAYS: Final = 10
"""Working days in which the consumers may reply. The decree names none; an answer to a request has as many (art. 21)."""
LONGEST: Final = timedelta(days=3 * 366)
"""How far ahead a date may lie: the longest period of a grant."""


class Reply(Statement):
    """答复意见: what a consumer says of a change."""

    cap, optional = 1_000, True


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChangeReply:
    """What one consumer says of a change."""

    consumer: str
    agrees: bool
    statement: str
    officer: str
    time: datetime

    def plain(self) -> dict[str, Any]:
        """Return the reply as plain values."""
        return {
            "consumer": self.consumer,
            "agrees": self.agrees,
            "statement": self.statement,
            "officer": self.officer,
            "time": self.time.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChange:
    """What becomes of live grants, from when on, and what their consumers and the authority said."""

    id: str
    revision: int = 1
    state: ServiceChangeState = ServiceChangeState.CONSULTING
    kind: ServiceChangeKind
    entry: str
    version: int
    grant: str = ""
    provider: str
    consumers: tuple[str, ...]
    reason: str
    basis: str = ""
    withdrawn: bool = False
    reply_by: datetime | None = None
    is_due: bool = False
    """The time of the consumers is over, so the provider may file it: set by the hub, once."""
    replies: tuple[ServiceChangeReply, ...] = ()
    effect_time: datetime | None = None
    decision: str = ""
    create_time: datetime
    end_time: datetime | None = None
    grant_count: int

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"serviceChanges/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return its provider; consumers there are many (`consumers`)."""
        return {Party.PROVIDER: self.provider}

    @property
    def open_consumers(self) -> tuple[str, ...]:
        """Return the consumers that have not replied."""
        replied = {one.consumer for one in self.replies}
        return tuple(one for one in self.consumers if one not in replied)

    @property
    def is_forced(self) -> bool:
        """Tell whether the entry itself is gone or closed, so that nobody can call the change off."""
        return self.kind is ServiceChangeKind.END and not self.grant

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: its provider, its consumers, the authority."""
        return Role.AUTHORITY in caller.roles or (bool(caller.department) and caller.department in {self.provider, *self.consumers})

    def reply(self, by: Caller, reply: ServiceChangeReply) -> "ServiceChange":
        """Return the change with what one of its consumers says of it; once."""
        # a change has many consumers, and a procedure knows one department for a part: whoever replies has it, if it is one of them
        SERVICE_CHANGE_PROCEDURE.admit(_ReplyBy(self.state, by.department if by.department in self.consumers else ""), ServiceChangeStep.REPLY, by)
        words = (Reply if reply.agrees else Statement)(reply.statement, "statement")
        state = SERVICE_CHANGE_PROCEDURE.after(self.state, ServiceChangeStep.REPLY)
        if by.department not in self.open_consumers:
            raise REPLIED_ALREADY(state=SERVICE_CHANGE_PROCEDURE.states[self.state], step="reply")
        said = replace(reply, consumer=by.department, statement=words, officer=Officer(reply.officer))
        return replace(self, state=state, revision=self.revision + 1, replies=(*self.replies, said))

    def file(self, by: Caller, effect_date: str, reason: str, at: datetime) -> "ServiceChange":
        """Return the change as filed with the authority: once every consumer has replied, or their time is over."""
        SERVICE_CHANGE_PROCEDURE.admit(self, ServiceChangeStep.FILE, by)
        why, effect = Reasons(reason), effect_time_of(effect_date, at)
        state = SERVICE_CHANGE_PROCEDURE.after(self.state, ServiceChangeStep.FILE)
        if self.open_consumers and not self.is_over(at):
            until = day_in_china(self.reply_by).isoformat() if self.reply_by else ""
            raise CONSULTATION_OPEN(state=SERVICE_CHANGE_PROCEDURE.states[self.state], step="file", until=until, open=len(self.open_consumers))
        return replace(self, state=state, revision=self.revision + 1, effect_time=effect, reason=why, decision="")

    def admit(self, by: Caller, effect_date: str, reason: str, at: datetime) -> "ServiceChange":
        """Return the change as the authority took note of it; it may set a later date than was filed."""
        SERVICE_CHANGE_PROCEDURE.admit(self, ServiceChangeStep.ADMIT, by)
        why = Reasons(reason)
        effect = effect_time_of(effect_date, at) if effect_date.strip() else self.effect_time
        state = SERVICE_CHANGE_PROCEDURE.after(self.state, ServiceChangeStep.ADMIT)
        if effect is None or (self.effect_time is not None and effect < self.effect_time):
            raise EFFECT_DATE_EARLY(field="effect_date", first=day_in_china(self.effect_time or at).isoformat())
        # a date that went by while it lay with the authority is none any more: the consumers were told of it as of one to come
        first = effect_time_of("", at)
        return replace(self, state=state, revision=self.revision + 1, effect_time=max(effect, first), decision=why)

    def send_back(self, by: Caller, reason: str) -> "ServiceChange":
        """Return the change as sent back to the consultation by the authority."""
        return self._after(ServiceChangeStep.RETURN, by, reason, effect_time=None)

    def call_off(self, by: Caller, reason: str, at: datetime) -> "ServiceChange":
        """Return the change as given up by its provider: the grants go on as they were."""
        SERVICE_CHANGE_PROCEDURE.admit(self, ServiceChangeStep.CALL_OFF, by)
        if self.is_forced:
            raise CALL_OFF_NEVER(state=SERVICE_CHANGE_PROCEDURE.states[self.state], step="call_off")
        return self._after(ServiceChangeStep.CALL_OFF, by, reason, end_time=at)

    def take_effect(self, at: datetime) -> "ServiceChange":
        """Return the change as in effect for every grant, by the hub."""
        state = SERVICE_CHANGE_PROCEDURE.after(self.state, ServiceChangeStep.TAKE_EFFECT)
        return replace(self, state=state, revision=self.revision + 1, end_time=at)

    def end_consultation(self) -> "ServiceChange":
        """Return the change as the hub ended its consultation: the provider may file it, whoever has not replied."""
        return replace(self, is_due=True, revision=self.revision + 1)

    def is_over(self, at: datetime) -> bool:
        """Tell whether the time in which the consumers may reply is over."""
        return self.is_due or (self.reply_by is not None and at > self.reply_by)

    def _after(self, step: ServiceChangeStep, by: Caller, reason: str, **changed: Any) -> "ServiceChange":
        SERVICE_CHANGE_PROCEDURE.admit(self, step, by)
        why = Reasons(reason)
        return replace(self, state=SERVICE_CHANGE_PROCEDURE.after(self.state, step), revision=self.revision + 1, decision=why, **changed)


@dataclass(frozen=True, slots=True)
class _ReplyBy:
    """A change as the case of one consumer's reply."""

    state: ServiceChangeState
    consumer: str

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return the consumer that replies."""
        return {Party.CONSUMER: self.consumer}


def effect_time_of(text: str, at: datetime) -> datetime:
    """Return the first moment of a day in China; for an empty text of tomorrow. A day that is not to come, or too far, is refused."""
    today = day_in_china(at)
    first = today + timedelta(days=1)
    wrong = EFFECT_DATE_WRONG(field="effect_date", first=first.isoformat())
    day = day_of(text.strip()) if text.strip() else first
    if day is None or not today < day <= today + LONGEST:
        raise wrong
    return datetime.combine(day, time.min, CHINA)
