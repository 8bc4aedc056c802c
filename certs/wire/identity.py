"""Departments, systems and certificates as protobuf messages and back."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, cast

from google.protobuf.duration_pb2 import Duration

from certs.model import (
    CHANGEABLE,
    Certificate,
    Department,
    EnrollmentToken,
    Enrolment,
    Invitation,
    Level,
    Registration,
    Revocation,
    RevocationCause,
    System,
    wrong_ttl,
)
from certs.reasons import PARTS_MISSING
from hub.access import Role
from hub.faults import Faults
from hub.wire import Shape, content, member_of, number_of, optional_member
from shuniu.v1 import catalog_pb2
from shuniu.v1 import identity_pb2 as pb

_LONGEST_SECONDS: Final = 366 * 24 * 3600  # far above LONGEST_TTL, whose refusal says what is allowed
_ROLE: Final = pb.Role.DESCRIPTOR


department_to: Final = Shape(pb.Department, Department)


def _roles(thing: Certificate | System | EnrollmentToken) -> list[int]:
    return sorted(number_of(_ROLE, role) for role in thing.roles or ())


certificate_to: Final = Shape(pb.Certificate, Certificate, roles=_roles)
system_to: Final = Shape(pb.System, System, roles=_roles, certificates=lambda system: map(certificate_to, system.certificates))
token_to: Final = Shape(pb.UnusedToken, EnrollmentToken, roles=_roles)
revocation_to: Final = Shape(
    pb.Revocation,
    Revocation,
    certificates=lambda fallen: map(certificate_to, fallen.certificates),
    living=lambda fallen: map(system_to, fallen.living),
    tokens=lambda fallen: map(token_to, fallen.tokens),
)
enrolment_to: Final = Shape(pb.EnrollResponse, Enrolment, system=lambda enrolment: system_to(enrolment.system))


def registration_from(message: pb.Department) -> Registration:
    """Return what the authority says of a department; raise InvalidInputError with all that is wrong with it."""
    faults = Faults()
    level = faults.take(lambda: optional_member(Level, catalog_pb2.Level.DESCRIPTOR, message.level, "department.level"), None)
    found = faults.take(lambda: content(message, Registration, "department", level=level), None)
    faults.refuse()
    return cast("Registration", found)


def parts_from(request: pb.UpdateDepartmentRequest) -> dict[str, Any]:
    """Return what the authority changes of a department: the parts that the mask names, as they stand in the message."""
    stated, parts = request.department, set(request.update_mask.paths)
    if not parts <= set(CHANGEABLE):
        raise PARTS_MISSING(field="update_mask")
    read = {"level": lambda: optional_member(Level, catalog_pb2.Level.DESCRIPTOR, stated.level, "department.level")}
    return {part: read[part]() if part in read else getattr(stated, part) for part in sorted(parts)}


def invitation_from(message: pb.CreateEnrollmentTokenRequest) -> Invitation:
    """Return which system the authority invites."""
    return Invitation(message.department, message.system, roles_from(message.roles), ttl_from(message.ttl), tuple(message.hosts))


def cause_from(number: int) -> RevocationCause:
    """Return why a certificate is revoked; whoever says nothing has lost it."""
    return optional_member(RevocationCause, pb.RevocationCause.DESCRIPTOR, number, "cause") or RevocationCause.LOSS


def roles_from(numbers: Iterable[int]) -> frozenset[Role]:
    """Return the roles; a number that stands for none is refused."""
    return frozenset(member_of(Role, _ROLE, number, "roles") for number in numbers)


def ttl_from(duration: Duration) -> timedelta:
    """Return the time to live; one beyond any sense is refused before it can overflow."""
    if not 0 <= duration.seconds <= _LONGEST_SECONDS or not 0 <= duration.nanos < 10**9:
        raise wrong_ttl()
    return timedelta(seconds=duration.seconds, microseconds=duration.nanos // 1000)
