"""承继: what becomes of waiting questions of a department that passes into others, or is closed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from hub.carrying import CarryingActions
from hub.db import Tx
from hub.desk import Thing
from hub.succession import Passing
from questions.model import WaitingQuestion
from questions.store import QuestionStore

SUCCESSION: Final = "SUCCESSION"
"""Why such a question ended."""


class QuestionCarrier(CarryingActions):
    """Ends what waits of or for a predecessor: its systems ask no more, and its successor is asked anew."""

    def carry(self, passing: Passing, at: datetime) -> Iterator[bool]:
        """End the questions that are left."""
        yield from self._carry_each(
            lambda tx, after, count: QuestionStore(tx).open_of(passing.predecessor, after, count),
            lambda one: one.id,
            lambda tx, one: self._end(tx, one, passing, at),
        )

    def _end(self, tx: Tx, one: WaitingQuestion, passing: Passing, at: datetime) -> None:
        after = QuestionStore(tx).replace(one, one.end(SUCCESSION, at))
        if after.consumer != passing.predecessor:
            self._desk.tell(tx, Thing(after.name, after.name), (after.notice("question_ended"),), at)
        self._journal.write(tx, passing.change("exchange.EndQuestion", after.name, at, grant=after.grant, detail={"state": after.state.value}))
