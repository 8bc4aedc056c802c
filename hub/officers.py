"""The officer that a call names: which field of the request it is, and the check that stands before every step in an officer's charge.

A system names the officer by number; whether that is one of its department's, the register of officers says. The hub knows that the number
exists, not that the person acted. Of an officer who signed in it knows both, and the field says nothing else than the officer's own number.
"""

import inspect
from datetime import datetime
from functools import cache
from typing import Any, Final, Protocol

from google.protobuf.descriptor import Descriptor, MethodDescriptor

from hub.access import ACCESS, AccessRow, Caller
from hub.clock import Clock
from hub.rpc import Call, Function
from hub.wording import fold

_NAMES: Final = ("searcher", "officer")
"""Who looks, where a request says so, is the officer of the call; `officer` then says of whom records are sought."""


class Register(Protocol):
    """Who the officers of departments are."""

    def vouch(self, caller: Caller, number: str, row: AccessRow, at: datetime, *, method: str = "", field: str = "officer") -> Caller:
        """Return the caller of a step in an officer's charge, marked where the number is unknown; raise NotAllowedError where it may not be."""


@cache
def officer_field(request: Descriptor) -> tuple[str, ...]:
    """Return the path of the field that names the officer in charge: at the top of a request, or one message down; empty where none does."""
    top = {field.name for field in request.fields if field.type == field.TYPE_STRING}
    for name in _NAMES:
        if name in top:
            return (name,)
    for field in request.fields:
        inside = field.message_type
        if inside is not None and inside.file.package == request.file.package and "officer" in {one.name for one in inside.fields}:
            return field.name, "officer"
    return ()


class OfficerCheck:
    """A check of the gate (`hub.rpc.Check`). The data plane has its own, beside the grant, because it writes its refusals itself."""

    def __init__(self, register: Register, clock: Clock) -> None:
        """Take the register and the clock."""
        self._register, self._clock = register, clock

    def __call__(self, path: str, method: MethodDescriptor, function: Function) -> Function:
        """Return a method behind the check; as it is where its requests name no officer."""
        place, row = officer_field(method.input_type), ACCESS.get(path)
        if not place or row is None or inspect.iscoroutinefunction(function) or method.client_streaming:
            return function

        def in_charge(request: Any, call: Call) -> Any:
            self._look(request, place, row, call)
            return function(request, call)

        return in_charge

    def _look(self, request: Any, place: tuple[str, ...], row: AccessRow, call: Call) -> None:
        *above, name = place
        holder = getattr(request, above[0]) if above else request
        if call.caller.officer:
            setattr(holder, name, call.caller.officer)
        elif number := fold(getattr(holder, name), identifies=True):  # one that is missing is refused by the step itself, where it needs one
            call.caller = self._register.vouch(call.caller, number, row, self._clock.now(), method=call.method, field=".".join(place))
