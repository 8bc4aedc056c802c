"""Officers and mandates as protobuf messages and back. No rules."""

from collections.abc import Iterable
from typing import Any, Final

from certs.model import Mandate, Officer, OfficerState
from certs.officers import Registration
from certs.reasons import OFFICER_PARTS_MISSING
from hub.access import Duty
from hub.wire import Shape, member_of, optional_member
from shuniu.v1 import officer_pb2 as pb

officer_to: Final = Shape(pb.Officer, Officer, duties=lambda officer: sorted(officer.duties))
registration_to: Final = Shape(
    pb.OfficerRegistration,
    Registration,
    duties=lambda one: sorted(one.duties),
    unknown_call_count=lambda one: one.unknown.calls,
    unknown_number_count=lambda one: one.unknown.numbers,
    unknown_since=lambda one: one.unknown.since,
)
mandate_to: Final = Shape(pb.Mandate, Mandate, system=lambda mandate: mandate.system_name, legacy=lambda mandate: mandate.is_legacy)
_CHANGEABLE: Final = ("display_name", "duties")


def duties_from(numbers: Iterable[int], field: str) -> frozenset[Duty]:
    """Return the duties of a request; a number that stands for none is refused."""
    return frozenset(member_of(Duty, pb.Duty.DESCRIPTOR, number, field) for number in numbers)


def duty_from(number: int) -> Duty | None:
    """Return the duty to filter by, None for none."""
    return optional_member(Duty, pb.Duty.DESCRIPTOR, number, "duty")


def state_from(number: int) -> OfficerState | None:
    """Return the state to filter by, None for none."""
    return optional_member(OfficerState, pb.OfficerState.DESCRIPTOR, number, "state")


def parts_from(request: pb.UpdateOfficerRequest) -> dict[str, Any]:
    """Return what changes of an officer, as the mask names it."""
    paths = set(request.update_mask.paths)
    if not paths or not paths <= set(_CHANGEABLE):
        raise OFFICER_PARTS_MISSING(field="update_mask")
    stated: dict[str, Any] = {"display_name": request.display_name, "duties": duties_from(request.duties, "duties")}
    return {name: stated[name] for name in paths}
