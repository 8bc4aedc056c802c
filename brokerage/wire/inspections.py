"""Inspections of grants as protobuf messages. No rules."""

from typing import Final

from brokerage.model.inspection import DayUses, DutyUses, GrantInspection, MisuseSuspension, UseCounts
from brokerage.wire.grants import grant_to
from brokerage.wire.use_records import use_record_to
from hub.wire import Shape
from shuniu.v1 import inspection_pb2 as pb

_day_to: Final = Shape(pb.DayUses, DayUses)
_duty_to: Final = Shape(pb.DutyUses, DutyUses)
_counts_to: Final = Shape(pb.UseCounts, UseCounts, days=lambda counts: map(_day_to, counts.days), duties=lambda counts: map(_duty_to, counts.duties))
_misuse_to: Final = Shape(pb.MisuseSuspension, MisuseSuspension)
inspection_to: Final = Shape(
    pb.GrantInspection,
    GrantInspection,
    grant=lambda found: grant_to(found.grant),
    use_records=lambda found: map(use_record_to, found.use_records),
    uses=lambda found: _counts_to(found.uses),
    misuses=lambda found: map(_misuse_to, found.misuses),
)
