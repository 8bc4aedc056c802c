"""A timer, and a wish for more time, as protobuf messages. No rules."""

from typing import Final

from hub.wire import Shape
from shuniu.v1 import brokerage_pb2 as pb
from timing.extension import Extension
from timing.timer import Timer

timer_to: Final = Shape(pb.Clock, Timer)
extension_to: Final = Shape(pb.Extension, Extension)
