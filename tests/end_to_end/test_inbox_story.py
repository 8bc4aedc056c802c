"""The story of one entry, from draft to correction, and of a seal, a key and a host: after each step every inbox says exactly what it should."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.desk import NOBODY
from seals.x509 import make_csr
from shuniu import sm2
from shuniu.codes import cose
from shuniu.possession import issuing_key_proof
from shuniu.seals.names import CertificateSubject
from shuniu.v1 import brokerage_pb2, catalog_pb2, seal_pb2
from tests.world import AUTHORITY, CASE, CONSUMER, FIELDS, KEY, OFFICER, OTHER, PROVIDER, PURPOSE, RESIDENT, Member, World


@pytest.fixture
def world() -> Iterator[World]:
    with World() as one:
        one.provider(lambda key, _fields, _call: [RESIDENT] if key == KEY else [])
        for kind in (AUTHORITY, CONSUMER, OTHER):
            one.member(kind)
        yield one


def inboxes(world: World) -> dict[str, list[str]]:
    """Return which steps wait for each department that has an open piece of work."""
    every = {kind: sorted(one.step.partition("/")[2] for one in world.member(kind).do("ListWork").work) for kind in _kinds(world)}
    return {kind: steps for kind, steps in every.items() if steps}


def told(world: World, kind: str) -> list[str]:
    """Return what a department was told; in one moment of the stopped clock there is no order."""
    return sorted(one.kind for one in world.member(kind).do("ListNotices").notices)


def _kinds(world: World) -> list[str]:
    return [AUTHORITY, PROVIDER, CONSUMER, OTHER] if world else []


def a_draft(by: Member, code: str = "307010001/900001") -> Any:
    content = catalog_pb2.Entry(
        resource_code=code, title="居民基本信息", abstract="常住人口登记信息", class_path=["人口", "户籍"], region="640000",
        level=catalog_pb2.LEVEL_PROVINCE, provider=by.department, share_type=catalog_pb2.SHARE_TYPE_CONDITIONAL,
        share_condition="限办理社会救助使用", modes=[catalog_pb2.SHARE_MODE_QUERY], open_type=catalog_pb2.OPEN_TYPE_CLOSED,
        update_period=catalog_pb2.UPDATE_PERIOD_DAILY, fields=FIELDS, serving_system=by.system, serving_resource="resident",
        subject_domain="cn-id",
    )  # fmt: skip
    return by.do("CreateEntry", entry=content)


def a_request(by: Member, entry: Any) -> Any:
    fields = ("id_number", "name", "address")
    terms = brokerage_pb2.Terms(fields=fields, purposes=[PURPOSE], period_days=30, daily_calls=100, mode="query")
    asked = brokerage_pb2.DataRequest(
        entry=entry.name, legal_basis="《社会救助暂行办法》第十一条", scenario="低保核对", scope="全区", asked=terms, officer=OFFICER
    )
    return by.do("CreateDataRequest", data_request=asked)


def on(thing: Any, **said: Any) -> dict[str, Any]:
    return {"name": thing.name, "etag": thing.etag, **said}


def test_each_inbox_says_whose_turn_it_is(world: World):
    authority, provider, consumer, other = (world.member(kind) for kind in _kinds(world))
    entry = _published(world, provider, authority)
    _granted(world, entry, (authority, provider, consumer))
    _corrected(world, entry, (provider, consumer, other))


def _published(world: World, provider: Member, authority: Member) -> Any:
    entry = a_draft(provider)
    assert inboxes(world) == {}
    entry = provider.do("SubmitEntry", **on(entry, reason="首次编目", officer="GA-1"))
    assert inboxes(world) == {AUTHORITY: ["PublishEntry"]}
    (work,) = authority.do("ListWork").work
    assert (work.title, work.resource, work.days_left) == ("居民基本信息", entry.name, 2)
    assert work.article.endswith("第十七条")
    entry = authority.do("ReturnEntry", **on(entry, reason="请补充", officer="SJ-1"))
    assert inboxes(world) == {PROVIDER: ["SubmitEntry"]}
    entry = provider.do("SubmitEntry", **on(entry, reason="已补充", officer="GA-1"))
    entry = authority.do("PublishEntry", **on(entry, officer="SJ-1"))
    assert inboxes(world) == {}
    assert told(world, PROVIDER) == ["entry_published", "entry_returned"]
    return entry


def _granted(world: World, entry: Any, parties: tuple[Member, Member, Member]) -> None:
    authority, provider, consumer = parties
    request = a_request(consumer, entry)
    assert inboxes(world) == {}
    request = consumer.do("SubmitDataRequest", **on(request))
    assert inboxes(world) == {PROVIDER: ["ApproveDataRequest"]}
    (work,) = provider.do("ListWork").work
    assert (work.title.startswith("居民基本信息（"), work.days_left, work.duties) == (True, 10, [2])
    due = work.due_time.ToDatetime()
    request = provider.do("AskForMore", **on(request, gaps=["请补充依据"], officer="GA-1"))
    assert inboxes(world) == {CONSUMER: ["SupplementDataRequest"]}
    request = consumer.do("SupplementDataRequest", **on(request, supplement="已补充"))
    request = provider.do("RequestExtension", **on(request, working_days=5, reason="数据量大", officer="GA-1"))
    assert inboxes(world) == {AUTHORITY: ["AllowExtension"], PROVIDER: ["ApproveDataRequest"]}
    request = authority.do("AllowExtension", **on(request, reason="同意", officer="SJ-1"))
    (work,) = provider.do("ListWork").work
    assert (work.days_left, work.due_time.ToDatetime() > due) == (15, True)
    request = provider.do("ApproveDataRequest", **on(request, officer="GA-1"))
    assert inboxes(world) == {}
    grant = consumer.do("GetGrant", name=request.grant)
    grant = provider.do("SuspendGrant", **on(grant, reason="系统升级", officer="GA-1"))
    provider.do("ResumeGrant", **on(grant, reason="已恢复", officer="GA-1"))
    assert told(world, CONSUMER) == ["extension_allowed", "grant_resumed", "grant_suspended", "request_approved"]
    for by in (consumer, world.member(OTHER)):
        name = grant.name if by is consumer else _another_grant(provider, by, entry)
        assert by.query(name, case_number=CASE).ok


def _another_grant(provider: Member, by: Member, entry: Any) -> str:
    request = by.do("SubmitDataRequest", **on(a_request(by, entry)))
    return str(provider.do("ApproveDataRequest", **on(request, officer="GA-1")).grant)


def _corrected(world: World, entry: Any, parties: tuple[Member, Member, Member]) -> None:
    provider, consumer, other = parties
    wrong = brokerage_pb2.Objection(
        target=brokerage_pb2.OBJECTION_TARGET_RECORD, resource=entry.name, subject_key=KEY, statement="住址已变更", officer=OFFICER
    )
    objection = consumer.do("FileObjection", objection=wrong)
    assert inboxes(world) == {PROVIDER: ["VerifyObjection"]}
    objection = provider.do("VerifyObjection", **on(objection, officer="GA-1"))
    assert inboxes(world) == {PROVIDER: ["CorrectObjection"]}
    assert "record_under_check" in told(world, OTHER)
    objection = provider.do("CorrectObjection", **on(objection, outcome="已更正", officer="GA-1"))
    assert inboxes(world) == {CONSUMER: ["AcknowledgeCorrectionNotice", "ConfirmObjection"], OTHER: ["AcknowledgeCorrectionNotice"]}
    consumer.do("ConfirmObjection", **on(objection))
    for by in (consumer, other):
        (notice,) = by.do("ListCorrectionNotices").correction_notices
        by.do("AcknowledgeCorrectionNotice", **on(notice, officer="X-1"))
    assert inboxes(world) == {}
    said = repr([one.do("ListNotices") for one in parties])
    for word in (KEY, RESIDENT["name"], OFFICER, CASE):
        assert str(word) not in said


def test_a_seal_a_key_and_a_host_wait_for_the_authority(world: World):
    authority, provider = world.member(AUTHORITY), world.member(PROVIDER)
    _seal(world, provider, authority)
    key = _key(world, provider)
    assert inboxes(world) == {AUTHORITY: ["AdmitIssuingKey"]}
    authority.do("AdmitIssuingKey", **on(key, officer="SJ-1"))
    provider.do("RequestHosts", hosts=["registry.example.cn"], reason="新机房")
    assert inboxes(world) == {AUTHORITY: ["ApproveHosts"]}
    authority.do("ApproveHosts", name=provider.name, reason="属实")
    assert inboxes(world) == {}
    assert told(world, PROVIDER) == ["hosts_approved", "key_admitted", "seal_made"]


def _seal(world: World, provider: Member, authority: Member) -> None:
    csr = make_csr(sm2.generate(), CertificateSubject("x", "", "1" * 18))
    signer = provider.do("IssueSignerCertificate", csr=csr, officer="GA-1")
    wanted = seal_pb2.Seal(kind=seal_pb2.SEAL_KIND_BUSINESS, title="自治区公安厅", signers=[signer.name])
    wanted.valid_to.FromDatetime(world.clock.now() + timedelta(days=300))
    seal = provider.do("ApplySeal", seal=wanted, officer="GA-1")
    assert inboxes(world) == {AUTHORITY: ["MakeSeal"]}
    seal = authority.do("MakeSeal", **on(seal, officer="SJ-1"))
    assert inboxes(world) == {PROVIDER: ["ActivateSeal"]}
    provider.do("ActivateSeal", **on(seal, officer="GA-1"))
    assert inboxes(world) == {}


def _key(world: World, by: Member) -> Any:
    (kind, *_) = by.do("ListLicenseTypes").license_types
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    proof = cose.signer_of(key)(issuing_key_proof(world.config.hub, by.department, (kind.code,), public))
    return by.do("RegisterIssuingKey", public_key=public, license_types=[kind.code], proof=proof, officer="GA-1")


def test_the_inbox_of_a_hub_that_kept_no_work_before_is_whole_behind_its_start_and_what_ends_is_told_once(world: World):
    authority, provider, consumer = (world.member(kind) for kind in (AUTHORITY, PROVIDER, CONSUMER))
    grant = world.grant(world.entry(provider), consumer=consumer)
    with _no_desk(world):
        entry = provider.do("SubmitEntry", **on(a_draft(provider), reason="首次编目", officer="GA-1"))
        provider.do("RequestHosts", hosts=["registry.example.cn"], reason="新机房")
    assert inboxes(world) == {}
    for _ in range(2):
        assert world.hub.day_rounds().go(world.clock.now())
        assert inboxes(world) == {AUTHORITY: ["ApproveHosts", "PublishEntry"]}
    assert entry.name in {one.resource for one in authority.do("ListWork").work}
    assert told(world, CONSUMER).count("grant_ends") == 1  # of thirty days all are left
    assert [one.resource for one in provider.do("ListNotices").notices if one.kind == "grant_ends"] == [grant.name]


class _no_desk:  # noqa: N801 - reads as a sentence
    """What is done meanwhile leaves no work, as on a hub of the release before."""

    def __init__(self, world: World) -> None:
        self._behind = world.hub

    def __enter__(self) -> None:
        self._kept = self._actions()[0]._desk
        for one in self._actions():
            one._desk = NOBODY

    def __exit__(self, *_error: object) -> None:
        for one in self._actions():
            one._desk = self._kept

    def _actions(self) -> list[Any]:
        hub = self._behind
        return [hub.certs, hub.catalog, hub.catalog.reviews, hub.brokerage]
