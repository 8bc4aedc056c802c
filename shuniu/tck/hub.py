"""The hub under test, as the kit sees it: an identity for each role, calls with deadlines, and what every sequence shares."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from shuniu.client import Client, connect
from shuniu.errors import ShuniuCallError, call_error
from shuniu.tck.sequence import CONSUMER, OFFICE, OTHER, PROVIDER, ROLES
from shuniu.v1 import brokerage_pb2, case_pb2, catalog_pb2, exchange_pb2, identity_pb2, license_pb2, officer_pb2, practice_pb2, seal_pb2, work_pb2

if TYPE_CHECKING:
    from typing import Self

_FILES: Final = (identity_pb2, officer_pb2, work_pb2, catalog_pb2, brokerage_pb2, case_pb2, exchange_pb2, license_pb2, seal_pb2, practice_pb2)
METHODS: Final[Mapping[str, MethodDescriptor]] = {
    method.name: method for file in _FILES for service in file.DESCRIPTOR.services_by_name.values() for method in service.methods
}
"""Every rpc that sequences may name, by its bare name."""
DEADLINE: Final = 10.0
_TRIES: Final = 20
_LONGEST_WAIT: Final = 2.0
_HIGHEST: Final = catalog_pb2.LEVEL_PROVINCE
_DIGITS: Final = 2
"""Digits of a region's code for each level (GB/T 2260)."""


@dataclass(frozen=True)
class Answer:
    """What came back: the message, or the refusal."""

    status: str
    message: Any = None
    """Of a stream a tuple of all of them."""
    error: ShuniuCallError | None = None

    @property
    def reason(self) -> str:
        """Return the refusal's stable reason."""
        return self.error.reason if self.error else ""

    def text(self) -> str:
        """Return it as a diagram shows it."""
        if self.error is not None:
            return f"{self.status} {self.reason}: {self.error}"
        if isinstance(self.message, tuple):
            kinds = [one.WhichOneof(one.DESCRIPTOR.oneofs[0].name) or "nothing" for one in self.message]
            return " ".join([self.status, f"{len(kinds)} messages:", *kinds])
        said = [f"{field.name}={_plain(field, value)}" for field, value in self.message.ListFields() if field.name in _TOLD]
        return " ".join([self.status, *said])


_TOLD: Final = frozenset({"name", "state", "grant", "version", "pending_proposal", "reason"})


def _in_order(messages: Iterable[Any]) -> tuple[Any, ...]:
    """Return what a stream said; the answers about several keys by their places, since they come as they are ready."""
    return tuple(sorted(messages, key=lambda one: getattr(one, "place", 0)))


def _plain(field: Any, value: Any) -> str:
    if field.enum_type and not isinstance(value, (list, tuple)) and not hasattr(value, "__iter__"):
        return str(field.enum_type.values_by_number[value].name)
    return str(value)


def _is_over(mandate: Any) -> bool:
    return bool(mandate.HasField("revoke_time"))


class TestedHub:
    """A hub, called by several departments at once. Use it as a context manager."""

    __test__ = False  # pytest takes what is called Test... for tests

    def __init__(self, address: str, identities: Path) -> None:
        """Take the address of the members' port and the folder with a folder for each role."""
        self._address, self._folder = address, identities
        self._open = ExitStack()
        self.clients: dict[str, Client] = {}

    def __enter__(self) -> Self:
        """Connect as every role that has an identity."""
        for role in ROLES:
            if (self._folder / role / "key.pem").is_file():
                self.clients[role] = self._open.enter_context(connect(self._address, self._folder / role))
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the connections."""
        self._open.close()

    def folder(self, role: str) -> Path:
        """Return the identity folder of a role."""
        return self._folder / role

    def call(self, who: str, rpc: str, fields: Mapping[str, Any]) -> Answer:
        """Call an rpc as a role; one that the hub puts off for a moment is tried again."""
        method = METHODS[rpc]
        make = message_factory.GetMessageClass(method.input_type)
        return self.send(who, method, [make(**part) for part in fields["parts"]] if method.client_streaming else make(**fields))

    def send(self, who: str, method: MethodDescriptor, request: Message | Sequence[Message]) -> Answer:
        """Send a request that is made already, or all that a stream says; an answer that is a stream is read to its end."""
        inner = self._line(who, method)
        for left in reversed(range(_TRIES)):
            try:
                asked = iter(request) if isinstance(request, Sequence) else request
                said = inner(asked, timeout=DEADLINE)
                return Answer("OK", _in_order(said) if method.server_streaming else said)
            except grpc.RpcError as error:
                refusal = call_error(error)
                if refusal.code is not grpc.StatusCode.RESOURCE_EXHAUSTED or not 0 < refusal.retry_after <= _LONGEST_WAIT or not left:
                    return Answer(refusal.code.name, error=refusal)
                time.sleep(refusal.retry_after)
        raise AssertionError("the last try returns")

    def _line(self, who: str, method: MethodDescriptor) -> Any:
        channel: Any = self.clients[who].channel
        kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
        write, read = (message_factory.GetMessageClass(one) for one in (method.input_type, method.output_type))
        path = f"/{method.containing_service.full_name}/{method.name}"
        return getattr(channel, kind)(path, request_serializer=write.SerializeToString, response_deserializer=read.FromString)

    def must(self, who: str, rpc: str, **fields: Any) -> Any:
        """Call an rpc that must succeed for anything to be tested at all."""
        answer = self.call(who, rpc, fields)
        if answer.error is not None:
            raise answer.error
        return answer.message

    @cached_property
    def parties(self) -> Mapping[str, str]:
        """Return each role's department."""
        return {role: str(one.department) for role, one in self._selves.items()}

    @cached_property
    def systems(self) -> Mapping[str, str]:
        """Return the short name of each role's system."""
        return {role: str(one.name).rpartition("/")[2] for role, one in self._selves.items()}

    @cached_property
    def _selves(self) -> Mapping[str, Any]:
        return {role: self.must(role, "WhoAmI") for role in self.clients}

    def may_confirm(self) -> bool:
        """Tell whether a mandate lets the system of OFFICE carry a confirmation."""
        answer = self.call(OFFICE, "ListMandates", {}) if OFFICE in self.clients else None
        return answer is not None and answer.error is None and any("Confirm" in one.steps for one in answer.message.mandates if not _is_over(one))

    def has_superior(self) -> bool:
        """Tell whether OTHER is the common superior of CONSUMER and PROVIDER: above one of them, below neither, and of a region that holds both."""
        if not {OTHER, CONSUMER, PROVIDER} <= self.clients.keys():
            return False
        asked = [self.call(OTHER, "GetDepartment", {"name": f"departments/{self.parties[role]}"}) for role in (OTHER, CONSUMER, PROVIDER)]
        if any(one.error is not None for one in asked):
            return False
        superior, *parties = (one.message for one in asked)
        levels = [one.level or _HIGHEST for one in parties]
        highest = superior.level or _HIGHEST
        area = str(superior.region)[: _DIGITS * highest]
        return highest <= min(levels) and highest < max(levels) and all(one.region.startswith(area) for one in parties)

    def hours_left(self) -> int | None:
        """Return by how many hours the hub's clock may be moved on; None where the hub is not for practice."""
        who = next(iter(self.clients), PROVIDER)
        answer = self.call(who, "MoveClock", {"hours": 0})
        return int(answer.message.hours_left) if answer.error is None else None
