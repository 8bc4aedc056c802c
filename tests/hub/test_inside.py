"""The gate inside: the same table and the same checks as at the members' port, for callers whom this process knows."""

import pytest

from hub.access import ANYBODY, Caller, Duty, Role
from hub.errors import NotAllowedError, NotSignedInError
from hub.inside import Inside
from hub.rpc import Call
from shuniu.v1 import identity_pb2 as pb

SERVICE = pb.DESCRIPTOR.services_by_name["IdentityService"]
CREATE, READ = "/shuniu.v1.IdentityService/CreateDepartment", "/shuniu.v1.IdentityService/GetDepartment"
RULER = Caller("11640000XB00000432", roles=frozenset({Role.AUTHORITY}), officer="0001", duties=frozenset({Duty.RULE}))


class Servicer:
    """Answers every rpc of the service with who called it."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def __getattr__(self, name):
        def method(_request, call: Call):
            self.calls.append((name, call.caller.name))
            return pb.Department(name=call.caller.name)

        return method


@pytest.fixture
def house():
    inside, servicer, seen = Inside(), Servicer(), []

    def check(path, _method, function):
        def checked(request, call):
            seen.append(path)
            return function(request, call)

        return checked

    inside.offer(servicer, SERVICE, (check,))
    return inside, servicer, seen


def test_an_officer_takes_a_step_by_the_same_row_and_behind_the_same_checks(house):
    inside, servicer, seen = house
    answer = inside.call(CREATE, pb.CreateDepartmentRequest(), RULER)
    assert answer.name == "departments/11640000XB00000432/officers/0001"
    assert servicer.calls == [("CreateDepartment", answer.name)]
    assert seen == [CREATE]


@pytest.mark.parametrize(
    "caller",
    [
        Caller("11640000XB00000432", roles=frozenset({Role.MEMBER}), officer="0001", duties=frozenset({Duty.DIRECTORY})),
        Caller("11640000XB00000432", roles=frozenset({Role.AUTHORITY}), officer="0001", duties=frozenset({Duty.PEOPLE})),
    ],
)
def test_without_the_role_or_the_duty_nothing_is_run(house, caller):
    inside, servicer, seen = house
    with pytest.raises(NotAllowedError):
        inside.call(CREATE, pb.CreateDepartmentRequest(), caller)
    assert (servicer.calls, seen) == ([], [])


def test_nobody_and_what_is_not_offered_are_refused(house):
    inside, servicer, _ = house
    with pytest.raises(NotSignedInError):
        inside.call(READ, pb.GetDepartmentRequest(), ANYBODY)
    with pytest.raises(NotAllowedError):
        inside.call("/shuniu.v1.CatalogService/GetEntry", pb.GetDepartmentRequest(), RULER)
    assert servicer.calls == []


def test_each_rpc_tells_the_class_of_its_request(house):
    assert house[0].requests[CREATE] is pb.CreateDepartmentRequest
