"""Departments, systems and certificates as protobuf messages and back."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from certs.model import Certificate, Department, Enrolled, System
from hub.access import Role
from hub.errors import InvalidInputError
from shuniu.v1 import identity_pb2

_TO_ROLE: Final = {
    identity_pb2.ROLE_MEMBER: Role.MEMBER,
    identity_pb2.ROLE_AUTHORITY: Role.AUTHORITY,
    identity_pb2.ROLE_AUDITOR: Role.AUDITOR,
}
_FROM_ROLE: Final = {role: number for number, role in _TO_ROLE.items()}
_LONGEST_SECONDS: Final = 366 * 24 * 3600


def roles_from(numbers: Iterable[int]) -> frozenset[Role]:
    """Return the roles; a number that stands for none is refused."""
    roles = dict(_TO_ROLE.items())
    try:
        return frozenset(roles[identity_pb2.Role.ValueType(number)] for number in numbers)
    except KeyError as error:
        raise InvalidInputError("roles holds a value that is no role", field="roles", zh="角色取值有误") from error


def ttl_from(duration: Duration) -> timedelta:
    """Return the time to live; one beyond any sense is refused before it can overflow."""
    if not 0 <= duration.seconds <= _LONGEST_SECONDS or not 0 <= duration.nanos < 10**9:
        raise InvalidInputError("ttl must be from 0 to 7 days", field="ttl", zh="注册令牌有效期不得超过 7 天")
    return timedelta(seconds=duration.seconds, microseconds=duration.nanos // 1000)


def timestamp(at: datetime) -> Timestamp:
    """Return a moment as a Timestamp."""
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def department_to(department: Department) -> identity_pb2.Department:
    """Return the department's message."""
    return identity_pb2.Department(
        name=department.name,
        uscc=department.uscc,
        title=department.title,
        short_title=department.short_title,
        region=department.region,
        create_time=timestamp(department.create_time),
    )


def certificate_to(certificate: Certificate) -> identity_pb2.Certificate:
    """Return the certificate's message."""
    return identity_pb2.Certificate(
        serial=certificate.serial,
        fingerprint=certificate.fingerprint,
        not_before=timestamp(certificate.not_before),
        not_after=timestamp(certificate.not_after),
        revoke_time=timestamp(certificate.revoke_time) if certificate.revoke_time else None,
        revoke_reason=certificate.revoke_reason,
    )


def system_to(system: System) -> identity_pb2.System:
    """Return the system's message."""
    return identity_pb2.System(
        name=system.name,
        department=system.department,
        system=system.system,
        roles=sorted(_FROM_ROLE[role] for role in system.roles),
        endpoint=system.endpoint,
        certificates=[certificate_to(one) for one in system.certificates],
    )


def enrolled_to(enrolled: Enrolled) -> identity_pb2.EnrollResponse:
    """Return the answer to an enrolment or a renewal."""
    return identity_pb2.EnrollResponse(certificate_pem=enrolled.certificate_pem, ca_pem=enrolled.ca_pem, system=system_to(enrolled.system))
