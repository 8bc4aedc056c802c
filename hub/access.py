"""Who may call what: one row per rpc, no row -> refused. A test walks every descriptor and this table against each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final

from hub.reasons import NO_CERTIFICATE, NOT_AT_THIS_PORT, ROLE_MISSING


class Port(Enum):
    """The two doors: `MEMBERS` asks for a client certificate, `PUBLIC` does not."""

    MEMBERS = "members"
    PUBLIC = "public"


class Role(StrEnum):
    """What a system may act as."""

    MEMBER = "member"
    AUTHORITY = "authority"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as proven by the client certificate; anonymous on the public port."""

    department: str = ""
    system: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)
    serial: str = ""

    @property
    def anonymous(self) -> bool:
        """Tell whether nobody is known to call."""
        return not self.department

    @property
    def name(self) -> str:
        """Return the resource name of the calling system, `anonymous` when unknown."""
        return f"departments/{self.department}/systems/{self.system}" if self.department else "anonymous"


ANYBODY: Final = Caller()
HUB: Final = Caller(system="hub")
"""The hub itself, where it acts by rule and nobody asked it to."""
OPERATOR: Final = Caller(system="operator")
"""Whoever has a shell on the hub's machine: acts for no department and is named so in the log."""


@dataclass(frozen=True, slots=True)
class AccessRow:
    """Which ports carry an rpc and which roles may call it there; `deadline` means that a call without one is refused.

    An rpc with an `action` of its own is admitted by the gate and writes its own refusals from then on, under that name. One that `writes` is
    counted against what a system may write (`hub.writing`): rows, or a record of the log; every rpc does unless its row says that it only reads.
    """

    ports: frozenset[Port]
    roles: frozenset[Role]
    deadline: bool = False
    action: str = ""
    writes: bool = True


_M = frozenset({Port.MEMBERS})
_P = frozenset({Port.PUBLIC})
_BOTH = _M | _P
_ALL = frozenset(Role)
_MEMBER = frozenset({Role.MEMBER, Role.AUTHORITY})
_AUTHORITY = frozenset({Role.AUTHORITY})

_MEMBERS = AccessRow(_M, _ALL)
_ACTING = AccessRow(_M, _MEMBER)
_RULING = AccessRow(_M, _AUTHORITY)
_AUDITING = AccessRow(_M, frozenset({Role.AUDITOR}))
_READING = AccessRow(_M, _ALL, writes=False)
_ACTING_READ = AccessRow(_M, _MEMBER, writes=False)
_OPEN = AccessRow(_BOTH, _ALL, writes=False)


def _rows(service: str, row: AccessRow, *methods: str) -> dict[str, AccessRow]:
    return {f"/{service}/{method}": row for method in methods}


ACCESS: Final[Mapping[str, AccessRow]] = {
    **_rows(
        "shuniu.v1.IdentityService",
        _RULING,
        "CreateDepartment",
        "UpdateDepartment",
        "DisableDepartment",
        "EnableDepartment",
        "CreateEnrollmentToken",
        "ApproveHosts",
        "RefuseHosts",
    ),
    # Public and without roles: who enrols has no certificate yet. The action checks the one-time token.
    **_rows("shuniu.v1.IdentityService", AccessRow(_P, frozenset()), "Enroll"),
    **_rows(
        "shuniu.v1.IdentityService",
        _MEMBERS,
        "RenewCertificate",
        "RevokeCertificate",
        "RevokeSystem",
        "SetEndpoint",
        "RequestHosts",
    ),
    **_rows("shuniu.v1.IdentityService", _READING, "GetDepartment", "ListDepartments", "ListSystems", "WhoAmI"),
    **_rows("shuniu.v1.IdentityService", _AUDITING, "CreateLoginLink"),
    **_rows("shuniu.v1.CatalogService", _ACTING, "CreateEntry", "UpdateEntry", "SubmitEntry", "ReviseEntry", "WithdrawEntry", "CheckEntries"),
    **_rows("shuniu.v1.CatalogService", _RULING, "PublishEntry", "ReturnEntry", "CreateRelease"),
    **_rows("shuniu.v1.CatalogService", _READING, "GetEntry", "ListEntryVersions", "ListEntries", "SearchEntries", "GetRelease", "ExportDirectory"),
    **_rows(
        "shuniu.v1.BrokerageService",
        _ACTING,
        "CreateDataRequest",
        "SubmitDataRequest",
        "AskForMore",
        "SupplementDataRequest",
        "ApproveDataRequest",
        "AcceptOffer",
        "RefuseDataRequest",
        "RequestExtension",
        "WithdrawDataRequest",
        "SuspendGrant",
        "ResumeGrant",
        "RevokeGrant",
        "FileObjection",
        "VerifyObjection",
        "CorrectObjection",
        "DismissObjection",
        "ConfirmObjection",
        "AcknowledgeCorrectionNotice",
    ),
    **_rows("shuniu.v1.BrokerageService", _RULING, "AllowExtension", "RefuseExtension"),
    **_rows(
        "shuniu.v1.BrokerageService",
        _ACTING_READ,
        "GetDataRequest",
        "ListDataRequests",
        "GetGrant",
        "ListGrants",
        "GetObjection",
        "ListObjections",
        "ListCorrectionNotices",
    ),
    # MEMBER alone: an authority or an auditor queries nobody's data by that role. Query writes its own refusals, with grant and case, and its
    # intents are bounded by the grant's quota alone.
    **_rows("shuniu.v1.ExchangeService", AccessRow(_M, frozenset({Role.MEMBER}), deadline=True, action="exchange.Query", writes=False), "Query"),
    **_rows(
        "shuniu.v1.LicenseService",
        _ACTING,
        "RegisterIssuingKey",
        "RevokeIssuingKey",
        "RetireIssuingKey",
        "PrepareLicense",
        "IssueLicense",
        "AttachStamp",
        "SuspendLicense",
        "ResumeLicense",
        "RevokeLicense",
        "GetLicense",  # a look is on the log
    ),
    **_rows("shuniu.v1.LicenseService", _ACTING_READ, "ListIssuingKeys", "ListLicenses"),
    **_rows("shuniu.v1.LicenseService", _RULING, "AdmitIssuingKey"),
    # At both ports: whoever is shown a license may check it, and offline checks need the trust list and the status lists.
    **_rows("shuniu.v1.LicenseService", _OPEN, "ListLicenseTypes", "VerifyCode", "GetTrustList", "GetStatusList"),
    **_rows(
        "shuniu.v1.SealService",
        _ACTING,
        "IssueSignerCertificate",
        "RevokeSignerCertificate",
        "ApplySeal",
        "ActivateSeal",
        "RevokeSeal",
        "PrepareStamp",
        "CompleteStamp",
    ),
    **_rows("shuniu.v1.SealService", _ACTING_READ, "GetSeal", "ListSeals"),
    **_rows("shuniu.v1.SealService", _RULING, "MakeSeal", "RefuseSeal", "AddSealTrust", "RemoveSealTrust"),
    **_rows("shuniu.v1.SealService", _OPEN, "VerifySeal", "VerifyStamp", "GetSealTrust"),
    **_rows("shuniu.v1.AuditService", _MEMBERS, "SearchAuditRecords", "GetAuditRecord"),  # a look is on the log
    **_rows("shuniu.v1.AuditService", _READING, "GetCheckpoint", "GetInclusionProof", "GetConsistencyProof"),
    # In turn: the authority proposes, an auditor decides.
    **_rows("shuniu.v1.AuditService", _RULING, "ProposeErasure"),
    **_rows("shuniu.v1.AuditService", _AUDITING, "ConfirmErasure", "RefuseErasure"),
    **_rows("shuniu.v1.AuditService", AccessRow(_M, _AUTHORITY | {Role.AUDITOR}, writes=False), "GetErasure", "ListErasures"),
    **_rows("grpc.health.v1.Health", _OPEN, "Check", "Watch", "List"),
    **_rows("grpc.reflection.v1alpha.ServerReflection", _OPEN, "ServerReflectionInfo"),
}


def admit(method: str, port: Port, caller: Caller) -> AccessRow:
    """Return the row of `method` when `caller` may call it at `port`; deny by default."""
    # A method without a row is refused even where a servicer has it: a row that was forgotten closes the rpc and opens nothing.
    row = ACCESS.get(method)
    if row is None or port not in row.ports:
        raise NOT_AT_THIS_PORT(method=method)
    # Nobody shows a certificate at this port, so there are no roles to compare.
    if port is Port.PUBLIC:
        return row
    if caller.anonymous:
        raise NO_CERTIFICATE()
    if not row.roles & caller.roles:
        raise ROLE_MISSING(method=method, roles=", ".join(sorted(row.roles)))
    return row
