"""Requests as protobuf messages and back. No rules."""

from typing import Final

from brokerage.model import DataRequest, DataRequestState, RequestContent, Terms
from hub.wire import Shape, content, optional_member
from shuniu.rows import row_from, row_to
from shuniu.v1 import brokerage_pb2 as pb
from timing.wire import extension_to, timer_to

terms_to: Final = Shape(pb.Terms, Terms, rows=lambda terms: map(row_to, terms.rows))
request_to: Final = Shape(
    pb.DataRequest,
    DataRequest,
    asked=lambda request: terms_to(request.asked),
    offered=lambda request: request.offered and terms_to(request.offered),
    clock=lambda request: request.timer and timer_to(request.timer),
    extension=lambda request: request.extension and extension_to(request.extension),
    pending_proposal=lambda _: "",  # the gate says it, to the department that proposed
)


def content_from(message: pb.DataRequest) -> RequestContent:
    """Return what the consumer writes of a request."""
    return content(message, RequestContent, "data_request", asked=terms_from(message.asked))


def terms_from(message: pb.Terms) -> Terms:
    """Return the terms; the mode in small letters."""
    # the message has a text here, not an enum
    return content(message, Terms, "terms", mode=message.mode.lower(), rows=tuple(map(row_from, message.rows)))


def state_from(number: pb.DataRequestState.ValueType) -> DataRequestState | None:
    """Return the state of requests to filter by, None for none; a number that stands for no state is refused."""
    return optional_member(DataRequestState, pb.DataRequestState.DESCRIPTOR, number, "state")
