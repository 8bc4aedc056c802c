"""Departments, their systems, certificates, tokens and sessions: what they are and which of them is valid when."""

from certs.model.certificate import (
    CERTIFICATE_PROCEDURE,
    Certificate,
    CertificateStatus,
    CertificateStep,
    RevocationReason,
    parse_serial,
)
from certs.model.department import (
    CHANGEABLE,
    DEPARTMENT_PROCEDURE,
    Department,
    DepartmentReason,
    DepartmentState,
    DepartmentStep,
    DepartmentTitle,
    Registration,
    ShortTitle,
)
from certs.model.endpoint import host_of_endpoint, parse_endpoint
from certs.model.enrolment import DEFAULT_TTL, LONGEST_TTL, EnrollmentToken, Enrolment, Invitation, wrong_ttl
from certs.model.hosts import HOST_PROCEDURE, HostCase, HostReason, HostState, HostStep, decide, request
from certs.model.login import LoginLink, Session
from certs.model.region import LEVELS, Level, area_of, level_of
from certs.model.revocation import CertificateCase, Revocation, RevocationCause, SystemCase, alive, grown_from
from certs.model.secret import RANDOM_BYTES, digest_of, secret_of
from certs.model.system import MOST_LIVE, SYSTEM_NAME, System, split_system_name, system_name

__all__ = [
    "CERTIFICATE_PROCEDURE",
    "CHANGEABLE",
    "DEFAULT_TTL",
    "DEPARTMENT_PROCEDURE",
    "HOST_PROCEDURE",
    "LEVELS",
    "LONGEST_TTL",
    "MOST_LIVE",
    "RANDOM_BYTES",
    "SYSTEM_NAME",
    "Certificate",
    "CertificateCase",
    "CertificateStatus",
    "CertificateStep",
    "Department",
    "DepartmentReason",
    "DepartmentState",
    "DepartmentStep",
    "DepartmentTitle",
    "EnrollmentToken",
    "Enrolment",
    "HostCase",
    "HostReason",
    "HostState",
    "HostStep",
    "Invitation",
    "Level",
    "LoginLink",
    "Registration",
    "Revocation",
    "RevocationCause",
    "RevocationReason",
    "Session",
    "ShortTitle",
    "System",
    "SystemCase",
    "alive",
    "area_of",
    "decide",
    "digest_of",
    "grown_from",
    "host_of_endpoint",
    "level_of",
    "parse_endpoint",
    "parse_serial",
    "request",
    "secret_of",
    "split_system_name",
    "system_name",
    "wrong_ttl",
]
