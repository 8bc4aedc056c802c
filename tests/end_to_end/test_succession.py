"""Departments live and die, through the doors of a whole hub: a merger, a split, a closing, two renamings, and a hub that dies in the middle."""

import itertools
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import certs.succeeding
from hub.clock import day_in_china
from seals import x509
from shuniu import join, sm2
from shuniu.codes import cose, ec_keys, trust_list
from shuniu.identifiers import uscc
from shuniu.seals.names import CertificateSubject
from shuniu.v1 import brokerage_pb2, catalog_pb2, complaint_pb2, demand_pb2, identity_pb2, license_pb2, seal_pb2, succession_pb2
from tests.cli.processes import run
from tests.licenses.counter import CITIZEN, NAME, PERMIT, PERMIT_FIELDS, der_of, proof_of
from tests.world import AUTHORITY, CONSUMER, KEY, OFFICER, OTHER, PROVIDER, RESIDENT, Member, World

BASIS = "《自治区机构改革方案》（宁党发〔2026〕1号）"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Every test that asks for `world` runs on both kinds of database."""
    database = ""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE successions")
        database = url.replace("/postgres", "/successions")
    with World(database=database) as running:
        yield running


def department(world: World, title: str, system: str = "main") -> Member:
    """Register a department of this test alone, with one system."""
    code, ruler = uscc.build("11", "640000", f"{next(NUMBERS) + 9_000_000:08d}"), world.member(AUTHORITY)
    said = identity_pb2.Department(uscc=code, title=title, short_title="", region="640000")
    ruler.do("CreateDepartment", department=said, request_id=f"succession-{code}")
    return system_of(world, code, system)


def system_of(world: World, code: str, system: str) -> Member:
    token = world.member(AUTHORITY).do("CreateEnrollmentToken", department=code, system=system, roles=[identity_pb2.ROLE_MEMBER]).token
    folder = world.folder / "departments" / code / system
    join(world.addresses["public"], world.ca, token, folder, ("127.0.0.1", "localhost"), members_address=world.addresses["members"])
    found = world._members[code, system] = Member(code, code, system, folder, world.addresses["members"])
    return found


def laid_down(world: World, kind: str, before: list[Member], after: list[Member], days: int = 0, **said: Any) -> Any:
    ruler = world.member(AUTHORITY)
    wanted = succession_pb2.Succession(
        kind=succession_pb2.SuccessionKind.Value(f"SUCCESSION_KIND_{kind}"),
        predecessors=[one.department for one in before],
        successors=[one.department for one in after],
        effective_date=(day_in_china(world.clock.now()) + timedelta(days=days)).isoformat(),
        basis=BASIS,
        **said,
    )
    return ruler.call("CreateSuccession", succession=wanted, officer="SJ-1", request_id=f"succession-{world.number()}")


def confirmed(world: World, kind: str, before: list[Member], after: list[Member], days: int = 0, **said: Any) -> Any:
    planned = laid_down(world, kind, before, after, days, **said)
    assert planned.ok, planned.message
    return world.member(AUTHORITY).do("ConfirmSuccession", name=planned.answer.name, etag=planned.answer.etag, officer="SJ-2")


def carried(world: World, one: Any) -> Any:
    world.hub.certs.sweep_successions(world.clock.now())
    return world.member(AUTHORITY).do("GetSuccession", name=one.name)


def a_license(by: Member, world: World) -> Any:
    key = ec.generate_private_key(ec.SECP256R1())
    sign = cose.signer_of(key)
    proof = sign(proof_of(key, by.department, (PERMIT,), world.config.hub))
    known = by.do("RegisterIssuingKey", public_key=der_of(key), license_types=[PERMIT], proof=proof, officer="GA-1")
    known = world.member(AUTHORITY).do("AdmitIssuingKey", name=known.name, etag=known.etag, officer="SJ-1")
    holder = license_pb2.Holder(title=NAME, code=CITIZEN, code_type="111")
    wanted = license_pb2.License(
        license_type=PERMIT, number=f"640104-2026-{world.number():04d}", holders=[holder], fields=PERMIT_FIELDS, kid=known.kid
    )
    one = by.do("PrepareLicense", license=wanted, officer="GA-1", case_number="BJ-1")
    return by.do("IssueLicense", name=one.name, etag=one.etag, signature=sign(one.to_be_signed), officer="GA-1")


def a_seal(by: Member, world: World) -> Any:
    csr = x509.make_csr(sm2.generate(), CertificateSubject("x"))
    certificate = by.do("IssueSignerCertificate", csr=csr, officer="SC-1")
    wanted = seal_pb2.Seal(kind=seal_pb2.SEAL_KIND_LEGAL_NAME, title="银川市某某局", signers=[certificate.name])
    wanted.valid_to.FromDatetime(world.clock.now() + timedelta(days=30))
    made = by.do("ApplySeal", seal=wanted, request_id=f"s-{world.number()}", officer="SC-1")
    made = world.member(AUTHORITY).do("MakeSeal", name=made.name, etag=made.etag, officer="SJ-1")
    return by.do("ActivateSeal", name=made.name, etag=made.etag, officer="SC-1")


def list_key(by: Member) -> Any:
    return ec_keys.public_key(by.do("GetTrustList").public_key_pem.encode())


def an_objection(by: Member, entry: Any) -> Any:
    wrong = brokerage_pb2.Objection(
        target=brokerage_pb2.OBJECTION_TARGET_RECORD, resource=entry.name, subject_key=KEY, statement="住址有误", officer="孙丽"
    )
    return by.do("FileObjection", objection=wrong, request_id=f"o-{entry.name[-8:]}")


def rows(key: str, _fields: Any, _call: Any) -> list[Any]:
    return [RESIDENT] if key == KEY else []


def test_a_merger_passes_what_two_departments_had_and_says_so_everywhere(world: World) -> None:
    first, second, heir = department(world, "某市劳动局"), department(world, "某市人事局"), department(world, "某市人力资源和社会保障局")
    consumer = world.member(CONSUMER)
    for one in (first, heir):
        world.provider(rows, one)
    entry = world.entry(first)
    grant = world.grant(entry, consumer=consumer)
    used = world.grant(consumer=second, systems=["main"])  # of data of a third department
    objection = an_objection(consumer, entry)
    assert consumer.query(grant).ok

    one = carried(world, confirmed(world, "MERGE", [first, second], [heir]))

    assert one.state == succession_pb2.SUCCESSION_STATE_IN_EFFECT
    # who is who
    told = consumer.do("GetDepartment", name=f"departments/{first.department}")
    assert (told.state, list(told.successors)) == (identity_pb2.DEPARTMENT_STATE_SUCCEEDED, [heir.department])
    assert list(consumer.do("GetDepartment", name=f"departments/{heir.department}").predecessors) == [first.department, second.department]
    refused = first.call("WhoAmI")
    assert refused.reason == "DEPARTMENT_SUCCEEDED"
    assert heir.department in refused.message
    # the directory
    now = consumer.do("GetEntry", name=entry.name)
    assert (now.provider, now.version, list(now.former_provider_titles)) == (heir.department, entry.version + 1, ["某市劳动局"])
    assert one.name in now.change_reason
    found = consumer.do("SearchEntries", query="某市劳动局")
    assert entry.name in [hit.entry.name for hit in found.hits]
    with urlopen(f"{world.addresses['web']}/{entry.name}", timeout=5) as page:  # noqa: S310 - the hub of this test
        assert "某市劳动局" in str(page.read(), "utf-8")
    # grants go on, without a gap, under the same name
    after = consumer.do("GetGrant", name=grant.name)
    assert (after.provider, after.state, after.terms) == (heir.department, grant.state, grant.terms)
    assert consumer.query(grant).ok
    assert heir.query(used).ok
    # what was open waits for the successor
    assert consumer.do("GetObjection", name=objection.name).source == heir.department
    assert "BrokerageService/VerifyObjection" in [work.step for work in heir.do("ListWork").work if work.resource == objection.name]
    # each step is on the log
    done = [each.action for each in world.records() if each.detail.get("succession") == one.name]
    passed_on = {"catalog.PassEntry", "brokerage.PassGrant", "brokerage.PassObjection"}
    assert passed_on | {"certs.EndDepartment", "certs.TakeOverDepartment"} <= set(done)
    assert done.count("certs.EndDepartment") == 2


def test_seals_end_and_licenses_stay_and_say_who_issued_them(world: World) -> None:
    first, heir, consumer = department(world, "某市民政局"), department(world, "某市社会事务局"), world.member(CONSUMER)
    shown, seal = a_license(first, world), a_seal(first, world)
    one = carried(world, confirmed(world, "RENAME", [first], [heir]))
    assert world.member(AUTHORITY).do("GetSeal", name=seal.name).state == seal_pb2.SEAL_STATE_REVOKED
    verdict = consumer.do("VerifyCode", code=shown.code)
    assert (verdict.verdict, verdict.issuer_title) == (license_pb2.VERDICT_VALID, "某市民政局")
    passed = verdict.issued_by_predecessor
    assert (passed.predecessor_title, list(passed.successor_titles)) == ("某市民政局", ["某市社会事务局"])
    assert passed.since == one.effective_date
    form = urlencode({"code": shown.code}).encode()
    with urlopen(f"{world.addresses['web']}/verify.json", form, timeout=5) as page:  # noqa: S310 - the hub of this test
        assert "由某市社会事务局承继" in str(page.read(), "utf-8")
    (world.folder / "ca.pem").write_bytes(world.ca)
    said = run("verify", shown.code, "--hub", world.addresses["public"], "--ca", world.folder / "ca.pem", "--json")
    assert json.loads(said.stdout)["issued_by_predecessor"]["predecessor_title"] == "某市民政局"
    trusted = trust_list.decode(consumer.do("GetTrustList").trust_list, list_key(consumer))
    assert "某市民政局（已由某市社会事务局承继）" in {key.department for key in trusted.keys}
    # the successor has the issuer's rights
    assert shown.name in [each.name for each in heir.do("ListLicenses").licenses]
    suspended = heir.do("SuspendLicense", name=shown.name, etag=shown.etag, reason="核查地址", officer="RS-1")
    assert consumer.do("VerifyCode", code=shown.code).reason == "SUSPENDED"
    assert suspended.issuer == first.department
    done = {each.action for each in world.records() if each.detail.get("succession") == one.name}
    assert {"licenses.EndIssuingKey", "seals.EndSeal"} <= done


def test_what_both_sides_had_of_each_other_ends_when_they_become_one(world: World) -> None:
    provider, consumer = department(world, "甲局"), department(world, "乙局")
    grant = world.grant(world.entry(provider), consumer=consumer)
    carried(world, confirmed(world, "MERGE", [consumer], [provider]))
    after = provider.do("GetGrant", name=grant.name)
    assert (after.state, BASIS in after.reason) == (brokerage_pb2.GRANT_STATE_ENDED, True)


def test_a_split_passes_what_was_assigned_and_leaves_the_rest_to_the_first(world: World) -> None:
    old, first, second = department(world, "大局"), department(world, "小一局"), department(world, "小二局")
    ours, theirs = world.entry(old), world.entry(old)
    kept, lost = world.grant(consumer=old), world.grant(consumer=old)
    given = world.grant(theirs)
    assigned = [
        succession_pb2.SuccessionAssignment(resource=theirs.name, successor=second.department),
        succession_pb2.SuccessionAssignment(resource=kept.name, successor=second.department),
    ]
    carried(world, confirmed(world, "SPLIT", [old], [first, second], assignments=assigned))
    ruler = world.member(AUTHORITY)
    assert [ruler.do("GetEntry", name=one.name).provider for one in (ours, theirs)] == [first.department, second.department]
    assert ruler.do("GetGrant", name=given.name).provider == second.department
    assert ruler.do("GetGrant", name=kept.name).consumer == second.department
    assert ruler.do("GetGrant", name=lost.name).state == brokerage_pb2.GRANT_STATE_ENDED


def test_a_closing_ends_what_was_its_own_and_leaves_its_licenses(world: World) -> None:
    old, consumer = department(world, "撤销局"), world.member(CONSUMER)
    entry = world.entry(old)
    draft = old.do("ReviseEntry", name=entry.name, etag=entry.etag, reason="修订")
    grant, shown, objection = world.grant(entry), a_license(old, world), an_objection(consumer, entry)
    one = carried(world, confirmed(world, "CLOSE", [old], []))
    assert one.state == succession_pb2.SUCCESSION_STATE_IN_EFFECT
    assert old.call("WhoAmI").reason == "DEPARTMENT_CLOSED"
    assert consumer.do("GetEntry", name=entry.name).state == catalog_pb2.ENTRY_STATE_WITHDRAWN
    assert draft.name == entry.name
    refused = consumer.query(grant)
    assert refused.reason == "GRANT_ENDED"
    assert consumer.do("GetObjection", name=objection.name).state == brokerage_pb2.OBJECTION_STATE_CLOSED
    verdict = consumer.do("VerifyCode", code=shown.code)
    assert (verdict.verdict, list(verdict.issued_by_predecessor.successor_titles)) == (license_pb2.VERDICT_VALID, [])


def test_open_cases_of_a_department_that_is_closed_end_or_wait_for_the_authority_again(world: World) -> None:
    old, other, ruler = department(world, "撤并局"), world.member(CONSUMER), world.member(AUTHORITY)

    def wish(by: Member) -> Any:
        said = demand_pb2.Demand(
            title="低保对象", description="在册低保对象", legal_basis="《社会救助暂行办法》", scenario="减免核验", officer=OFFICER
        )
        return by.do("FileDemand", demand=said, request_id=f"d-{world.number()}")

    def complaint(by: Member) -> Any:
        at, number = complaint_pb2.COMPLAINT_CHANNEL_COUNTER, f"XF-{world.number()}"
        said = complaint_pb2.Complaint(statement="窗口要求重复提交", channel=at, contact_reference=number, officer=OFFICER)
        return by.do("FileComplaint", complaint=said)

    own, theirs = wish(old), wish(other)
    why = {"reason": "掌握数据", "officer": "SJ-1"}
    theirs = ruler.do("AssignDemand", name=theirs.name, etag=theirs.etag, department=old.department, **why)
    filed, given = complaint(old), complaint(other)
    given = ruler.do("AcceptComplaint", name=given.name, etag=given.etag, department=old.department, **why)
    objection = an_objection(old, world.usual_entry)
    objection = world.member(PROVIDER).do("VerifyObjection", name=objection.name, etag=objection.etag, officer="GA-1")
    said = {"outcome": "与档案一致", "officer": "GA-1"}
    objection = world.member(PROVIDER).do("DismissObjection", name=objection.name, etag=objection.etag, **said)
    objection = old.do("AppealObjection", name=objection.name, etag=objection.etag, statement="仍不一致", officer=OFFICER)
    one = carried(world, confirmed(world, "CLOSE", [old], []))
    assert one.state == succession_pb2.SUCCESSION_STATE_IN_EFFECT
    assert ruler.do("GetDemand", name=own.name).state == demand_pb2.DEMAND_STATE_WITHDRAWN
    back = ruler.do("GetDemand", name=theirs.name)
    assert (back.state, back.assignee) == (demand_pb2.DEMAND_STATE_DECLINED, "")
    assert ruler.do("GetComplaint", name=filed.name).state == complaint_pb2.COMPLAINT_STATE_CLOSED
    again = ruler.do("GetComplaint", name=given.name)
    assert (again.state, again.assignee) == (complaint_pb2.COMPLAINT_STATE_FILED, "")
    assert ruler.do("GetObjection", name=objection.name).state == brokerage_pb2.OBJECTION_STATE_CLOSED
    actions = {each.action for each in world.records() if each.detail.get("succession") == one.name}
    assert {"brokerage.EndDemand", "brokerage.PassDemand", "brokerage.EndComplaint", "brokerage.PassComplaint"} <= actions


def test_a_department_under_a_new_name_is_found_by_both(world: World) -> None:
    old = department(world, "旧名称局")
    entry = world.entry(old)
    one = carried(world, confirmed(world, "RENAME", [old], [], title="新名称局"))
    assert one.state == succession_pb2.SUCCESSION_STATE_IN_EFFECT
    assert old.do("GetDepartment", name=f"departments/{old.department}").title == "新名称局"
    for name in ("旧名称局", "新名称局"):
        assert entry.name in [hit.entry.name for hit in old.do("SearchEntries", query=name).hits]


def test_a_hub_that_dies_in_the_middle_goes_on_with_what_is_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    old, heir = department(world, "中断局"), department(world, "承继局")
    entries = [world.entry(old) for _ in range(3)]
    one = confirmed(world, "MERGE", [old], [heir])
    monkeypatch.setattr(certs.succeeding, "PORTION", 1)
    states: list[int] = []
    rounds = 0
    while not states or states[-1] != succession_pb2.SUCCESSION_STATE_IN_EFFECT:
        states.append(carried(world, one).state)
        rounds += 1
        assert rounds < 20
    assert rounds >= 3
    assert {world.member(AUTHORITY).do("GetEntry", name=each.name).provider for each in entries} == {heir.department}
    passed = [each.resource for each in world.records() if each.action == "catalog.PassEntry" and each.detail["succession"] == one.name]
    assert sorted(passed) == sorted(each.name for each in entries)  # each once
    again = len(world.records())
    carried(world, one)
    assert len(world.records()) == again


def test_a_missing_system_is_work_of_the_successor_until_it_serves(world: World) -> None:
    old, heir = department(world, "老系统局", "registry"), department(world, "新系统局")
    world.provider(rows, old)
    grant = world.grant(world.entry(old))
    one = confirmed(world, "MERGE", [old], [heir], days=3)
    assert list(one.missing) == [f"departments/{heir.department}/systems/registry"]
    assert [each.step for each in heir.do("ListWork").work if each.resource == one.name] == ["IdentityService/SetEndpoint"]
    registry = system_of(world, heir.department, "registry")
    with world.later(timedelta(days=3)):
        carried(world, one)
        refused = world.member(CONSUMER).query(grant)
        assert not refused.ok
        world.provider(rows, registry)
        assert list(carried(world, one).missing) == []
        assert world.member(CONSUMER).query(grant).ok
    assert [each for each in heir.do("ListWork").work if each.resource == one.name] == []


def test_departments_hear_of_it_before_its_day_and_it_may_be_called_off(world: World) -> None:
    old, heir = department(world, "预告局"), department(world, "预告承继局")
    world.grant(world.entry(old), consumer=world.member(OTHER))
    one = confirmed(world, "MERGE", [old], [heir], days=20)
    assert "CONFIRMED" in succession_pb2.SuccessionState.Name(one.state)
    for _ in world.hub.certs.tell_successions(world.clock.now()):
        pass
    for by in (old, heir, world.member(OTHER)):
        kinds = {each.kind for each in by.do("ListNotices").notices if each.resource == one.name}
        assert {"succession_confirmed", "succession_ahead"} <= kinds
    done = world.member(AUTHORITY).do("CallOffSuccession", name=one.name, etag=one.etag, officer="SJ-1", reason="方案调整")
    assert done.state == succession_pb2.SUCCESSION_STATE_CALLED_OFF
    assert carried(world, one).state == succession_pb2.SUCCESSION_STATE_CALLED_OFF
    assert old.call("WhoAmI").ok


def test_what_cannot_be_is_refused_by_name(world: World) -> None:
    one, other, third = department(world, "一局"), department(world, "二局"), department(world, "三局")
    standing = laid_down(world, "MERGE", [one], [other], days=5).answer
    refusals = [
        laid_down(world, "MERGE", [one], [one]),
        laid_down(world, "MERGE", [other], [one]),
        laid_down(world, "MERGE", [other], [third]),
        laid_down(world, "RENAME", [third], [], days=-1, title="新局"),
        laid_down(world, "SPLIT", [third], [one]),
        laid_down(world, "CLOSE", [world.member(AUTHORITY)], []),
    ]
    reasons = ["SUCCESSION_OF_ITSELF", "SUCCESSION_CYCLE", "SUCCESSION_OVERLAP", "INVALID_INPUT", "SUCCESSION_PARTIES", "OWN_DEPARTMENT"]
    assert [each.reason for each in refusals] == reasons
    assert standing.name in refusals[1].message
    assert standing.name in refusals[2].message
    ended = department(world, "已撤局")
    carried(world, confirmed(world, "CLOSE", [ended], []))
    assert laid_down(world, "MERGE", [third], [ended]).reason == "SUCCESSOR_ENDED"
