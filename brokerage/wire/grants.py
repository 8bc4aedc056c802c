"""Grants as protobuf messages and back. No rules."""

from typing import Final

from brokerage.model import DeliveryExplanation, Disposal, DisposalMethod, Grant, GrantState, Mending, Receipt, SuspensionGround
from brokerage.wire.days import day_from
from brokerage.wire.requests import terms_to
from brokerage.wire.use_records import use_due_to
from hub.faults import Faults
from hub.wire import Shape, content, member_of, optional_member
from shuniu.v1 import brokerage_pb2 as pb
from shuniu.v1 import grant_life_pb2 as life
from timing.wire import timer_to

_mending_to: Final = Shape(life.Mending, Mending)
_explanation_to: Final = Shape(life.DeliveryExplanation, DeliveryExplanation)
_disposal_to: Final = Shape(life.Disposal, Disposal, disposal_method=lambda disposal: disposal.method)
grant_to: Final = Shape(
    pb.Grant,
    Grant,
    terms=lambda grant: terms_to(grant.terms),
    delivery_clock=lambda grant: grant.timer and timer_to(grant.timer),
    delivery_explanation=lambda grant: grant.delivery_explanation and _explanation_to(grant.delivery_explanation),
    mending=lambda grant: grant.mending and _mending_to(grant.mending),
    disposal=lambda grant: grant.disposal and _disposal_to(grant.disposal),
    use_record_due=lambda grant: grant.use_record_due and use_due_to(grant.use_record_due),
)


def grant_state_from(number: pb.GrantState.ValueType) -> GrantState | None:
    """Return the state of grants to filter by."""
    return optional_member(GrantState, pb.GrantState.DESCRIPTOR, number, "state")


def ground_from(number: life.SuspensionGround.ValueType) -> SuspensionGround | None:
    """Return why a grant is to be suspended, None where nothing is said."""
    return optional_member(SuspensionGround, life.SuspensionGround.DESCRIPTOR, number, "ground")


def receipt_from(message: life.RecordDisposalRequest) -> Receipt:
    """Return the disposal receipt of a consumer; raise InvalidInputError with all that cannot be read of it."""
    faults = Faults()
    # in the place of a method that cannot be read stands the one to which the rest belongs: the rest is judged, too
    likely = DisposalMethod.ARCHIVED_BY_LAW if message.legal_basis.strip() else DisposalMethod.DELETED
    method = faults.take(lambda: member_of(DisposalMethod, life.DisposalMethod.DESCRIPTOR, message.disposal_method, "disposal_method"), likely)
    day = faults.take(lambda: day_from(message.dispose_date, "dispose_date"), None)
    faults.refuse()
    return content(message, Receipt, "", method=method, dispose_date=day)


def explanation_from(message: life.ExplainDeliveryRequest) -> DeliveryExplanation:
    """Return what a provider says of a late delivery."""
    return content(message, DeliveryExplanation, "", expected_date=day_from(message.expected_date, "expected_date"), explain_time=None)
