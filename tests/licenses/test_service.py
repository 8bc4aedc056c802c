"""Every rpc of licenses once through its servicer, with real keys, and the messages back and forth."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import text as sql

from hub.access import ANYBODY, Caller, Role
from hub.db import Database
from hub.errors import InvalidInputError, NotFoundError, ShuniuError
from hub.faults import Faults
from hub.paging import to_token
from hub.rpc import Call
from licenses.actions.posting import kid_of
from licenses.identifier import identifier_of
from licenses.model import LicenseState, Wanted
from licenses.service import LicenseService
from licenses.store import ContentBox, LicenseStore, licenses
from licenses.wire import draft_from, license_to, registration_from
from shuniu.codes import code, cose, reading, status_list, trust_list
from shuniu.codes.cbor import strict_cbor
from shuniu.codes.drawing import draw
from shuniu.codes.identifier import LicenseIdentifier
from shuniu.v1 import license_pb2 as pb
from tests.licenses.counter import AUTHORITY, BUSINESS, CITIZEN, MARKET, NAME, NOON, PERMIT, PERMIT_FIELDS, POLICE, Counter, der_of, new_key, proof_of
from tests.shuniu_sdk.codes.issuing import mutants


def call(method: str, caller: Caller = POLICE) -> Call:
    return Call(caller, f"/shuniu.v1.LicenseService/{method}", 10.0, admitted=True)


@pytest.fixture
def counter(database: Database) -> Counter:
    return Counter(database)


@pytest.fixture
def service(counter: Counter) -> LicenseService:
    return LicenseService(counter.actions)


def admitted(service: LicenseService, counter: Counter) -> pb.IssuingKey:
    der = der_of(counter.key)
    proof = cose.signer_of(counter.key)(proof_of(counter.key))
    request = pb.RegisterIssuingKeyRequest(public_key=der, license_types=[PERMIT], proof=proof, officer="王芳")
    request.not_after.FromDatetime(NOON + timedelta(days=100))
    key = service.RegisterIssuingKey(request, call("RegisterIssuingKey"))
    assert (key.state, key.department, list(key.license_types), key.kid) == (pb.ISSUING_KEY_STATE_PENDING, POLICE.department, [PERMIT], counter.kid)
    assert key.not_after.ToDatetime(tzinfo=UTC) == NOON + timedelta(days=100)
    return service.AdmitIssuingKey(pb.AdmitIssuingKeyRequest(name=key.name, etag=key.etag, officer="李强"), call("AdmitIssuingKey", AUTHORITY))


def asked(kid: bytes, **changes: Any) -> pb.PrepareLicenseRequest:
    wanted = pb.License(
        license_type=PERMIT,
        number="640104-2026-0001",
        holders=[pb.Holder(title=NAME, code=CITIZEN, code_type="111")],
        fields=PERMIT_FIELDS,
        kid=kid,
        valid_from="2026-03-01",
        valid_to="2026-12-31",
    )
    return pb.PrepareLicenseRequest(license=wanted, officer="王芳", case_number="BJ-1", **changes)


def verdict(service: LicenseService, text: str) -> pb.VerifyCodeResponse:
    return asyncio.run(service.VerifyCode(pb.VerifyCodeRequest(code=text), call("VerifyCode", ANYBODY)))


def test_a_license_lives_through_every_rpc(service: LicenseService, counter: Counter) -> None:
    key = admitted(service, counter)
    assert key.state == pb.ISSUING_KEY_STATE_ACTIVE
    prepared = service.PrepareLicense(asked(key.kid, request_id="r-1"), call("PrepareLicense"))
    assert (prepared.state, prepared.code, prepared.signed_bytes) == (pb.LICENSE_STATE_DRAFT, "", b"")
    assert service.PrepareLicense(asked(key.kid, request_id="r-1"), call("PrepareLicense")) == prepared
    assert (prepared.issue_date, prepared.valid_from, prepared.valid_to) == ("2026-03-02", "2026-03-01", "2026-12-31")
    assert (prepared.issuer, prepared.issuer_title, dict(prepared.fields)) == (POLICE.department, "自治区公安厅", PERMIT_FIELDS)

    signature = cose.signer_of(counter.key)(prepared.to_be_signed)
    request = pb.IssueLicenseRequest(name=prepared.name, etag=prepared.etag, signature=signature, officer="王芳")
    issued = service.IssueLicense(request, call("IssueLicense"))
    assert (issued.state, issued.to_be_signed, issued.code) == (pb.LICENSE_STATE_ISSUED, b"", code.text_of(issued.signed_bytes))
    assert issued.issue_time.ToDatetime(tzinfo=UTC) == NOON

    stamped = service.AttachStamp(pb.AttachStampRequest(name=issued.name, etag=issued.etag, stamp=b"stamp"), call("AttachStamp"))
    assert stamped.stamp == b"stamp"
    seen = verdict(service, stamped.code)
    assert (seen.verdict, seen.reason, seen.identifier, seen.number, seen.holder) == (
        pb.VERDICT_VALID, "OK", issued.identifier, issued.number, "马**强",
    )  # fmt: skip
    assert (seen.issuer_title, seen.license_type, seen.license_type_title) == ("自治区公安厅", PERMIT, "居住证")
    assert (seen.issue_date, seen.valid_to, seen.status_reason) == ("2026-03-02", "2026-12-31", "")
    assert seen.check_time.ToDatetime(tzinfo=UTC) == NOON

    facts = {"name": issued.name, "officer": "王芳"}
    held = service.SuspendLicense(pb.SuspendLicenseRequest(etag=stamped.etag, reason="核查", **facts), call("SuspendLicense"))
    assert (held.state, held.reason) == (pb.LICENSE_STATE_SUSPENDED, "核查")
    assert (verdict(service, issued.code).reason, verdict(service, issued.code).status_reason) == ("SUSPENDED", "核查")
    back = service.ResumeLicense(pb.ResumeLicenseRequest(etag=held.etag, reason="无误", **facts), call("ResumeLicense"))
    assert (back.state, verdict(service, issued.code).verdict) == (pb.LICENSE_STATE_ISSUED, pb.VERDICT_VALID)
    gone = service.RevokeLicense(pb.RevokeLicenseRequest(etag=back.etag, reason="虚假材料", **facts), call("RevokeLicense"))
    assert gone.state == pb.LICENSE_STATE_REVOKED
    seen = verdict(service, issued.code)
    assert (seen.verdict, seen.reason, seen.status_reason, seen.message_zh) == (pb.VERDICT_INVALID, "REVOKED", "虚假材料", "证照已被吊销、撤销或注销")

    whole = service.GetLicense(pb.GetLicenseRequest(name=issued.name, searcher="王芳", reason="复核办件"), call("GetLicense"))
    assert (whole.holders[0].code, dict(whole.fields), whole.code, whole.stamp) == (CITIZEN, PERMIT_FIELDS, issued.code, b"stamp")
    assert (whole.name, whole.etag, whole.state, whole.reason) == (gone.name, gone.etag, gone.state, gone.reason)
    listed = service.ListLicenses(pb.ListLicensesRequest(), call("ListLicenses"))
    assert (list(listed.licenses), listed.next_page_token) == ([gone], "")

    lists = service.GetTrustList(pb.GetTrustListRequest(), call("GetTrustList", ANYBODY))
    hub_key = load_pem_public_key(lists.public_key_pem.encode())
    assert isinstance(hub_key, ec.EllipticCurvePublicKey)
    assert [one.kid for one in trust_list.decode(lists.trust_list, hub_key).keys] == [counter.kid]
    status = service.GetStatusList(pb.GetStatusListRequest(shard=0), call("GetStatusList", ANYBODY))
    assert status.uri == issued.status_uri
    assert status_list.decode(status.status_list, hub_key).read(issued.status_index).status == 1

    ending = pb.RevokeIssuingKeyRequest(name=key.name, etag=key.etag, reason="遗失", officer="王芳")
    revoked = service.RevokeIssuingKey(ending, call("RevokeIssuingKey"))
    assert (revoked.state, revoked.reason, revoked.revoke_time.ToDatetime(tzinfo=UTC)) == (pb.ISSUING_KEY_STATE_REVOKED, "遗失", NOON)
    assert verdict(service, issued.code).reason == "SIGNER_REVOKED"


def test_all_license_types_are_listed_in_order(service: LicenseService) -> None:
    types = service.ListLicenseTypes(pb.ListLicenseTypesRequest(), call("ListLicenseTypes", ANYBODY)).license_types
    assert [one.code for one in types] == sorted(one.code for one in types)
    permit = next(one for one in types if one.code == PERMIT)
    assert (permit.title, permit.title_en, list(permit.holder_code_types), permit.validity, permit.verified) == (
        "居住证", "Resident permit", ["111"], "12 months", False,
    )  # fmt: skip
    assert [(one.name, one.required, one.public) for one in permit.fields] == [
        ("KZ_JZDZ", True, False), ("KZ_HJDZ", True, False), ("KZ_QFXZQH", True, True),
    ]  # fmt: skip
    assert {one.validity for one in types} >= {"长期", "60 months"}


def test_a_request_id_belongs_to_the_whole_request(service: LicenseService, counter: Counter) -> None:
    key = admitted(service, counter)
    service.PrepareLicense(asked(key.kid, request_id="r-1"), call("PrepareLicense"))
    other = asked(key.kid, request_id="r-1")
    other.case_number = "BJ-2"
    with pytest.raises(InvalidInputError) as refusal:
        service.PrepareLicense(other, call("PrepareLicense"))
    assert refusal.value.field == "request_id"


def test_nothing_of_a_forged_code_is_repeated(service: LicenseService, counter: Counter) -> None:
    key = admitted(service, counter)
    prepared = service.PrepareLicense(asked(key.kid), call("PrepareLicense"))
    forged = cose.assemble(counter_protected(prepared), counter_payload(prepared), bytes(63) + b"\x01")
    seen = verdict(service, code.text_of(forged))
    assert (seen.verdict, seen.reason) == (pb.VERDICT_INVALID, "SIGNATURE_WRONG")
    assert (seen.issuer, seen.identifier, seen.number, seen.holder, seen.issue_date, seen.valid_to) == ("",) * 6


def counter_protected(prepared: pb.License) -> bytes:
    return bytes(strict_cbor(prepared.to_be_signed)[1])


def counter_payload(prepared: pb.License) -> bytes:
    return bytes(strict_cbor(prepared.to_be_signed)[3])


@pytest.mark.parametrize(
    ("pages", "link"),
    [
        ("https://share.gov.cn", "HTTPS://SHARE.GOV.CN/V#"),
        ("https://share.gov.cn:8443", "HTTPS://SHARE.GOV.CN:8443/V#"),
        ("http://share.gov.cn", ""),
        ("https://127.0.0.1:7480", ""),
        ("https://hub.example", ""),
        ("https://share.gov.cn/data", ""),
    ],
)
def test_a_license_has_its_link_where_telephones_reach_the_pages_over_https(counter: Counter, pages: str, link: str) -> None:
    counter.admitted()
    issued = counter.issued()
    shown = license_to(replace(issued, status_uri=f"{pages}/status/0")).link
    assert shown[: shown.find("#") + 1] == link
    if link:
        assert reading.decode(shown) == code.decode(license_to(issued).code)
        assert draw(shown)


def test_no_mutant_of_a_code_is_valid_or_breaks_the_service(service: LicenseService, counter: Counter) -> None:
    key = admitted(service, counter)
    prepared = service.PrepareLicense(asked(key.kid), call("PrepareLicense"))
    signature = cose.signer_of(counter.key)(prepared.to_be_signed)
    request = pb.IssueLicenseRequest(name=prepared.name, etag=prepared.etag, signature=signature, officer="王芳")
    text = service.IssueLicense(request, call("IssueLicense")).code
    for mutant in mutants(text.encode(), 300, 7):
        seen = verdict(service, mutant.decode("latin-1"))
        # what is valid is the code itself, with blanks or line ends about it
        good = seen.verdict == pb.VERDICT_VALID and reading.decode(mutant.decode("latin-1")) == code.decode(text)
        assert good or (seen.verdict in {pb.VERDICT_INVALID, pb.VERDICT_UNREADABLE} and seen.identifier == "")
    for foreign in ("", "https://example.cn", "EL1:", "EL1:" + "A" * 5_000, "\x00", "证照"):
        assert verdict(service, foreign).verdict == pb.VERDICT_UNREADABLE


@pytest.mark.parametrize(
    "name",
    ["", "issuingKeys/", "issuingKeys/zz", "issuingKeys/00112233445566", "issuingKeys/00 1122334455667", "issuingKeys/AABBCCDDEEFF0011", "x/y"],
)
def test_a_key_has_one_name(name: str) -> None:
    with pytest.raises(InvalidInputError):
        kid_of(name)
    assert kid_of("issuingKeys/aabbccddeeff0011") == "aabbccddeeff0011"


@pytest.mark.parametrize("name", ["", "licenses/", "licenses/1.2.3", "licenses/\x00", "licenses/" + "1" * 500, "license/1", "licenses"])
def test_a_licenses_name_is_its_identifier(name: str, service: LicenseService) -> None:
    with pytest.raises(InvalidInputError):
        identifier_of(name)
    with pytest.raises(InvalidInputError):
        service.GetLicense(pb.GetLicenseRequest(name=name, searcher="王芳", reason="复核办件"), call("GetLicense"))


@pytest.mark.parametrize("day", ["20260302", "2026-W10-1", "2026-3-2", "2026-02-30", "today", "2026-03-02T00:00:00", "0000-01-01"])
def test_a_day_is_written_in_one_way(day: str) -> None:
    for field, message in (("valid_from", pb.License(valid_from=day)), ("valid_to", pb.License(valid_to=day))):
        unread = Faults()
        draft_from(message, unread)
        assert field in {fault.field for fault in unread.all}


def test_a_draft_is_read_from_its_message() -> None:
    draft = draft_from(asked(b"12345678").license, Faults())
    assert (draft.license_type, draft.number, draft.kid, dict(draft.fields)) == (PERMIT, "640104-2026-0001", b"12345678", PERMIT_FIELDS)
    assert [(one.title, one.code, one.code_type) for one in draft.holders] == [(NAME, CITIZEN, "111")]
    assert draft_from(pb.License(number="1"), Faults()).valid_from is None


def test_an_absurd_end_of_a_window_is_sent_back() -> None:
    assert registration_from(pb.RegisterIssuingKeyRequest()).not_after is None
    with pytest.raises(InvalidInputError):
        registration_from(pb.RegisterIssuingKeyRequest(not_after=Timestamp(seconds=2**60)))


@pytest.mark.parametrize("shard", [1, -1, 2**62, -(2**63)])
def test_an_unknown_shard_has_no_list(service: LicenseService, shard: int) -> None:
    with pytest.raises(NotFoundError):
        service.GetStatusList(pb.GetStatusListRequest(shard=shard), call("GetStatusList", ANYBODY))


def _told(service: LicenseService, method: str, request: Message, caller: Caller) -> tuple[str, ...]:
    """Everything that a caller hears of a refusal."""
    with pytest.raises(ShuniuError) as refusal:
        getattr(service, method)(request, call(method, caller))
    error = refusal.value
    return type(error).__name__, error.reason, error.message, error.zh, error.next_action, error.field, str(error.facts)


def _asking(method: MethodDescriptor, name: str, etag: str) -> Message:
    """The request of an rpc about this license or key, as somebody would send it who may."""
    said = {"name": name, "etag": etag, "officer": "王芳", "reason": "核查地址不实", "searcher": "王芳", "signature": bytes(64), "stamp": b"stamp"}
    known = {field.name for field in method.input_type.fields}
    return GetMessageClass(method.input_type)(**{field: value for field, value in said.items() if field in known})


BY_NAME = [method.name for method in LicenseService.SERVICE.methods if "name" in {field.name for field in method.input_type.fields}]
BY_NAME.remove("AdmitIssuingKey")  # the authority's alone (hub/access.py), who may know of every key


@pytest.mark.parametrize("rpc", BY_NAME)
def test_what_a_caller_may_not_know_looks_as_if_it_did_not_exist(service: LicenseService, counter: Counter, rpc: str) -> None:
    """Every rpc that names a license or a key, by its descriptor: a stranger hears the same of another department's and of one that nobody has."""
    method = LicenseService.SERVICE.methods_by_name[rpc]
    key = admitted(service, counter)
    pending = counter.registered(new_key())
    prepared = service.PrepareLicense(asked(key.kid), call("PrepareLicense"))
    is_of_keys = "IssuingKey" in rpc
    real = (pending.name, "r1") if is_of_keys else (prepared.name, prepared.etag)
    made_up = "issuingKeys/" + "0" * 16 if is_of_keys else f"licenses/{LicenseIdentifier.build(PERMIT, POLICE.department, 'X' * 12)}"
    stranger = Caller(MARKET.department, "anything", frozenset({Role.MEMBER}))
    for etag in (real[1], "r9", ""):
        assert _told(service, rpc, _asking(method, real[0], etag), stranger) == _told(service, rpc, _asking(method, made_up, etag), stranger)


def test_another_departments_pending_key_looks_as_if_it_did_not_exist(service: LicenseService, counter: Counter) -> None:
    pending = counter.registered(new_key())
    told = {_told(service, "PrepareLicense", asked(kid), MARKET) for kid in (pending.kid, bytes(8))}
    assert len(told) == 1


def test_licenses_are_listed_by_number_state_and_type(service: LicenseService, counter: Counter) -> None:
    admitted(service, counter)
    first = counter.issued(number="640104-2026-0001")
    counter.clock.advance(timedelta(seconds=1))
    second = counter.issued(number="640104-2026-0002")
    counter.suspended(first)

    def listed(**wanted: Any) -> list[str]:
        found = service.ListLicenses(pb.ListLicensesRequest(**wanted), call("ListLicenses"))
        assert not any(one.holders or one.fields for one in found.licenses)
        return [one.identifier for one in found.licenses]

    assert listed() == [second.identifier, first.identifier]
    assert listed(number=" 640104-2026-0001") == [first.identifier]
    assert listed(state=pb.LICENSE_STATE_ISSUED) == [second.identifier]
    assert listed(state=pb.LICENSE_STATE_SUSPENDED, license_type=PERMIT) == [first.identifier]
    assert listed(license_type=BUSINESS) == listed(number="1") == []
    for wrong in ({"number": " "}, {"state": 99}):
        with pytest.raises(InvalidInputError):
            listed(**wrong)


def test_each_filter_of_a_list_and_the_number_in_force_are_found_by_an_index_of_their_own(sqlite_database: Database) -> None:
    """What SQLite says of its plan: no list of a department with a million licenses reads them all, whatever the filters."""
    counter = Counter(sqlite_database)
    counter.admitted()
    plans: list[str] = []
    with sqlite_database.read() as tx:
        for wanted in (Wanted(), Wanted(number="1"), *(Wanted(state=s, license_type=t) for s in (None, LicenseState.DRAFT) for t in ("", PERMIT))):
            query = LicenseStore(tx, ContentBox(b"c" * 32)).query((POLICE.department,), "", wanted).order_by(licenses.c.seq.desc()).limit(51)
            text = str(query.compile(compile_kwargs={"literal_binds": True}))
            plans.append(" ".join(str(row[-1]) for row in tx.execute(sql(f"EXPLAIN QUERY PLAN {text}")).all()))
    used = [re.findall(r"INDEX (ix_licenses_\w+)", plan) for plan in plans]
    assert used == [[f"ix_licenses_{name}"] for name in ("issuer", "number", "issuer", "issuer_type", "issuer_state", "issuer_type_state")]
    assert not any("TEMP B-TREE" in plan for plan in plans)


def test_a_department_sees_its_own_issuing_keys_and_the_authority_those_that_wait(service: LicenseService, counter: Counter) -> None:
    active = admitted(service, counter)
    pending = counter.registered(new_key())
    others = counter.registered(new_key(), by=MARKET)

    def listed(caller: Caller, **wanted: Any) -> set[str]:
        return {one.name for one in service.ListIssuingKeys(pb.ListIssuingKeysRequest(**wanted), call("ListIssuingKeys", caller)).issuing_keys}

    assert listed(POLICE) == {active.name, pending.name}
    assert listed(MARKET) == {others.name}
    assert listed(AUTHORITY) == {active.name, pending.name, others.name}
    assert listed(AUTHORITY, state=pb.ISSUING_KEY_STATE_PENDING) == {pending.name, others.name}
    page = service.ListIssuingKeys(pb.ListIssuingKeysRequest(page_size=2), call("ListIssuingKeys", AUTHORITY))
    rest = service.ListIssuingKeys(pb.ListIssuingKeysRequest(page_token=page.next_page_token), call("ListIssuingKeys", AUTHORITY))
    assert sorted(one.name for one in (*page.issuing_keys, *rest.issuing_keys)) == sorted([active.name, pending.name, others.name])
    assert rest.next_page_token == ""
    for foreign in ("x", to_token("../../x"), to_token(7)):
        with pytest.raises(InvalidInputError):
            service.ListIssuingKeys(pb.ListIssuingKeysRequest(page_token=foreign), call("ListIssuingKeys", AUTHORITY))
