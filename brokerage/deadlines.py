"""The statutory clocks of one profile applied to cases: started with the rule in force, read with the holiday tables of today."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from brokerage.calendar import Calendar
from brokerage.clock import Clock, Profile, deadline
from brokerage.model import CaseClock

ANSWER_CONDITIONAL: Final = "answer-conditional"
ANSWER_UNCONDITIONAL: Final = "answer-unconditional"
VERIFY_OBJECTION: Final = "verify-objection"


class Deadlines:
    """Starts and reads the clocks of cases."""

    def __init__(self, profile: Profile, calendar: Calendar | None = None) -> None:
        """Take the profile of clocks; without a calendar the shipped one counts."""
        self._profile = profile
        self._calendar = calendar

    def start(self, clock_id: str, at: datetime) -> CaseClock | None:
        """Return the clock as it starts at `at`; None where the profile knows no such time limit."""
        rule = self._profile.clocks.get(clock_id)
        if rule is None:
            return None
        return self.read(CaseClock(rule.id, rule.citation, rule.working_days, rule.verified, at))

    def read(self, clock: CaseClock | None) -> CaseClock | None:
        """Return the clock with its due time counted anew; verified when the rule has been verified since, unchanged."""
        if clock is None:
            return None
        now = self._profile.clocks.get(clock.id)
        unchanged = now is not None and (now.working_days, now.citation) == (clock.working_days, clock.citation)
        verified = now.verified if now is not None and unchanged else clock.verified
        counted = deadline(_rule(clock), clock.start_time, clock.pauses, calendar=self._calendar)
        return replace(clock, verified=verified, due_time=counted.due_at, provisional=counted.provisional)


def _rule(clock: CaseClock) -> Clock:
    """Return the rule that was in force when the case's clock started."""
    return Clock(clock.id, clock.id, clock.citation, "case", "answer", clock.working_days, 0, "", "escalate", clock.verified)
