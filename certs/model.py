"""Departments, their systems, certificates and enrolment tokens: what they are and which of them is valid when."""

import hashlib
import ipaddress
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hub.access import Caller, Role
from hub.errors import IllegalStateError, InvalidInputError, LimitError
from hub.uscc import parse_uscc

SYSTEM_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
DEFAULT_TTL: Final = timedelta(hours=24)
LONGEST_TTL: Final = timedelta(days=7)
MOST_LIVE: Final = 8
_REGION: Final = re.compile(r"[0-9]{6}")  # GB/T 2260
_SERIAL: Final = re.compile(r"[0-9A-Fa-f]{1,32}")
_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")  # RFC 1123 section 2.1
_LONGEST_HOST: Final = 253  # RFC 1035 section 2.3.4, written without the final dot
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_HIGHEST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Department:
    """A government body; `uscc` is its key, GB 32100-2015."""

    uscc: str
    title: str
    short_title: str
    region: str
    create_time: datetime

    def __post_init__(self) -> None:
        if parse_uscc(self.uscc) != self.uscc:
            raise InvalidInputError("a credit code is kept in capitals without blanks", field="department.uscc", zh="统一社会信用代码有误")
        check_text("department.title", self.title, 100)
        if self.short_title:
            check_text("department.short_title", self.short_title, 20)
        if _REGION.fullmatch(self.region) is None:
            raise InvalidInputError("region must be 6 digits, GB/T 2260", field="department.region", zh="行政区划代码应为 6 位数字")

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"departments/{self.uscc}"


class Status(StrEnum):
    """What a certificate is worth at a moment."""

    VALID = "valid"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that the hub's CA issued to a system; what the hub keeps of it."""

    serial: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    create_time: datetime
    pem: str = field(repr=False)
    revoke_time: datetime | None = None
    revoke_reason: str = ""

    def status(self, at: datetime) -> Status:
        """Return its status at `at`; both ends of the validity belong to it (RFC 5280 section 4.1.2.5), revocation outweighs the dates."""
        if self.revoke_time is not None:
            return Status.REVOKED
        if at < self.not_before:
            return Status.NOT_YET_VALID
        return Status.EXPIRED if at > self.not_after else Status.VALID

    def revoke(self, at: datetime, reason: str) -> "Certificate":
        """Return the certificate revoked for a stated reason; one that is revoked stays as it was revoked first."""
        check_text("reason", reason, 500)
        if self.revoke_time is not None:
            raise IllegalStateError(
                f"certificate {self.serial} is in state revoked, from which the step revoke leads nowhere",
                zh="证书已吊销，不能再次吊销", next_action="nothing: the certificate is refused already", state="revoked", step="revoke",
            )  # fmt: skip
        return replace(self, revoke_time=at, revoke_reason=reason)


@dataclass(frozen=True, slots=True)
class System:
    """A department's machine identity; `certificates` newest first."""

    department: str
    system: str
    roles: frozenset[Role]
    endpoint: str = ""
    certificates: tuple[Certificate, ...] = ()

    def __post_init__(self) -> None:
        check_system_name(self.system)
        check_roles(self.roles)

    @property
    def name(self) -> str:
        """Return the resource name, under which changes of the system and its certificates are announced."""
        return system_name(self.department, self.system)

    def check_may_renew(self, at: datetime) -> None:
        """Refuse one more certificate when too many are live already: each is a key that somebody must guard."""
        if sum(one.status(at) is Status.VALID for one in self.certificates) >= MOST_LIVE:
            raise LimitError(
                f"the system has {MOST_LIVE} live certificates", zh=f"该系统已有 {MOST_LIVE} 张有效证书",
                next_action="revoke those no longer used with RevokeCertificate", reason="TOO_MANY_CERTIFICATES",
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class EnrollmentToken:
    """The right to enrol one system once, as kept: the SHA-256 of the secret, never the secret."""

    digest: str
    department: str
    system: str
    roles: frozenset[Role]
    expire_time: datetime
    create_time: datetime
    use_time: datetime | None = None

    def __post_init__(self) -> None:
        check_system_name(self.system)
        check_roles(self.roles)
        if not timedelta(0) < self.expire_time - self.create_time <= LONGEST_TTL:
            raise InvalidInputError("ttl must be more than 0 and at most 7 days", field="ttl", zh="注册令牌有效期不得超过 7 天")

    def usable(self, at: datetime) -> bool:
        """Tell whether it was never used and has not expired."""
        return self.use_time is None and at < self.expire_time


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a department gets for a token and a CSR: its certificate, the CA to trust, who it now is."""

    certificate_pem: str
    ca_pem: str
    system: System


@dataclass(frozen=True, slots=True)
class LoginLink:
    """A one-time way into the web pages for one officer; the secret itself is kept nowhere, only its digest."""

    digest: str
    department: str
    system: str
    officer: str
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """An officer at the web pages, acting through a system of the department; ends when idle, when over, and with the system's certificates."""

    caller: Caller
    officer: str
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One change to say in the access log. An actor without a department is the operator at the hub's own console."""

    at: datetime
    action: str
    actor: Caller
    resource: str
    other: str = ""
    reason: str = ""
    detail: dict[str, str] = field(default_factory=dict)


def system_name(department: str, system: str) -> str:
    """Return the resource name of a system."""
    return f"departments/{department}/systems/{system}"


def split_system_name(name: str) -> tuple[str, str]:
    """Return department and system of a system's resource name."""
    parts = name.split("/")
    if len(parts) != 4 or parts[::2] != ["departments", "systems"]:  # noqa: PLR2004 - the four parts of the pattern
        raise InvalidInputError("a system's name is departments/{uscc}/systems/{system}", field="name", zh="系统资源名有误")
    return parts[1], parts[3]


def check_system_name(text: str) -> None:
    """Refuse a system's short name that is not a-z, 0-9 and hyphen, 1 to 40 characters, beginning with a letter."""
    if SYSTEM_NAME.fullmatch(text) is None:
        raise InvalidInputError(
            "a system's name is 1 to 40 of a-z, 0-9 and hyphen, and begins with a letter", field="system",
            zh="系统简称应为 1 至 40 个小写字母、数字或连字符，且以字母开头",
        )  # fmt: skip


def check_roles(roles: frozenset[Role]) -> None:
    """Refuse a system that may act as nothing."""
    if not roles:
        raise InvalidInputError("a system has at least one role", field="roles", zh="系统至少应有一个角色")


def check_text(name: str, text: str, longest: int) -> None:
    """Refuse text that is blank, too long or has control characters: it stands in log records and on pages."""
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise InvalidInputError(
            f"{name} is required: 1 to {longest} printable characters on one line", field=name, zh=f"{name} 必填，不超过 {longest} 个字符，不得换行"
        )


def is_host(text: str) -> bool:
    """Tell whether the text is an IP address that one machine can have, or a DNS name without wildcard (RFC 1123 section 2.1)."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        labels = text.split(".")
        return len(text) <= _LONGEST_HOST and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    return "%" not in text and not address.is_unspecified and not address.is_multicast


def parse_endpoint(text: str) -> str:
    """Return a valid host:port (IPv6 in brackets, RFC 3986 section 3.2.2) as given, the empty text for none."""
    if not text:
        return ""
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    bare = host[1:-1] if bracketed else host
    right_host = bool(colon) and len(text) <= _LONGEST_HOST + 6 and is_host(bare) and (":" in bare) is bracketed
    if not right_host or _PORT.fullmatch(port) is None or int(port) > _HIGHEST_PORT:
        raise InvalidInputError(
            "endpoint must be host:port: a DNS name or IP address (IPv6 in brackets) and a port from 1 to 65535", field="endpoint",
            zh="服务地址应为 主机:端口，端口 1 至 65535", next_action="for example data.mzj.example:7443, [2001:db8::7]:7443",
        )  # fmt: skip
    return text


def parse_serial(text: str) -> str:
    """Return a serial number as it is kept: 32 small hexadecimal digits; the capitals and missing zeros of other tools are mended."""
    if _SERIAL.fullmatch(text) is None:
        raise InvalidInputError("serial must be 1 to 32 hexadecimal digits", field="serial", zh="证书序列号应为十六进制数")
    return text.lower().zfill(32)


def digest_of(secret: str) -> str:
    """Return the SHA-256 under which a token's secret is kept and found: the look-up tells nothing about a secret that is 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
