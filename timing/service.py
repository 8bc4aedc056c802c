"""PracticeService over its action: who, what, answer."""

from typing import Final

from hub.rpc import Call
from shuniu.v1 import practice_pb2 as pb
from timing.practice import PracticeActions


class PracticeService:
    """The servicer of shuniu.v1.PracticeService. Method names are the protocol's."""

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["PracticeService"]

    def __init__(self, actions: PracticeActions) -> None:
        """Take the action."""
        self._actions = actions

    def MoveClock(self, request: pb.MoveClockRequest, call: Call) -> pb.PracticeClock:
        """Move the clock on, or tell how it stands."""
        stand = self._actions.move(call.caller, request.hours)
        answer = pb.PracticeClock(moved_hours=stand.moved_hours, hours_left=stand.hours_left)
        answer.time.FromDatetime(stand.time)
        return answer
