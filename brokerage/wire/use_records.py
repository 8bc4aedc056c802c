"""Records of use as protobuf messages and back. No rules."""

from typing import Final

from brokerage.model.use_due import UseDue
from brokerage.model.use_record import UseContent, UseRecord
from brokerage.wire.days import day_from
from hub.faults import Faults
from hub.wire import Shape, content
from shuniu.v1 import use_record_pb2 as pb
from timing.wire import timer_to

use_record_to: Final = Shape(pb.UseRecord, UseRecord)
use_due_to: Final = Shape(pb.UseRecordDue, UseDue, clock=lambda due: timer_to(due.clock))


def use_from(message: pb.UseRecord) -> UseContent:
    """Return what a consumer writes of its use; raise InvalidInputError with all that is wrong with it."""
    faults = Faults()
    begin = faults.take(lambda: day_from(message.begin_date, "begin_date"), None)
    end = faults.take(lambda: day_from(message.end_date, "end_date"), None)
    faults.refuse()
    return content(message, UseContent, "use_record", begin_date=begin, end_date=end)
