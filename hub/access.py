"""Who may call what: one row per rpc, no row -> refused. A test walks every descriptor and this table against each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from typing import Final

from hub.reasons import DUTY_MISSING, FOR_SYSTEMS_ALONE, NO_CERTIFICATE, NOT_AT_THIS_PORT, ROLE_MISSING
from shuniu.words import Word, either


class Port(Enum):
    """The two doors: `MEMBERS` asks for a client certificate, `PUBLIC` does not."""

    MEMBERS = "members"
    PUBLIC = "public"


class Role(StrEnum):
    """What a system may act as."""

    MEMBER = "member"
    AUTHORITY = "authority"
    AUDITOR = "auditor"


class Duty(StrEnum):
    """岗位职责: what an officer may do for the department. Duties are data: each department gives its officers those that it has itself."""

    DIRECTORY = "directory"
    REQUESTS = "requests"
    CORRECTIONS = "corrections"
    LICENSES = "licenses"
    SEALS = "seals"
    LEAD = "lead"
    AUDIT = "audit"
    RULE = "rule"
    PEOPLE = "people"


DUTIES: Final[Mapping[Duty, Word]] = {
    Duty.DIRECTORY: Word("directory", "directory", "编目"),
    Duty.REQUESTS: Word("requests", "requests", "申请审核"),
    Duty.CORRECTIONS: Word("corrections", "corrections", "校核"),
    Duty.LICENSES: Word("licenses", "licenses", "电子证照"),
    Duty.SEALS: Word("seals", "seals", "电子印章"),
    Duty.LEAD: Word("lead", "lead", "共享工作负责人"),
    Duty.AUDIT: Word("audit", "audit", "审计"),
    Duty.RULE: Word("rule", "rule", "共享主管"),
    Duty.PEOPLE: Word("people", "people", "人员管理"),
}
ROLE_OF: Final[Mapping[Duty, Role]] = {Duty.RULE: Role.AUTHORITY, Duty.AUDIT: Role.AUDITOR}
"""What an officer acts as by a duty; by any other, as a member."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a system, as proven by its client certificate, or an officer who signed in; anonymous on the public port.

    `officer` is the number of an officer who signed in, with the duties that the officer has now; a system names its officers in its calls.
    `marks` are what every record of the call says beside the rest: how the officer is known, who confirmed, under which mandate.
    """

    department: str = ""
    system: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)
    serial: str = ""
    officer: str = ""
    duties: frozenset[Duty] = field(default_factory=frozenset)
    marks: tuple[tuple[str, str], ...] = ()

    @property
    def anonymous(self) -> bool:
        """Tell whether nobody is known to call."""
        return not self.department

    @property
    def name(self) -> str:
        """Return the resource name of the calling system or officer, `anonymous` when unknown."""
        if not self.department:
            return "anonymous"
        return f"departments/{self.department}/officers/{self.officer}" if self.officer else f"departments/{self.department}/systems/{self.system}"

    @property
    def consent(self) -> str:
        """Return by whom the step was consented to: the number of the officer who confirmed it, else the mandate it is taken under, else nobody."""
        marks = dict(self.marks)
        return marks.get("confirmed_by", "") or marks.get("mandate", "")

    def marked(self, **marks: str) -> "Caller":
        """Return the caller with more for every record of the call to say."""
        return replace(self, marks=tuple({**dict(self.marks), **marks}.items()))


ANYBODY: Final = Caller()
HUB: Final = Caller(system="hub")
"""The hub itself, where it acts by rule and nobody asked it to."""
OPERATOR: Final = Caller(system="operator")
"""Whoever has a shell on the hub's machine: acts for no department and is named so in the log."""


@dataclass(frozen=True, slots=True)
class Second:
    """The second person of a step: what one officer proposes, another confirms before it is done.

    `look` is the rpc that shows the thing as it stands, by its `name`. Who confirms has one of `duties`, in the department of whoever proposed;
    where a `role` is named, in another department that has it: such a step makes the thing, which is done once it is confirmed.
    """

    article: str
    look: str
    duties: frozenset[Duty] = frozenset({Duty.LEAD})
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class AccessRow:
    """Which ports carry an rpc and which roles may call it there; `deadline` means that a call without one is refused.

    An rpc with an `action` of its own is admitted by the gate and writes its own refusals from then on, under that name. One that `writes` is
    counted against what a system may write (`hub.writing`): rows, or a record of the log; every rpc does unless its row says that it only reads.

    `duties` are those of which an officer needs one; none where every officer of the department may. `second` says whose consent the step
    needs besides. What is for `systems` alone is no officer's, whatever duties: it is about the certificate that calls.
    """

    ports: frozenset[Port]
    roles: frozenset[Role]
    deadline: bool = False
    action: str = ""
    writes: bool = True
    duties: frozenset[Duty] = frozenset()
    second: Second | None = None
    systems: bool = False


_M = frozenset({Port.MEMBERS})
_P = frozenset({Port.PUBLIC})
_BOTH = _M | _P
_ALL = frozenset(Role)
_MEMBER = frozenset({Role.MEMBER, Role.AUTHORITY})
_AUTHORITY = frozenset({Role.AUTHORITY})

_MEMBERS = AccessRow(_M, _ALL)
_SYSTEMS = AccessRow(_M, _ALL, systems=True)
_ACTING = AccessRow(_M, _MEMBER)
_RULING = AccessRow(_M, _AUTHORITY, duties=frozenset({Duty.RULE}))
_AUDITING = AccessRow(_M, frozenset({Role.AUDITOR}), duties=frozenset({Duty.AUDIT}))
_READING = AccessRow(_M, _ALL, writes=False)
_ACTING_READ = AccessRow(_M, _MEMBER, writes=False)
_OPEN = AccessRow(_BOTH, _ALL, writes=False)


def _by(*duties: Duty, row: AccessRow = _ACTING, second: Second | None = None) -> AccessRow:
    return replace(row, duties=frozenset(duties), second=second)


def _rows(service: str, row: AccessRow, *methods: str) -> dict[str, AccessRow]:
    return {f"/{service}/{method}": row for method in methods}


# Decree 809: an entry goes into the directory with the consent of the department's head (art. 13), a request and its answer with that of the
# head of the sharing office (art. 20).
_ENTRY_HEAD = Second("第十三条", "/shuniu.v1.CatalogService/GetEntry")
_REQUEST_HEAD = Second("第二十条", "/shuniu.v1.BrokerageService/GetDataRequest")
_SUCCESSION_HEAD = Second("", "/shuniu.v1.IdentityService/GetSuccession")
_SEAL_HEAD = Second("", "/shuniu.v1.SealService/GetSeal")
# No department makes the log forget: the authority proposes, an auditor of another one decides (ADR 0030, 0062).
_OTHER_AUDITOR = Second("", "/shuniu.v1.AuditService/GetErasure", frozenset({Duty.AUDIT}), Role.AUDITOR)

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
        "CreateSuccession",
        "CallOffSuccession",
    ),
    **_rows("shuniu.v1.IdentityService", replace(_RULING, second=_SUCCESSION_HEAD), "ConfirmSuccession"),
    # Public and without roles: who enrols has no certificate yet. The action checks the one-time token.
    **_rows("shuniu.v1.IdentityService", AccessRow(_P, frozenset(), systems=True), "Enroll"),
    **_rows("shuniu.v1.IdentityService", _SYSTEMS, "RenewCertificate", "SetEndpoint", "RequestHosts"),
    **_rows("shuniu.v1.IdentityService", _by(Duty.PEOPLE, Duty.RULE, row=_MEMBERS), "RevokeCertificate", "RevokeSystem"),
    **_rows("shuniu.v1.IdentityService", _READING, "GetDepartment", "ListDepartments", "ListSystems", "GetSuccession", "ListSuccessions"),
    **_rows("shuniu.v1.IdentityService", replace(_READING, systems=True), "WhoAmI"),
    **_rows("shuniu.v1.IdentityService", replace(_AUDITING, systems=True), "CreateLoginLink"),
    **_rows(
        "shuniu.v1.OfficerService",
        _by(Duty.PEOPLE, row=_MEMBERS),
        "CreateOfficer",
        "ImportOfficers",
        "UpdateOfficer",
        "DismissOfficer",
        "InviteOfficer",
        "NameDeputy",
    ),
    **_rows("shuniu.v1.OfficerService", _READING, "GetOfficer", "ListOfficers", "GetOfficerRegistration", "ListMandates"),
    **_rows("shuniu.v1.OfficerService", _RULING, "SetOfficerRegistration"),
    **_rows("shuniu.v1.OfficerService", _by(Duty.LEAD, row=_MEMBERS), "CreateMandate"),
    **_rows("shuniu.v1.OfficerService", _by(Duty.LEAD, Duty.RULE, row=_MEMBERS), "RevokeMandate"),
    **_rows("shuniu.v1.WorkService", _READING, "ListWork", "ListNotices", "GetProposal", "ListProposals"),
    # Of the system that calls: a stream resumes behind what it acknowledged. An officer has the inbox.
    **_rows("shuniu.v1.WorkService", replace(_SYSTEMS, writes=False), "WatchWork"),
    **_rows("shuniu.v1.WorkService", _SYSTEMS, "AcknowledgeWork"),
    # Whose duty it is, the proposal says: that of its step, or a lead's.
    **_rows("shuniu.v1.WorkService", _MEMBERS, "Confirm", "Decline", "TakeBack"),
    **_rows(
        "shuniu.v1.CatalogService",
        _by(Duty.DIRECTORY),
        "CreateEntry",
        "UpdateEntry",
        "ReviseEntry",
        "WithdrawEntry",
        "CheckEntries",
    ),
    **_rows("shuniu.v1.CatalogService", _by(Duty.DIRECTORY, second=_ENTRY_HEAD), "SubmitEntry"),
    **_rows("shuniu.v1.CatalogService", _RULING, "PublishEntry", "ReturnEntry", "CreateRelease", "AssignRecordSource", "EndRecordSource"),
    **_rows("shuniu.v1.CatalogService", _by(Duty.DIRECTORY, Duty.RULE), "ReportDirectoryUpdate", "WithdrawDirectoryUpdate"),
    **_rows("shuniu.v1.CatalogService", _by(Duty.DIRECTORY), "RequestUpdateExtension"),
    **_rows("shuniu.v1.CatalogService", _RULING, "AllowUpdateExtension", "RefuseUpdateExtension"),
    **_rows("shuniu.v1.CatalogService", _ACTING_READ, "GetDirectoryUpdate", "ListDirectoryUpdates"),
    **_rows("shuniu.v1.CatalogService", _READING, "GetRecordSource", "ListRecordSources"),
    **_rows("shuniu.v1.CatalogService", _READING, "GetEntryHealth", "ListEntryHealth"),
    **_rows("shuniu.v1.CatalogService", _READING, "GetEntry", "ListEntryVersions", "ListEntries", "SearchEntries", "GetRelease", "ExportDirectory"),
    **_rows(
        "shuniu.v1.BrokerageService",
        _by(Duty.REQUESTS),
        "CreateDataRequest",
        "AskForMore",
        "SupplementDataRequest",
        "AcceptOffer",
        "RequestExtension",
        "WithdrawDataRequest",
        "ReportMending",
        "ExplainDelivery",
        "RecordDisposal",
        "AcceptDisposal",
        "ReturnDisposal",
        "RecordUse",
    ),
    **_rows("shuniu.v1.BrokerageService", _by(Duty.REQUESTS, second=_REQUEST_HEAD), "SubmitDataRequest", "ApproveDataRequest", "RefuseDataRequest"),
    **_rows("shuniu.v1.BrokerageService", _by(Duty.REQUESTS, Duty.RULE), "SuspendGrant", "ResumeGrant", "RevokeGrant", "RefuseMending"),
    **_rows(
        "shuniu.v1.BrokerageService",
        _by(Duty.REQUESTS),
        "ProposeServiceChange",
        "ReplyToServiceChange",
        "FileServiceChange",
        "CallOffServiceChange",
    ),
    **_rows("shuniu.v1.BrokerageService", _RULING, "AdmitServiceChange", "ReturnServiceChange"),
    **_rows("shuniu.v1.BrokerageService", _ACTING_READ, "GetServiceChange", "ListServiceChanges", "ListAffectedGrants"),
    **_rows(
        "shuniu.v1.BrokerageService",
        _by(Duty.CORRECTIONS),
        "FileObjection",
        "VerifyObjection",
        "CorrectObjection",
        "DismissObjection",
        "ConfirmObjection",
        "WithdrawObjection",
        "AppealObjection",
        "AcknowledgeCorrectionNotice",
    ),
    **_rows("shuniu.v1.BrokerageService", _RULING, "AllowExtension", "RefuseExtension"),
    **_rows("shuniu.v1.BrokerageService", _by(Duty.REQUESTS), "FileDemand", "AcceptDemand", "DeclineDemand", "FulfilDemand", "WithdrawDemand"),
    **_rows("shuniu.v1.BrokerageService", _RULING, "AssignDemand", "MergeDemand"),
    # Decree 809 art. 28 asks for no head's consent.
    **_rows(
        "shuniu.v1.BrokerageService",
        _by(Duty.REQUESTS),
        "OpenDispute",
        "AnswerDispute",
        "ProposeSettlement",
        "AgreeSettlement",
        "EscalateDispute",
        "WithdrawDispute",
    ),
    **_rows("shuniu.v1.BrokerageService", _by(Duty.REQUESTS, Duty.RULE), "DecideDispute"),  # a superior that coordinates rules nowhere else
    **_rows("shuniu.v1.BrokerageService", _RULING, "PassDispute", "RecordGovernmentDecision"),
    **_rows("shuniu.v1.BrokerageService", _by(Duty.CORRECTIONS), "FileComplaint", "AnswerComplaint", "CloseComplaint"),
    **_rows("shuniu.v1.BrokerageService", _RULING, "AcceptComplaint", "ReturnComplaint"),
    **_rows(
        "shuniu.v1.BrokerageService",
        _ACTING_READ,
        "GetDemand",
        "ListDemands",
        "GetDispute",
        "ListDisputes",
        "GetComplaint",
        "ListComplaints",
    ),
    **_rows("shuniu.v1.BrokerageService", _RULING, "AllowExtension", "RefuseExtension", "UpholdObjection", "OverturnObjection"),
    **_rows(
        "shuniu.v1.BrokerageService",
        _ACTING_READ,
        "GetDataRequest",
        "ListDataRequests",
        "GetGrant",
        "ListGrants",
        "ListUseRecords",
        "GetObjection",
        "ListObjections",
        "ListCorrectionNotices",
        "GetCorrectionNotice",
    ),
    **_rows("shuniu.v1.CaseService", _READING, "GetDecision", "GetCaseFile"),
    # A look is on the log. By the provider's officers, the authority's, an auditor.
    **_rows("shuniu.v1.CaseService", _by(Duty.REQUESTS, Duty.LEAD, Duty.RULE, Duty.AUDIT, row=_MEMBERS), "InspectGrant"),
    **_rows("shuniu.v1.CaseService", _READING, "ListBrowsingFindings"),
    # MEMBER alone: an authority or an auditor queries nobody's data by that role. Query writes its own refusals, with grant and case, and its
    # intents are bounded by the grant's quota alone. A system's: under a grant stand the systems that may use it.
    **_rows(
        "shuniu.v1.ExchangeService",
        AccessRow(_M, frozenset({Role.MEMBER}), deadline=True, action="exchange.Query", writes=False, systems=True),
        "Query",
    ),
    # The same for each key of a stream, under a name of its own.
    **_rows(
        "shuniu.v1.ExchangeService",
        AccessRow(_M, frozenset({Role.MEMBER}), deadline=True, action="exchange.QueryMany", writes=False, systems=True),
        "QueryMany",
    ),
    **_rows(
        "shuniu.v1.ExchangeService",
        AccessRow(_M, frozenset({Role.MEMBER}), deadline=True, action="exchange.Check", writes=False, systems=True),
        "Check",
    ),
    # Without a deadline: how long a whole table takes, nobody knows beforehand. What stalls is closed (`exchange.lasting`).
    **_rows(
        "shuniu.v1.ExchangeService",
        AccessRow(_M, frozenset({Role.MEMBER}), action="exchange.Stream", writes=False, systems=True),
        "Stream",
    ),
    **_rows(
        "shuniu.v1.ExchangeService",
        AccessRow(_M, frozenset({Role.MEMBER}), action="exchange.Download", writes=False, systems=True),
        "Download",
    ),
    # What waits of a department's questions: for its programs, which ask again, and its officers. To the authority they are numbers.
    **_rows("shuniu.v1.ExchangeService", _READING, "GetWaitingQuestion", "ListWaitingQuestions"),
    **_rows("shuniu.v1.ExchangeService", _by(Duty.REQUESTS), "WithdrawQuestion"),
    # Neither has this: it lasts until the consumer hangs up.
    **_rows(
        "shuniu.v1.ExchangeService",
        AccessRow(_M, frozenset({Role.MEMBER}), action="exchange.Subscribe", writes=False, systems=True),
        "Subscribe",
    ),
    # Written together, some times a second, however many there are (`exchange.acknowledging`).
    **_rows("shuniu.v1.ExchangeService", replace(_SYSTEMS, roles=frozenset({Role.MEMBER}), writes=False), "AcknowledgeChanges"),
    # Data of a department goes in and out by whoever answers for its entry.
    **_rows("shuniu.v1.FileService", _by(Duty.DIRECTORY), "BeginUpload", "PutPart", "CommitUpload", "DeleteDataFile"),
    **_rows("shuniu.v1.FileService", _ACTING_READ, "GetDataFile", "ListDataFiles"),
    **_rows(
        "shuniu.v1.LicenseService",
        _by(Duty.LICENSES),
        "RegisterIssuingKey",
        "RetireIssuingKey",
        "PrepareLicense",
        "IssueLicense",
        "AttachStamp",
        "SuspendLicense",
        "ResumeLicense",
        "RevokeLicense",
        "SupersedeLicense",
        "GetLicense",  # a look is on the log
    ),
    **_rows("shuniu.v1.LicenseService", _by(Duty.LICENSES, Duty.RULE), "RevokeIssuingKey"),
    **_rows("shuniu.v1.LicenseService", _ACTING_READ, "ListIssuingKeys"),
    **_rows("shuniu.v1.LicenseService", _by(Duty.LICENSES, Duty.RULE, row=_ACTING_READ), "ListLicenses"),
    **_rows("shuniu.v1.LicenseService", _RULING, "AdmitIssuingKey"),
    # At both ports: whoever is shown a license may check it, and offline checks need the trust list and the status lists.
    **_rows("shuniu.v1.LicenseService", _OPEN, "ListLicenseTypes", "VerifyCode", "GetTrustList", "GetStatusList"),
    **_rows("shuniu.v1.SealService", _by(Duty.SEALS), "IssueSignerCertificate", "ApplySeal", "PrepareStamp", "CompleteStamp"),
    **_rows("shuniu.v1.SealService", _by(Duty.SEALS, second=_SEAL_HEAD), "ActivateSeal"),
    **_rows("shuniu.v1.SealService", _by(Duty.SEALS, Duty.RULE), "RevokeSignerCertificate", "RevokeSeal"),
    **_rows("shuniu.v1.SealService", _ACTING_READ, "GetSeal", "ListSeals"),
    **_rows("shuniu.v1.SealService", _RULING, "MakeSeal", "RefuseSeal", "AddSealTrust", "RemoveSealTrust"),
    **_rows("shuniu.v1.SealService", _OPEN, "VerifySeal", "VerifyStamp", "GetSealTrust"),
    # A look is on the log. A member's officers look at what names their own department: its head, and whoever answers corrections.
    **_rows("shuniu.v1.AuditService", _by(Duty.AUDIT, Duty.LEAD, Duty.CORRECTIONS, Duty.RULE, row=_MEMBERS), "SearchAuditRecords", "GetAuditRecord"),
    **_rows("shuniu.v1.AuditService", _READING, "GetCheckpoint", "GetInclusionProof", "GetConsistencyProof"),
    **_rows("shuniu.v1.AuditService", replace(_RULING, second=_OTHER_AUDITOR), "ProposeErasure"),
    **_rows(
        "shuniu.v1.AuditService",
        AccessRow(_M, _AUTHORITY | {Role.AUDITOR}, writes=False, duties=frozenset({Duty.RULE, Duty.AUDIT})),
        "GetErasure",
        "ListErasures",
    ),
    **_rows("shuniu.v1.WorkService", _by(Duty.PEOPLE, row=_MEMBERS), "SetDeliveryTarget", "RemoveDeliveryTarget", "RetryDelivery"),
    **_rows("shuniu.v1.WorkService", _READING, "ListDeliveryTargets", "ListDeadLetters"),
    # For any member of a hub for practice; every other hub refuses it, whoever calls.
    **_rows("shuniu.v1.PracticeService", _SYSTEMS, "MoveClock"),
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
    if caller.officer:
        admit_officer(method, row, caller.duties)
    return row


def admit_officer(method: str, row: AccessRow, duties: frozenset[Duty]) -> None:
    """Refuse an officer without a duty of the row; what is for systems alone, every officer."""
    if row.systems:
        raise FOR_SYSTEMS_ALONE(method=method)
    if row.duties and not row.duties & duties:
        raise DUTY_MISSING(method=method, duties=either(*(DUTIES[one] for one in sorted(row.duties))))
