"""Successions as protobuf messages and back. No rules."""

from datetime import date
from typing import Final, cast

from certs.model import Assignment, Succession, SuccessionContent, SystemPair
from certs.succession_reasons import SUCCESSION_DAY_WRONG
from hub.clock import day_of
from hub.faults import Faults
from hub.wire import Shape, content
from shuniu.v1 import succession_pb2 as pb

_ASSIGNMENT: Final = Shape(pb.SuccessionAssignment, Assignment)
_SYSTEM: Final = Shape(pb.SuccessionSystem, SystemPair)
succession_to: Final = Shape(
    pb.Succession,
    Succession,
    assignments=lambda one: map(_ASSIGNMENT, one.assignments),
    systems=lambda one: map(_SYSTEM, one.systems),
    pending_proposal=lambda _: "",  # the gate says it, to the department that proposed
)


def succession_from(message: pb.Succession) -> SuccessionContent:
    """Return what the authority lays down; raise InvalidInputError with all that is wrong with it."""
    faults = Faults()
    day = faults.take(lambda: _day(message.effective_date), date.max)
    assignments = tuple(content(one, Assignment, "succession.assignments", faults=faults) for one in message.assignments)
    systems = tuple(content(one, SystemPair, "succession.systems", faults=faults) for one in message.systems)
    found = faults.take(lambda: content(message, SuccessionContent, "succession", effective_date=day, assignments=assignments, systems=systems), None)
    faults.refuse()
    return cast("SuccessionContent", found)


def _day(text: str) -> date:
    if (day := day_of(text)) is None:
        raise SUCCESSION_DAY_WRONG(field="succession.effective_date")
    return day
