"""What every servicer of the brokerage needs: the step that a request says."""

from typing import Protocol

from hub.rpc import Call
from hub.unit_of_work import Step


class OfThing(Protocol):
    """A request that takes a step with one thing, as it was read."""

    name: str
    etag: str


def step_of(call: Call, request: OfThing, *, officer: str = "", reason: str = "") -> Step:
    """Return the step that a request is."""
    return Step(caller=call.caller, name=request.name, etag=request.etag, officer=officer, reason=reason)
