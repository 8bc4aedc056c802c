"""待答查询: a permitted question that waits for its provider, and the steps it goes through. Pure: time comes in as `at`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any, Final

from catalog.model import ShareMode
from hub.access import Caller, Duty
from hub.desk import Notice
from hub.procedure import Party, Procedure
from hub.wording import Reasons
from questions.reasons import QUESTION_DEADLINE_WRONG, QUESTION_IS_OTHER, QUESTION_OVER
from shuniu.words import Word

LONGEST_WAIT: Final = timedelta(days=7)
MOST_OF_CONSUMER: Final = 1_000
"""Questions of one department that are open."""
MOST_OF_PROVIDER: Final = 10_000
"""Open questions for one department: what it finds before it when it comes back."""
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
"""A question that was woken and met no service again is woken later each time: a provider that flaps costs its consumers few calls."""
_LAST_DOUBLING: Final = 6


@unique
class QuestionState(StrEnum):
    """Where a waiting question stands."""

    WAITING = "waiting"
    READY = "ready"
    ANSWERED = "answered"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


@unique
class QuestionStep(StrEnum):
    """What can happen to a waiting question."""

    WAKE = "wake"
    MISS = "miss"
    ANSWER = "answer"
    REFUSE = "refuse"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
    END = "end"


OPEN: Final = frozenset({QuestionState.WAITING, QuestionState.READY})
NEXT_QUESTION: Final[Mapping[tuple[QuestionState, QuestionStep], QuestionState]] = {
    (QuestionState.WAITING, QuestionStep.WAKE): QuestionState.READY,
    (QuestionState.WAITING, QuestionStep.MISS): QuestionState.WAITING,  # asked again before anybody was told
    (QuestionState.READY, QuestionStep.MISS): QuestionState.WAITING,
    (QuestionState.WAITING, QuestionStep.ANSWER): QuestionState.ANSWERED,
    (QuestionState.READY, QuestionStep.ANSWER): QuestionState.ANSWERED,
    (QuestionState.WAITING, QuestionStep.REFUSE): QuestionState.REFUSED,
    (QuestionState.READY, QuestionStep.REFUSE): QuestionState.REFUSED,
    (QuestionState.WAITING, QuestionStep.EXPIRE): QuestionState.EXPIRED,
    (QuestionState.READY, QuestionStep.EXPIRE): QuestionState.EXPIRED,
    (QuestionState.WAITING, QuestionStep.WITHDRAW): QuestionState.WITHDRAWN,
    (QuestionState.READY, QuestionStep.WITHDRAW): QuestionState.WITHDRAWN,
    (QuestionState.WAITING, QuestionStep.END): QuestionState.ENDED,  # the grant holds no more, or the department passed into another
    (QuestionState.READY, QuestionStep.END): QuestionState.ENDED,
}
_HUB: Final = frozenset({Party.HUB})
QUESTION_PROCEDURE: Final = Procedure(
    thing=Word("waiting_question", "waiting question", "待答查询"),
    next=NEXT_QUESTION,
    # whoever asks again has the hub take ANSWER, REFUSE or MISS by what comes of it
    who={step: frozenset({Party.CONSUMER}) if step is QuestionStep.WITHDRAW else _HUB for step in QuestionStep},
    states={
        QuestionState.WAITING: Word("waiting", "waiting for the service", "等待服务恢复"),
        QuestionState.READY: Word("ready", "ready to be asked again", "可重新查询"),
        QuestionState.ANSWERED: Word("answered", "answered", "已答复"),
        QuestionState.REFUSED: Word("refused", "refused", "已拒绝"),
        QuestionState.EXPIRED: Word("expired", "expired", "已到期"),
        QuestionState.WITHDRAWN: Word("withdrawn", "withdrawn", "已撤回"),
        QuestionState.ENDED: Word("ended", "ended", "已终止"),
    },
    steps={
        QuestionStep.WAKE: Word("wake", "tell that the service was seen again", "通知服务已恢复"),
        QuestionStep.MISS: Word("miss", "ask again and meet no service", "重新查询仍无法连接"),
        QuestionStep.ANSWER: Word("answer", "ask again and be answered", "重新查询并获答复"),
        QuestionStep.REFUSE: Word("refuse", "ask again and be refused", "重新查询被拒绝"),
        QuestionStep.EXPIRE: Word("expire", "expire", "到期"),
        QuestionStep.WITHDRAW: Word("withdraw", "withdraw it", "撤回"),
        QuestionStep.END: Word("end", "end it with its grant", "随授权终止"),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingQuestion:
    """One question that waits: under which grant, whose, for whom; what was asked lies sealed beside it."""

    id: str
    revision: int = 1
    state: QuestionState = QuestionState.WAITING
    mode: ShareMode
    grant: str
    entry: str
    provider: str
    consumer: str
    system: str
    create_time: datetime
    expire_time: datetime
    miss_time: datetime
    """When the provider could not be reached last; only what is seen of it later counts."""
    wakeable_time: datetime
    """Before this it is not woken: at once the first time, later each time that it met no service again."""
    wake_time: datetime | None = None
    wake_count: int = 0
    end_time: datetime | None = None
    end_reason: str = ""

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"waitingQuestions/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return whose question it is."""
        return {Party.CONSUMER: self.consumer}

    @property
    def is_open(self) -> bool:
        """Tell whether it waits or is ready."""
        return self.state in OPEN

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: its department alone."""
        return bool(caller.department) and caller.department == self.consumer

    def is_of(self, caller: Caller) -> bool:
        """Tell whether the caller is the very system that asked it."""
        return self.seen_by(caller) and not caller.officer and caller.system == self.system

    def check_open(self) -> None:
        """Refuse to ask again what has ended."""
        if not self.is_open:
            raise QUESTION_OVER(waiting_question=self.name, state=QUESTION_PROCEDURE.states[self.state])

    def check_same(self, kept: bytes, asked: bytes) -> None:
        """Refuse another question under the name of this one, by their digests."""
        if kept != asked:
            raise QUESTION_IS_OTHER(field="waiting_question", waiting_question=self.name)

    def wake(self, at: datetime) -> "WaitingQuestion":
        """Return the question as its department is told that the service was seen again."""
        return self._moved(QuestionStep.WAKE, wake_time=at, wake_count=self.wake_count + 1)

    def miss(self, at: datetime, until: datetime | None = None) -> "WaitingQuestion":
        """Return the question as it waits on: its provider is away again, or still. Asked with a later deadline, it has that one."""
        expire_time = max(self.expire_time, until or self.expire_time)
        return self._moved(QuestionStep.MISS, miss_time=at, wakeable_time=at + _pause(self.wake_count), expire_time=expire_time)

    def answer(self, at: datetime) -> "WaitingQuestion":
        """Return the question as it was answered to whoever asked again."""
        return self._ended(QuestionStep.ANSWER, "", at)

    def refuse(self, reason: str, at: datetime) -> "WaitingQuestion":
        """Return the question as it was refused to whoever asked again."""
        return self._ended(QuestionStep.REFUSE, reason, at)

    def expire(self, at: datetime) -> "WaitingQuestion":
        """Return the question as its deadline ends it."""
        return self._ended(QuestionStep.EXPIRE, "", at)

    def end(self, reason: str, at: datetime) -> "WaitingQuestion":
        """Return the question as the hub ends it: by the reason for which its grant holds no more, or by a succession."""
        return self._ended(QuestionStep.END, reason, at)

    def withdraw(self, by: Caller, reason: str, at: datetime) -> "WaitingQuestion":
        """Return the question as its department withdraws it."""
        QUESTION_PROCEDURE.admit(self, QuestionStep.WITHDRAW, by)
        return self._ended(QuestionStep.WITHDRAW, Reasons(reason), at)

    def notice(self, kind: str) -> Notice:
        """Return what its department is told: a kind of notice, once for each time that the question is woken."""
        facts = {"grant": self.grant, "entry": self.entry, "expire_time": self.expire_time.isoformat(), "reason": self.end_reason}
        said = {name: value for name, value in facts.items() if value}
        return Notice(kind=kind, department=self.consumer, duties=(Duty.REQUESTS,), key=f"{kind} {self.wake_count}", facts=said)

    def _ended(self, step: QuestionStep, reason: str, at: datetime) -> "WaitingQuestion":
        return self._moved(step, end_time=at, end_reason=reason)

    def _moved(self, step: QuestionStep, **changed: Any) -> "WaitingQuestion":
        following = QUESTION_PROCEDURE.after(self.state, step)
        return replace(self, state=following, revision=self.revision + 1, **changed)


def _pause(wake_count: int) -> timedelta:
    return min(FIRST_PAUSE * 2 ** min(wake_count - 1, _LAST_DOUBLING), LONGEST_PAUSE) if wake_count else timedelta()


def check_deadline(until: datetime, at: datetime, field: str = "when_available_until") -> datetime:
    """Return until when a question may wait; refuse a moment that is over, and one that is too far away."""
    if not at < until <= at + LONGEST_WAIT:
        raise QUESTION_DEADLINE_WRONG(field=field, days=LONGEST_WAIT.days)
    return until
