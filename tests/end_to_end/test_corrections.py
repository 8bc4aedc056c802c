"""Corrections through a real hub: what the field trial found missing (findings 3, 4, 6 and 7), and that it counts within a second."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from grpc import StatusCode

from brokerage.model import SERVICE_CONTINUES, SERVICE_CONTINUES_EN
from exchange.wire import response_from
from shuniu.codes import cose
from shuniu.digest import answer_digest
from shuniu.v1 import brokerage_pb2, exchange_pb2, license_pb2
from tests.licenses.counter import CITIZEN, NAME, PERMIT, PERMIT_FIELDS, der_of, proof_of
from tests.world import AUTHORITY, CASE, CONSUMER, KEY, METHODS, OFFICER, OTHER, PROVIDER, PURPOSE, Member, World

NOT_THERE = "licenses/1.2.156.3005.2.11100000000013127D032.{issuer}.NOTEXIST1.001.X"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as one:
        assert one.usual_entry
        yield one


@dataclass
class PermitDesk:
    """Where the police issue permits."""

    world: World
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    kid: bytes = b""

    def open(self) -> "PermitDesk":
        by, types = self.world.as_(PROVIDER), (PERMIT,)
        proof = cose.signer_of(self.key)(proof_of(self.key, by.department, types, self.world.config.hub))
        known = by.do("RegisterIssuingKey", public_key=der_of(self.key), license_types=types, proof=proof, officer="GA-1")
        self.kid = self.world.as_(AUTHORITY).do("AdmitIssuingKey", name=known.name, etag=known.etag, officer="SJ-1").kid
        return self

    def issue(self, name: str = NAME, supersedes: str = "", number: str = "640104-2026-0001") -> license_pb2.License:
        by = self.world.as_(PROVIDER)
        holder = license_pb2.Holder(title=name, code=CITIZEN, code_type="111")
        wanted = license_pb2.License(license_type=PERMIT, number=number, holders=[holder], fields=PERMIT_FIELDS, kid=self.kid)
        one = by.do("PrepareLicense", license=wanted, officer="GA-1", case_number="BJ-1", supersedes=supersedes)
        issued: license_pb2.License = by.do(
            "IssueLicense", name=one.name, etag=one.etag, signature=cose.signer_of(self.key)(one.to_be_signed), officer="GA-1"
        )
        return issued

    def verdict(self, one: license_pb2.License) -> license_pb2.VerifyCodeResponse:
        found: license_pb2.VerifyCodeResponse = self.world.as_(OTHER).do("VerifyCode", code=one.code)
        return found


@pytest.fixture(scope="module")
def desk(world: World) -> PermitDesk:
    return PermitDesk(world).open()


def file(by: Member, **said: Any) -> brokerage_pb2.Objection:
    content = brokerage_pb2.Objection(**{"statement": "有误", "officer": OFFICER, **said})
    filed: brokerage_pb2.Objection = by.do("FileObjection", objection=content)
    return filed


def on(thing: Any, **said: Any) -> dict[str, Any]:
    return {"name": thing.name, "etag": thing.etag, "officer": "GA-1", **said}


def within_a_second(seen: Callable[[], bool]) -> bool:
    end = time.monotonic() + 1.0
    while not seen():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_finding_3_a_corrected_license_is_superseded_within_a_second_and_says_by_which(world: World, desk: PermitDesk):
    old = desk.issue()
    objection = file(world.as_(CONSUMER), target=brokerage_pb2.OBJECTION_TARGET_LICENSE, resource=old.name)
    objection = world.as_(PROVIDER).do("VerifyObjection", **on(objection))
    refused = world.as_(PROVIDER).call("CorrectObjection", **on(objection, outcome="姓名有误，已换发"))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "SUCCESSOR_MISSING")
    new = desk.issue("马建国", supersedes=old.name)
    assert desk.verdict(old).verdict == license_pb2.VERDICT_VALID
    objection = world.as_(PROVIDER).do("CorrectObjection", **on(objection, outcome="姓名有误，已换发", successor=new.name))
    assert (objection.successor, objection.state) == (new.name, brokerage_pb2.OBJECTION_STATE_CORRECTED)
    assert within_a_second(lambda: desk.verdict(old).reason == "SUPERSEDED")
    seen = desk.verdict(old)
    assert (seen.verdict, seen.superseded_by, seen.status_reason) == (license_pb2.VERDICT_INVALID, new.identifier, "姓名有误，已换发")
    assert desk.verdict(new).verdict == license_pb2.VERDICT_VALID
    actions = [record.action for record in world.records()]
    assert actions[-2:] == ["brokerage.CorrectObjection", "licenses.SupersedeLicense"]
    whole = world.as_(PROVIDER).do("GetLicense", name=old.name, searcher="GA-0001", reason="复核办件")
    assert (whole.state, whole.superseded_by, whole.reason) == (license_pb2.LICENSE_STATE_SUPERSEDED, new.name, "姓名有误，已换发")


def test_a_license_gets_a_new_version_without_an_objection(world: World, desk: PermitDesk):
    old = desk.issue(number="640104-2026-0002")
    new = desk.issue(supersedes=old.name, number="640104-2026-0002")
    after = world.as_(PROVIDER).do("SupersedeLicense", **on(old, successor=new.name, reason="地址变更"))
    assert (after.state, after.superseded_by, list(after.holders)) == (license_pb2.LICENSE_STATE_SUPERSEDED, new.name, [])
    assert (desk.verdict(old).reason, desk.verdict(old).superseded_by) == ("SUPERSEDED", new.identifier)


def test_finding_4_an_objection_to_a_license_that_does_not_exist_is_not_found(world: World):
    name = NOT_THERE.format(issuer=world.as_(PROVIDER).department)
    content = brokerage_pb2.Objection(target=brokerage_pb2.OBJECTION_TARGET_LICENSE, resource=name, statement="有误", officer=OFFICER)
    assert world.as_(CONSUMER).call("FileObjection", objection=content).code is StatusCode.NOT_FOUND
    assert not world.as_(CONSUMER).do("ListObjections", state=brokerage_pb2.OBJECTION_STATE_FILED).objections


def test_finding_6_source_and_authority_see_who_acknowledged(world: World):
    grant = world.grant()
    world.as_(CONSUMER).query(grant)
    objection = file(world.as_(OTHER), target=brokerage_pb2.OBJECTION_TARGET_RECORD, resource=grant.entry, subject_key=KEY)
    objection = world.as_(PROVIDER).do("VerifyObjection", **on(objection))
    objection = world.as_(PROVIDER).do("CorrectObjection", **on(objection, outcome="住址已更正"))
    for kind in (PROVIDER, AUTHORITY):
        (notice,) = world.as_(kind).do("ListCorrectionNotices", objection=objection.name).correction_notices
        assert (notice.recipient, notice.HasField("acknowledge_time")) == (world.as_(CONSUMER).department, False)
    (own,) = world.as_(CONSUMER).do("ListCorrectionNotices").correction_notices
    world.as_(CONSUMER).do("AcknowledgeCorrectionNotice", name=own.name, etag=own.etag, officer=OFFICER)
    for kind in (PROVIDER, AUTHORITY):
        (notice,) = world.as_(kind).do("ListCorrectionNotices", objection=objection.name).correction_notices
        assert (notice.officer, notice.HasField("acknowledge_time"), list(notice.case_numbers)) == (OFFICER, True, [] if kind == PROVIDER else [CASE])
        assert world.as_(kind).do("GetObjection", name=objection.name).acknowledged_count == 1


# --- finding 7: a Query of a record under objection says so


def raw_query(world: World, grant: brokerage_pb2.Grant) -> tuple[bytes, Mapping[str, Any]]:
    path, _ = METHODS["Query"]
    asked = exchange_pb2.QueryRequest(grant=grant.name, purpose=PURPOSE, case_number=CASE, officer=OFFICER, subject_key=KEY)
    channel: Any = world.as_(CONSUMER).client.channel
    method = channel.unary_unary(path, request_serializer=exchange_pb2.QueryRequest.SerializeToString, response_deserializer=bytes)
    data, call = method.with_call(asked, timeout=10)
    return data, dict(call.trailing_metadata())


@pytest.fixture
def objected(world: World) -> tuple[brokerage_pb2.Grant, brokerage_pb2.Objection]:
    """A grant on an entry of its own, and an open objection of another department to the record."""
    grant = world.grant(world.entry())
    one = file(world.as_(OTHER), target=brokerage_pb2.OBJECTION_TARGET_RECORD, resource=grant.entry, subject_key=KEY)
    return grant, one


def test_finding_7_an_answer_says_that_its_record_is_under_objection_and_its_digest_covers_that(world: World, objected: Any):
    grant, one = objected
    assert within_a_second(lambda: bool(world.as_(CONSUMER).query(grant).answer.under_objection))
    data, told = raw_query(world, grant)
    (mark,) = exchange_pb2.QueryResponse.FromString(data).under_objection
    assert (mark.objection, mark.entry, mark.field) == ("", grant.entry, "")  # a third party learns that there is one, and not which
    assert mark.create_time.ToDatetime(tzinfo=UTC) == one.create_time.ToDatetime(tzinfo=UTC)
    assert (mark.service_continues_notice, mark.service_continues_notice_en) == (SERVICE_CONTINUES, SERVICE_CONTINUES_EN)
    record = world.records()[int(told["shuniu-log-index"])]
    assert record.digest == answer_digest(data, told["shuniu-answer-salt-bin"])
    assert record.bytes == len(data)
    answer = world.as_(CONSUMER).client.query(grant=grant.name, purpose=PURPOSE, case_number=CASE, officer=OFFICER, subject_key=KEY)
    (contested,) = answer.under_objection
    assert (contested.entry, contested.notice, contested.since) == (grant.entry, SERVICE_CONTINUES_EN, one.create_time.ToDatetime(tzinfo=UTC))
    assert len(answer.records) == 1


def test_the_mark_goes_when_the_check_ends(world: World, objected: Any):
    grant, one = objected
    world.as_(OTHER).do("WithdrawObjection", **on(one, reason="已自行核实"))
    assert within_a_second(lambda: not world.as_(CONSUMER).query(grant).answer.under_objection)


def test_who_objected_reads_which_objection_it_is(world: World):
    grant = world.grant(world.entry())
    one = file(world.as_(CONSUMER), target=brokerage_pb2.OBJECTION_TARGET_FIELD, field="address", resource=grant.entry, subject_key=KEY)
    (mark,) = world.as_(CONSUMER).query(grant).answer.under_objection
    assert (mark.objection, mark.field) == (one.name, "address")
    assert not world.as_(CONSUMER).query(grant, fields=["name"]).answer.under_objection  # the field is not in the answer


def test_a_provider_puts_no_mark_on_an_answer(world: World):
    """Whatever stands at the mark's place in a provider's bytes is dropped."""
    forged = exchange_pb2.QueryResponse(under_objection=[exchange_pb2.UnderObjection(objection="objections/x")])
    assert response_from(forged.SerializeToString(), "") == exchange_pb2.QueryResponse()
    assert not world.as_(CONSUMER).query(world.grant(world.entry())).answer.under_objection


def test_an_appeal_is_the_authority_s_work_and_overdue_checks_go_to_it(world: World):
    entry = world.entry()
    one = file(world.as_(OTHER), target=brokerage_pb2.OBJECTION_TARGET_ENTRY, resource=entry.name)
    other = file(world.as_(CONSUMER), target=brokerage_pb2.OBJECTION_TARGET_ENTRY, resource=entry.name)
    one = world.as_(PROVIDER).do("VerifyObjection", **on(one))
    one = world.as_(PROVIDER).do("DismissObjection", **on(one, outcome="与目录一致"))
    one = world.as_(OTHER).do("AppealObjection", **on(one, statement="目录与系统不符"))
    assert one.name in {work.resource for work in world.as_(AUTHORITY).do("ListWork").work if work.step == "BrokerageService/UpholdObjection"}
    one = world.as_(AUTHORITY).do("OverturnObjection", **on(one, reason="确有不符"))
    assert one.clock.days_left == 10
    with world.later(timedelta(days=40)):
        now = world.clock.now()
        overdue = {found.name for found in world.hub.brokerage.sweep(now)}
        world.hub.reminders.sweep(now)
        assert {one.name, other.name} <= overdue
        escalated = {note.resource for note in world.as_(AUTHORITY).do("ListNotices", page_size=200).notices if note.kind == "escalated"}
        assert {one.name, other.name} <= escalated
        assert world.as_(PROVIDER).do("GetObjection", name=other.name).state == brokerage_pb2.OBJECTION_STATE_FILED
