"""Who may call what: every rpc has a row, no row is without an rpc, and each row refuses whom it should."""

import inspect

import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from audit.service import AuditService
from brokerage.service import BrokerageService
from brokerage.service.cases import CaseService
from catalog.service import CatalogService
from certs.service import IdentityService, OfficerService
from exchange.service import ExchangeService
from files.service import FileService
from hub.access import ACCESS, ANYBODY, DUTIES, ROLE_OF, Caller, Duty, Port, Role, admit
from hub.errors import NotAllowedError, NotSignedInError
from licenses.service import LicenseService
from seals.service import SealService
from shuniu.v1 import (
    audit_pb2,
    brokerage_pb2,
    case_pb2,
    catalog_pb2,
    exchange_pb2,
    files_pb2,
    identity_pb2,
    license_pb2,
    officer_pb2,
    practice_pb2,
    provider_pb2,
    seal_pb2,
    work_pb2,
)
from timing.service import PracticeService
from work.service import WorkService

MOUNTED = (
    identity_pb2,
    officer_pb2,
    work_pb2,
    catalog_pb2,
    brokerage_pb2,
    case_pb2,
    exchange_pb2,
    files_pb2,
    license_pb2,
    seal_pb2,
    audit_pb2,
    practice_pb2,
    health_pb2,
    reflection_pb2,
)
RPCS = {
    f"/{service.full_name}/{method.name}": method
    for file in MOUNTED
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
AUTHORITY_ONLY = {
    "ApproveHosts",
    "RefuseHosts",
    "CreateDepartment", "UpdateDepartment", "DisableDepartment", "EnableDepartment", "CreateSuccession", "ConfirmSuccession", "CallOffSuccession",
    "CreateEnrollmentToken", "PublishEntry", "ReturnEntry", "CreateRelease", "AdmitIssuingKey", "MakeSeal", "RefuseSeal",
    "AddSealTrust", "RemoveSealTrust",
    "SetOfficerRegistration",
    "AssignDemand", "MergeDemand", "PassDispute", "RecordGovernmentDecision", "AcceptComplaint", "ReturnComplaint",
    "AllowUpdateExtension", "RefuseUpdateExtension", "AssignRecordSource", "EndRecordSource",
    "ProposeErasure", "AllowExtension", "RefuseExtension", "AdmitServiceChange", "ReturnServiceChange",
    "UpholdObjection", "OverturnObjection"}  # fmt: skip
OPEN = {"ListLicenseTypes", "VerifyCode", "GetTrustList", "GetStatusList", "VerifySeal", "VerifyStamp", "GetSealTrust"}
PLUMBING = {"Check", "Watch", "List", "ServerReflectionInfo"}


def caller(*roles: Role) -> Caller:
    return Caller("11640000XB00000432", "main", frozenset(roles), "0")


def test_every_rpc_has_a_row_and_no_row_is_without_an_rpc():
    assert set(RPCS) == set(ACCESS)
    assert not any("ProviderService" in path for path in ACCESS), provider_pb2.DESCRIPTOR.name  # departments serve that, the hub does not


@pytest.mark.parametrize(
    "method", ["/shuniu.v1.ExchangeService/Pour", "/shuniu.v1.CatalogService/", "", "/a/b", "shuniu.v1.AuditService/GetCheckpoint"]
)
@pytest.mark.parametrize("port", list(Port))
def test_what_has_no_row_is_refused_to_everybody(method, port):
    with pytest.raises(NotAllowedError):
        admit(method, port, caller(*Role))


@pytest.mark.parametrize("method", sorted(ACCESS))
def test_each_row_lets_in_exactly_the_roles_it_names(method):
    row = ACCESS[method]
    for role in Role:
        if Port.MEMBERS in row.ports and role in row.roles:
            assert admit(method, Port.MEMBERS, caller(role)) is row
        else:
            with pytest.raises(NotAllowedError):
                admit(method, Port.MEMBERS, caller(role))


@pytest.mark.parametrize("method", sorted(ACCESS))
def test_nobody_unknown_is_let_in_at_the_members_port_and_at_the_public_one_only_where_it_is_open(method):
    row = ACCESS[method]
    with pytest.raises(NotSignedInError if Port.MEMBERS in row.ports else NotAllowedError):
        admit(method, Port.MEMBERS, ANYBODY)
    if Port.PUBLIC in row.ports:
        assert admit(method, Port.PUBLIC, ANYBODY) is row
    else:
        with pytest.raises(NotAllowedError):
            admit(method, Port.PUBLIC, ANYBODY)


def test_the_table_says_what_was_decided():
    short = {path.rpartition("/")[2]: row for path, row in ACCESS.items()}
    assert {name for name, row in short.items() if row.roles == {Role.AUTHORITY}} == AUTHORITY_ONLY
    assert {name for name, row in short.items() if Port.PUBLIC in row.ports} == OPEN | PLUMBING | {"Enroll"}
    assert {name for name, row in short.items() if Port.MEMBERS not in row.ports} == {"Enroll"}
    assert {name for name, row in short.items() if row.roles == {Role.AUDITOR}} == {"CreateLoginLink"}
    assert [path.rpartition("/")[2] for path, row in ACCESS.items() if row.deadline] == ["Query", "QueryMany", "Check"]
    assert Role.AUDITOR not in short["Query"].roles | short["QueryMany"].roles
    assert Role.AUTHORITY not in short["Query"].roles | short["QueryMany"].roles


READING = OPEN | PLUMBING | {
    "GetDepartment", "ListDepartments", "GetCaseFile", "GetDecision",
    "GetSuccession", "ListSuccessions",
    "ListSystems", "WhoAmI", "GetEntry", "ListEntryVersions", "ListEntries", "SearchEntries", "GetRelease", "ExportDirectory",
    "GetServiceChange", "ListServiceChanges", "ListAffectedGrants", "ListUseRecords", "ListBrowsingFindings",
    "GetDataRequest", "ListDataRequests", "GetGrant", "ListGrants", "GetObjection", "ListObjections", "ListCorrectionNotices", "ListLicenses",
    "GetDemand", "ListDemands", "GetDispute", "ListDisputes", "GetComplaint", "ListComplaints",
    "GetDirectoryUpdate", "ListDirectoryUpdates", "GetRecordSource", "ListRecordSources", "GetEntryHealth", "ListEntryHealth",
    "GetDataFile", "ListDataFiles", "GetWaitingQuestion", "ListWaitingQuestions",
    "GetCorrectionNotice", "ListIssuingKeys",
    "GetSeal", "ListSeals",
    "GetOfficer", "ListOfficers", "GetOfficerRegistration", "ListMandates", "GetProposal", "ListProposals", "ListWork", "ListNotices", "WatchWork",
    "GetCheckpoint", "GetInclusionProof", "GetConsistencyProof", "GetErasure", "ListErasures",
    "ListDeliveryTargets", "ListDeadLetters",
}  # fmt: skip


def test_every_rpc_counts_against_what_a_system_may_write_but_those_that_only_read_and_queries_under_a_grant():
    assert {path.rpartition("/")[2] for path, row in ACCESS.items() if not row.writes} == READING | {
        "Query",
        "QueryMany",
        "Check",
        "Stream",
        "Download",
        "Subscribe",
        "AcknowledgeChanges",
    }


def test_what_is_counted_is_run_where_it_is_counted_so_it_is_no_coroutine_and_no_stream():
    servicers = (
        IdentityService,
        OfficerService,
        WorkService,
        CatalogService,
        BrokerageService,
        CaseService,
        ExchangeService,
        FileService,
        LicenseService,
        SealService,
        AuditService,
        PracticeService,
    )
    methods = {f"/{one.SERVICE.full_name}/{rpc.name}": getattr(one, rpc.name) for one in servicers for rpc in one.SERVICE.methods}
    counted = [path for path, row in ACCESS.items() if row.writes]
    assert {"/shuniu.v1.CatalogService/CreateEntry", "/shuniu.v1.AuditService/SearchAuditRecords"} <= set(counted)
    for path in counted:
        assert not inspect.iscoroutinefunction(methods[path]), path
        assert not RPCS[path].server_streaming, path
        assert not RPCS[path].client_streaming, path


def officer(*duties: Duty) -> Caller:
    roles = frozenset({Role.MEMBER, *(ROLE_OF[duty] for duty in duties if duty in ROLE_OF)})
    return Caller("11640000XB00000432", roles=roles, officer="0231", duties=frozenset(duties))


@pytest.mark.parametrize("method", sorted(ACCESS))
def test_each_row_lets_in_exactly_the_officers_with_one_of_its_duties_and_a_role(method):
    row = ACCESS[method]
    for duty in Duty:
        by = officer(duty)
        lets_in = Port.MEMBERS in row.ports and row.roles & by.roles and not row.systems and (not row.duties or duty in row.duties)
        if lets_in:
            assert admit(method, Port.MEMBERS, by) is row
        else:
            with pytest.raises(NotAllowedError):
                admit(method, Port.MEMBERS, by)


def test_whatever_changes_something_asks_an_officer_for_a_duty():
    free = {path.rpartition("/")[2] for path, row in ACCESS.items() if row.writes and not row.systems and not row.duties}
    assert free == {"Confirm", "Decline", "TakeBack"}  # the proposal says whose duty it is


def test_what_is_about_the_certificate_that_calls_is_no_officers_step():
    short = {path.rpartition("/")[2] for path, row in ACCESS.items() if row.systems}
    assert short == {
        "Enroll",
        "RenewCertificate",
        "SetEndpoint",
        "RequestHosts",
        "WhoAmI",
        "CreateLoginLink",
        "Query",
        "Check",
        "QueryMany",
        "Stream",
        "Download",
        "Subscribe",
        "AcknowledgeChanges",
        "WatchWork",
        "AcknowledgeWork",
        "MoveClock",
    }


def test_the_law_s_steps_ask_for_a_second_person_and_show_the_thing_by_an_rpc_that_only_reads():
    second = {path.rpartition("/")[2]: row.second for path, row in ACCESS.items() if row.second}
    asked = {"SubmitEntry", "SubmitDataRequest", "ApproveDataRequest", "RefuseDataRequest", "ActivateSeal"}
    assert asked <= set(second)
    for name, one in second.items():
        assert one.look in ACCESS, name
        assert not ACCESS[one.look].writes, name
        assert one.duties, name


def test_every_duty_has_a_word_in_both_languages_and_the_refusal_names_it():
    assert set(DUTIES) == set(Duty)
    with pytest.raises(NotAllowedError) as error:
        admit("/shuniu.v1.CatalogService/SubmitEntry", Port.MEMBERS, officer(Duty.SEALS))
    assert error.value.reason == "DUTY_MISSING"
    assert "编目" in error.value.zh
    assert "directory" in error.value.message


def test_a_caller_without_roles_is_let_in_nowhere():
    for method, row in ACCESS.items():
        if Port.MEMBERS in row.ports:
            with pytest.raises(NotAllowedError):
                admit(method, Port.MEMBERS, caller())


def test_the_refusal_names_the_role_that_is_missing():
    with pytest.raises(NotAllowedError) as error:
        admit("/shuniu.v1.CatalogService/PublishEntry", Port.MEMBERS, caller(Role.MEMBER))
    assert "authority" in error.value.message
