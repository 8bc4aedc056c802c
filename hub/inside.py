"""The members' gate for whoever is in this process already: the pages, and the hub where it takes a step that a second person confirmed.

No door of its own with rules of its own: the same access table, the same checks, the same servicer methods as over gRPC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from hub.access import Caller, Port, admit
from hub.reasons import NOT_AT_THIS_PORT
from hub.rpc import Call, Check, Function, behind


@dataclass(frozen=True, slots=True)
class _Offer:
    function: Function
    request: type[Message]


class Inside:
    """The unary rpcs of the hub for callers that this process knows by itself."""

    def __init__(self) -> None:
        """Begin with nothing on offer."""
        self._offers: dict[str, _Offer] = {}

    def offer(self, servicer: object, service: ServiceDescriptor, checks: tuple[Check, ...] = ()) -> None:
        """Offer the unary methods of a service behind the checks."""
        for method in service.methods:
            if not (method.client_streaming or method.server_streaming):
                path = f"/{service.full_name}/{method.name}"
                function = behind(checks, path, method, getattr(servicer, method.name))
                self._offers[path] = _Offer(function, message_factory.GetMessageClass(method.input_type))

    @property
    def requests(self) -> Mapping[str, type[Message]]:
        """Return the message class of each rpc's request, by its path."""
        return {path: offer.request for path, offer in self._offers.items()}

    def call(self, path: str, request: Message, caller: Caller) -> Any:
        """Return the answer of an rpc to a caller, as the members' port would give it; blocks, and raises what the port would refuse."""
        admit(path, Port.MEMBERS, caller)
        offer = self._offers.get(path)
        if offer is None:
            raise NOT_AT_THIS_PORT(method=path)
        return offer.function(request, Call(caller, path, None, admitted=True))
