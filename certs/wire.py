"""Departments, systems and certificates as protobuf messages and back."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from google.protobuf.duration_pb2 import Duration

from certs.model import Certificate, Department, Enrolment, Invitation, Registration, System, wrong_ttl
from hub.access import Role
from hub.wire import Shape, content, member_of, number_of
from shuniu.v1 import identity_pb2 as pb

_LONGEST_SECONDS: Final = 366 * 24 * 3600  # far above LONGEST_TTL, whose refusal says what is allowed
_ROLE: Final = pb.Role.DESCRIPTOR

department_to: Final = Shape(pb.Department, Department)
certificate_to: Final = Shape(pb.Certificate, Certificate)
system_to: Final = Shape(
    pb.System,
    System,
    roles=lambda system: sorted(number_of(_ROLE, role) for role in system.roles),
    certificates=lambda system: [certificate_to(one) for one in system.certificates],
)
enrolment_to: Final = Shape(pb.EnrollResponse, Enrolment, system=lambda enrolment: system_to(enrolment.system))


def registration_from(message: pb.Department) -> Registration:
    """Return what the authority says of a department."""
    return content(message, Registration, "department")


def invitation_from(message: pb.CreateEnrollmentTokenRequest) -> Invitation:
    """Return which system the authority invites."""
    return Invitation(message.department, message.system, roles_from(message.roles), ttl_from(message.ttl))


def roles_from(numbers: Iterable[int]) -> frozenset[Role]:
    """Return the roles; a number that stands for none is refused."""
    return frozenset(member_of(Role, _ROLE, number, "roles") for number in numbers)


def ttl_from(duration: Duration) -> timedelta:
    """Return the time to live; one beyond any sense is refused before it can overflow."""
    if not 0 <= duration.seconds <= _LONGEST_SECONDS or not 0 <= duration.nanos < 10**9:
        raise wrong_ttl()
    return timedelta(seconds=duration.seconds, microseconds=duration.nanos // 1000)
