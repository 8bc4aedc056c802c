"""A timer as a protobuf message. No rules."""

from typing import Final

from hub.wire import Shape
from shuniu.v1 import brokerage_pb2 as pb
from timing.timer import Timer

timer_to: Final = Shape(pb.Clock, Timer)
