"""数据提供: what the provider says of data that was granted and not used in time (Decree 809 art. 22). Pure: time comes in as `at`."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from brokerage.model.reasons import EXPECTED_TOO_EARLY
from hub.clock import day_in_china
from hub.wording import Officer, Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryExplanation:
    """Why data that was granted has not been used yet, and by when it can be; the consumer and the authority read it in the grant."""

    statement: str
    expected_date: date | None
    officer: str
    explain_time: datetime | None = None

    def clean(self, at: datetime) -> "DeliveryExplanation":
        """Return the explanation as it is kept; raise InvalidInputError where something is missing or the day is over."""
        statement, officer = Statement(self.statement), Officer(self.officer)
        if self.expected_date is None or self.expected_date < day_in_china(at):
            raise EXPECTED_TOO_EARLY(field="expected_date")
        return DeliveryExplanation(statement=statement, expected_date=self.expected_date, officer=officer, explain_time=at)

    def plain(self) -> dict[str, Any]:
        """Return the explanation as plain values."""
        days = {name: at.isoformat() for name in ("expected_date", "explain_time") if (at := getattr(self, name)) is not None}
        return {"statement": self.statement, "officer": self.officer, **days}


def explanation_from(stored: dict[str, Any]) -> DeliveryExplanation:
    """Return the explanation that was kept."""
    day, at = date.fromisoformat(stored["expected_date"]), datetime.fromisoformat(stored["explain_time"])
    return DeliveryExplanation(statement=stored["statement"], expected_date=day, officer=stored["officer"], explain_time=at)
