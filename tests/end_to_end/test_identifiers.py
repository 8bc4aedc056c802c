"""Every field of a request that takes somebody's number takes it in every spelling and means one person or body; found by the protos' own words."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor
from grpc import StatusCode

from cli.synthetic import department
from tests.hub.spellings import full_width
from tests.world import AUTHORITY, CASE, CONSUMER, KEY, METHODS, OFFICER, OTHER, PROVIDER, PURPOSE, Reply, World

PROTOS = Path(__file__).parents[2] / "protos/shuniu/v1"
NUMBERED = re.compile(r"((?:\n *//[^\n]*)+)\n *string (\w+) = \d+;")
MENTION = re.compile(r"USCC|ID number|social credit|subject_key|Key of the record|Value of the entry's key")


@dataclass(frozen=True)
class Door:
    """A field that takes a number, the right number for it, and the call that sends one."""

    number: str
    send: Callable[[World, str], Reply]
    is_person: bool = False


def _search(world: World, **said: Any) -> Reply:
    return world.auditor().call("SearchAuditRecords", reason="居民申请查询", searcher="SJT-1", **said)


def _objection(world: World, number: str) -> Reply:
    """File an objection and take it back: of two open ones to the same, the second is refused."""
    reply = _filed(world, number)
    if reply.ok:
        found = reply.answer
        world.as_(CONSUMER).do("WithdrawObjection", name=found.name, etag=found.etag, reason="已核实", officer=OFFICER)
    return reply


def _filed(world: World, number: str) -> Reply:
    said = {"target": "OBJECTION_TARGET_RECORD", "resource": world.usual_entry.name, "subject_key": number, "statement": "有误", "officer": OFFICER}
    return world.as_(CONSUMER).call("FileObjection", objection=said)


def _query(world: World, number: str) -> Reply:
    return world.as_(CONSUMER).query(world.grant(), subject_key=number, purpose=PURPOSE, case_number=CASE)


def _query_many(world: World, number: str) -> Reply:
    said = {"grant": world.grant().name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER}
    (one,) = world.as_(CONSUMER).client.query_many(**said, keys=[number])
    return Reply(StatusCode.OK if one.error is None else one.error.code, one.answer, one.error)


def _erasure(world: World, number: str) -> Reply:
    said: dict[str, Any] = {
        "subject": number,
        "subject_domain": "cn-id",
        "legal_basis": "《中华人民共和国个人信息保护法》第四十七条",
        "reason": "当事人申请删除",
    }
    return world.as_(AUTHORITY).call("ProposeErasure", officer="SJ-0003", **said)


def _listing(world: World, number: str) -> Reply:
    return world.as_(AUTHORITY).call("ListSystems", department=number)


def _token(world: World, number: str) -> Reply:
    return world.as_(AUTHORITY).call("CreateEnrollmentToken", department=number, system=f"s-{world.number()}", roles=["ROLE_MEMBER"])


def _registration(world: World, number: str) -> Reply:
    said = {"uscc": number, "title": "某某厅", "region": "640000"}
    return world.as_(AUTHORITY).call("CreateDepartment", department=said, request_id="r-identifiers")


def _officer(world: World, number: str) -> Reply:
    said: dict[str, Any] = {"department": number, "number": f"O-{world.number()}", "display_name": "某某", "duties": ["DUTY_PEOPLE"]}
    world.member(OTHER)
    return world.as_(AUTHORITY).call("CreateOfficer", officer=OFFICER, **said)


def _known_from(world: World, number: str) -> Reply:
    world.member(OTHER)
    return world.as_(AUTHORITY).call("SetOfficerRegistration", department=number, officer=OFFICER, reason="按省里安排")


def _check(world: World, number: str) -> Reply:
    asked: dict[str, Any] = {"purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "predicate": "is_known", "subject_key": number}
    return world.as_(CONSUMER).call("Check", grant=world.check_grant().name, **asked)


def _succession(world: World, **said: Any) -> Reply:
    ruler = world.as_(AUTHORITY)
    split = {"kind": "SUCCESSION_KIND_SPLIT", "predecessors": [department(OTHER).uscc], "effective_date": "2099-01-01", "basis": "机构改革方案"}
    world.member(OTHER)
    split["successors"] = [world.member(PROVIDER).department, world.member(CONSUMER).department]
    made = ruler.call("CreateSuccession", succession={**split, **said}, officer="SJ-1", request_id=f"r-{world.number()}")
    if made.ok:  # so that the next one finds the departments free
        ruler.do("CallOffSuccession", name=made.answer.name, etag=made.answer.etag, officer="SJ-1", reason="方案调整")
    return made


def _assignment(world: World, number: str) -> Reply:
    return _succession(world, assignments=[{"resource": world.usual_entry.name, "successor": number}])


def _system_pair(world: World, number: str) -> Reply:
    return _succession(world, systems=[{"predecessor": number, "system": "main", "successor_system": "main"}])


def _wish(world: World) -> Any:
    said = {"title": "居住证信息", "description": "签发与有效期", "legal_basis": "《居住证暂行条例》", "scenario": "入学核验", "officer": OFFICER}
    return world.as_(CONSUMER).do("FileDemand", demand=said)


def _wish_assignment(world: World, number: str) -> Reply:
    one = _wish(world)
    return world.as_(AUTHORITY).call("AssignDemand", name=one.name, etag=one.etag, department=number, reason="掌握数据", officer=OFFICER)


def _complaint(world: World, number: str) -> Reply:
    said = {"statement": "要求重复提交", "channel": "COMPLAINT_CHANNEL_COUNTER", "contact_reference": "XF-1", "officer": OFFICER}
    return world.as_(CONSUMER).call("FileComplaint", complaint={**said, "about_department": number})


def _acceptance(world: World, number: str) -> Reply:
    one = _complaint(world, CODE).answer
    return world.as_(AUTHORITY).call("AcceptComplaint", name=one.name, etag=one.etag, department=number, reason="掌握情况", officer=OFFICER)


def _source(world: World, number: str) -> Reply:
    told: dict[str, Any] = {"term": f"术语{world.number()}", "basis": "《三定规定》", "officer": OFFICER}
    return world.as_(AUTHORITY).call("AssignRecordSource", department=number, **told)


CODE = department(PROVIDER).uscc
DOORS = {
    "QueryRequest.subject_key": Door(KEY, _query, is_person=True),
    "CheckRequest.subject_key": Door(KEY, _check, is_person=True),
    "QueryManyKey.subject_key": Door(KEY, _query_many, is_person=True),
    "Objection.subject_key": Door(KEY, _objection, is_person=True),
    "SearchAuditRecordsRequest.subject": Door(KEY, lambda world, one: _search(world, subject=one, subject_domain="cn-id"), is_person=True),
    "SearchAuditRecordsRequest.department": Door(CODE, lambda world, one: _search(world, department=one)),
    "ProposeErasureRequest.subject": Door(KEY, _erasure, is_person=True),
    "SearchEntriesRequest.provider": Door(CODE, lambda world, one: world.as_(CONSUMER).call("SearchEntries", provider=one)),
    "ListEntriesRequest.provider": Door(CODE, lambda world, one: world.as_(AUTHORITY).call("ListEntries", provider=one)),
    "ListEntryHealthRequest.provider": Door(CODE, lambda world, one: world.as_(CONSUMER).call("ListEntryHealth", provider=one)),
    "ListSystemsRequest.department": Door(CODE, _listing),
    "CreateEnrollmentTokenRequest.department": Door(CODE, _token),
    "CreateOfficerRequest.department": Door(department(OTHER).uscc, _officer),
    "ListOfficersRequest.department": Door(CODE, lambda world, one: world.as_(AUTHORITY).call("ListOfficers", department=one)),
    "GetOfficerRegistrationRequest.department": Door(CODE, lambda world, one: world.as_(PROVIDER).call("GetOfficerRegistration", department=one)),
    "SetOfficerRegistrationRequest.department": Door(department(OTHER).uscc, _known_from),
    "ListMandatesRequest.department": Door(CODE, lambda world, one: world.as_(AUTHORITY).call("ListMandates", department=one)),
    "SuccessionAssignment.successor": Door(CODE, _assignment),
    "SuccessionSystem.predecessor": Door(department(OTHER).uscc, _system_pair),
    "AssignDemandRequest.department": Door(CODE, _wish_assignment),
    "AssignRecordSourceRequest.department": Door(CODE, _source),
    "ListRecordSourcesRequest.department": Door(CODE, lambda world, one: world.as_(CONSUMER).call("ListRecordSources", department=one)),
    "ListDemandsRequest.department": Door(CODE, lambda world, one: world.as_(CONSUMER).call("ListDemands", department=one)),
    "Complaint.about_department": Door(CODE, _complaint),
    "AcceptComplaintRequest.department": Door(CODE, _acceptance),
    "Department.uscc": Door(department("finance").uscc, _registration),
}
ELSEWHERE = {
    "PassDisputeRequest.coordinator": "tests/brokerage/test_disputes.py",
    "Holder.code": "tests/licenses/test_license_type.py",
    "Entry.provider": "refused in any other spelling: tests/catalog/test_rules.py",
}
WRITTEN_BY_THE_HUB = {
    "Demand.filer",
    "Entry.record_source",
    "DirectoryUpdate.filer",
    "DirectoryUpdate.provider",
    "Demand.assignee",
    "Dispute.claimant",
    "Dispute.respondent",
    "Dispute.coordinator",
    "Dispute.proposer",
    "Complaint.filer",
    "Complaint.assignee",
    "DataRequest.consumer",
    "DataRequest.provider",
    "Objection.objector",
    "Objection.source",
    "License.issuer",
    "Seal.owner",
    "DeliveryTarget.department",
    "UseRecord.department",
}
SHAPES = {"Department.name", "Entry.subject_domain", "SearchAuditRecordsRequest.subject_domain", "Holder.code_type", "LicenseType.code"}
"""Fields whose words mention numbers and which hold none."""


def reachable() -> set[str]:
    """Return the names of all messages that a request may hold, itself included."""
    seen: dict[str, Descriptor] = {}
    waiting = [method.input_type for _, method in METHODS.values()]
    while waiting:
        one = waiting.pop()
        if one.name in seen:
            continue
        seen[one.name] = one
        waiting += [field.message_type for field in list(one.fields) if field.message_type is not None]
    return set(seen)


def fields_with_numbers() -> Iterator[str]:
    for path in PROTOS.glob("*.proto"):
        for name, body in re.findall(r"\nmessage (\w+) \{(.*?)\n\}", path.read_text(encoding="utf-8"), re.DOTALL):
            yield from (f"{name}.{field}" for words, field in NUMBERED.findall(body) if MENTION.search(words))


def test_every_field_of_a_request_that_takes_a_number_is_tried():
    messages = reachable()
    found = {one for one in fields_with_numbers() if one.partition(".")[0] in messages}
    assert found - SHAPES == DOORS.keys() | ELSEWHERE.keys() | WRITTEN_BY_THE_HUB


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        assert _query(running, KEY).ok  # so that all are registered, and there is a record to erase, whichever test comes first
        yield running


def spelled(number: str) -> list[str]:
    """Ways to write a number; a small x only where there is one."""
    return [full_width(number), f" {number[:6]} {number[6:14]} {number[14:]} ", number.lower(), f"{number[:9]}\u200b{number[9:]}"]


@pytest.mark.parametrize("name", sorted(DOORS))
def test_every_spelling_means_the_same(world: World, name: str):
    door = DOORS[name]
    right = door.send(world, door.number)
    assert right.ok, right.message
    for written in spelled(door.number):
        reply = door.send(world, written)
        assert reply.ok, f"{written}: {reply.message}"
        if name in {"SearchEntriesRequest.provider", "ListEntriesRequest.provider", "ListSystemsRequest.department", "Department.uscc"}:
            assert reply.answer == right.answer


@pytest.mark.parametrize("name", sorted(DOORS))
def test_what_is_no_number_is_named_by_its_fault_and_not_repeated(world: World, name: str):
    door = DOORS[name]
    wrong = door.number[:-1] + ("0" if door.number[-1] != "0" else "1")
    reply = door.send(world, wrong)
    assert reply.reason.startswith("CITIZEN_ID_" if door.is_person else "USCC_"), reply.message
    assert wrong not in f"{reply.refusal} {reply.error.message_zh} {reply.error.facts}"


def test_one_person_has_one_pseudonym_through_all_doors(world: World):
    size = world.log_size
    for written in spelled(KEY):
        assert _query(world, written).ok
        assert _objection(world, written).ok
        assert _search(world, subject=written, subject_domain="cn-id").ok
    pseudonyms = {one.pseudonym for one in world.records(since=size) if one.pseudonym is not None}
    assert len(pseudonyms) == 1


def test_a_correction_notice_reaches_whoever_wrote_the_number_otherwise(world: World):
    assert world.as_(CONSUMER).query(world.grant(), subject_key=full_width(KEY)).ok
    filed = _filed(world, f" {KEY[:10]} {KEY[10:]}").answer
    owner = world.as_(PROVIDER)
    taken = owner.do("VerifyObjection", name=filed.name, etag=filed.etag, officer="GA-1")
    corrected = owner.do("CorrectObjection", name=filed.name, etag=taken.etag, outcome="已更正", officer="GA-1")
    assert corrected.notice_count == 1
