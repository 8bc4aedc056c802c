"""Findings of browsing as protobuf messages. No rules."""

from typing import Final

from brokerage.model.browsing import BrowsingFinding
from hub.wire import Shape
from shuniu.v1 import browsing_pb2 as pb

browsing_to: Final = Shape(pb.BrowsingFinding, BrowsingFinding)
