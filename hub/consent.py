"""A step that another department consents to: how the domain whose thing it is carries it out, or ends it. Who consents is kept above that domain.

Where the second person sits in the own department, the step itself is kept and taken again once it is confirmed (ADR 0057). Where another
department consents, the step makes a thing that says what is to be done, and the thing is carried out once it is confirmed (ADR 0062).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from hub.db import Tx
from hub.unit_of_work import Step


class Carrier(Protocol):
    """Carries out what another department consented to."""

    def open(self, at: datetime) -> Iterable[tuple[str, str]]:
        """Return what waits for consent at a moment: the names of things, each with the department (USCC) that proposed it."""

    def check(self, step: Step) -> None:
        """Refuse a person who may not consent to the thing that a step names, or who does not say why."""

    def carry_out(self, step: Step) -> None:
        """Do what the thing says: in the transaction of the decision, as whoever confirmed it."""

    def end(self, tx: Tx, step: Step, at: datetime) -> None:
        """Let nothing come of the thing: in the transaction of the decision, whose record binds it."""
