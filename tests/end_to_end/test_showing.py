"""Nothing about a person is shown without a record: every rpc that gives a log record or a license, found by its descriptor."""

from collections.abc import Iterator, Mapping
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from audit.log import AuditLog
from audit.model import Kind
from hub.errors import UnavailableError
from shuniu.codes import cose
from shuniu.v1 import audit_pb2, license_pb2
from tests.hub.test_access import RPCS
from tests.licenses.counter import CITIZEN, NAME, PERMIT, PERMIT_FIELDS, der_of, proof_of
from tests.world import AUTHORITY, OTHER, PROVIDER, Member, World

SHOWN = (audit_pb2.AuditRecord.DESCRIPTOR, license_pb2.License.DESCRIPTOR)
LOOK = {"searcher": "SJT-0009", "reason": "居民申请查询"}
GIVES_NO_MORE_THAN_IT_GOT: Mapping[str, str] = {
    "PrepareLicense": "the holder and fields that this very request brought, to who brought them",
    "IssueLicense": "the code over the bytes that the caller signed; no holder, no field",
    "AttachStamp": "the code over the bytes that the caller stamped; no holder, no field",
    "SuspendLicense": "name, number, dates, state",
    "ResumeLicense": "name, number, dates, state",
    "RevokeLicense": "name, number, dates, state",
    "SupersedeLicense": "name, number, dates, state, and the names of the two licenses",
    "ListLicenses": "names, numbers, dates, states",
}
"""Rpcs that answer with a license and ask for no reason, and what they show."""
CONTENT = {"holders", "fields"}
SIGNED = {"to_be_signed", "signed_bytes", "code", "stamp"}


def shows(message: Descriptor, among: frozenset[str] = frozenset()) -> bool:
    """Tell whether a message is or holds, however deep, one of those that are about a person."""
    if message in SHOWN:
        return True
    parts = [field.message_type for field in message.fields if field.message_type is not None and field.message_type.full_name not in among]
    return any(shows(part, among | {message.full_name}) for part in parts)


LOOKS = sorted(path.rpartition("/")[2] for path, method in RPCS.items() if shows(method.output_type))
ASKED = [name for name in LOOKS if name not in GIVES_NO_MORE_THAN_IT_GOT]


def issued(by: Member, ruler: Member, hub: str) -> Iterator[tuple[str, license_pb2.License]]:
    """Take a license through its life; yield each rpc with its answer."""
    key = ec.generate_private_key(ec.SECP256R1())
    proof = cose.signer_of(key)(proof_of(key, by.department, (PERMIT,), hub))
    known = by.do("RegisterIssuingKey", public_key=der_of(key), license_types=[PERMIT], proof=proof, officer="GA-1")
    known = ruler.do("AdmitIssuingKey", name=known.name, etag=known.etag, officer="SJ-1")
    holder = license_pb2.Holder(title=NAME, code=CITIZEN, code_type="111")
    wanted = license_pb2.License(license_type=PERMIT, number="640104-2026-0001", holders=[holder], fields=PERMIT_FIELDS, kid=known.kid)
    one = by.do("PrepareLicense", license=wanted, officer="GA-1", case_number="BJ-1")
    yield "PrepareLicense", one
    one = by.do("IssueLicense", name=one.name, etag=one.etag, signature=cose.signer_of(key)(one.to_be_signed), officer="GA-1")
    yield "IssueLicense", one
    one = by.do("AttachStamp", name=one.name, etag=one.etag, stamp=b"stamp")
    yield "AttachStamp", one
    for step in ("SuspendLicense", "ResumeLicense"):
        one = by.do(step, name=one.name, etag=one.etag, reason="核查地址", officer="GA-1")
        yield step, one
    newer = by.do("PrepareLicense", license=wanted, officer="GA-1", case_number="BJ-1", supersedes=one.name)
    newer = by.do("IssueLicense", name=newer.name, etag=newer.etag, signature=cose.signer_of(key)(newer.to_be_signed), officer="GA-1")
    yield "SupersedeLicense", by.do("SupersedeLicense", name=one.name, etag=one.etag, successor=newer.name, reason="地址变更", officer="GA-1")
    (newer,) = by.do("ListLicenses", state=license_pb2.LICENSE_STATE_ISSUED).licenses
    yield "RevokeLicense", by.do("RevokeLicense", name=newer.name, etag=newer.etag, reason="核查地址", officer="GA-1")
    yield "ListLicenses", by.do("ListLicenses").licenses[0]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        # whether a stamp is good is no question here
        object.__setattr__(running.hub.licenses._register, "judge_stamp", lambda *_: None)
        yield running


@pytest.fixture(scope="module")
def answers(world: World) -> Mapping[str, license_pb2.License]:
    return dict(issued(world.as_(PROVIDER), world.as_(AUTHORITY), world.config.hub))


@pytest.fixture(scope="module")
def requests(world: World, answers: Mapping[str, license_pb2.License]) -> Mapping[str, tuple[Member, Mapping[str, Any]]]:
    """Who may make each call that shows something, and what it asks besides who looks and why."""
    return {
        "SearchAuditRecords": (world.auditor(), {"subject": CITIZEN, "subject_domain": "cn-id"}),
        "GetAuditRecord": (world.auditor(), {"index": world.records(kind=Kind.CHANGE)[-1].index}),
        "GetLicense": (world.as_(PROVIDER), {"name": answers["ListLicenses"].name}),
    }


def test_every_rpc_that_shows_a_person_asks_who_looks_and_why_or_shows_no_more_than_it_got() -> None:
    methods = {path.rpartition("/")[2]: method for path, method in RPCS.items()}
    unasked = {name for name in LOOKS if not {"searcher", "reason"} <= set(methods[name].input_type.fields_by_name)}
    assert unasked == set(GIVES_NO_MORE_THAN_IT_GOT)


@pytest.mark.parametrize("rpc", ASKED)
def test_without_a_reason_nothing_is_shown_and_with_one_the_look_is_on_the_log(rpc: str, world: World, requests: Any) -> None:
    caller, asked = requests[rpc]
    before = world.log_size
    for wrong in ({}, {"searcher": LOOK["searcher"]}, {"reason": LOOK["reason"]}, {**LOOK, "reason": "."}, {**LOOK, "searcher": "."}):
        refused = caller.call(rpc, **asked, **wrong)
        assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
        assert refused.error.field in {"searcher", "reason"}
    assert world.log_size == before
    caller.do(rpc, **asked, **LOOK)
    (look,) = world.records(before)
    assert (look.kind, look.action.rpartition(".")[2], look.actor.officer, look.reason) == (Kind.SEARCH, rpc, *LOOK.values())
    assert (look.actor.department, look.actor.system) == (caller.department, caller.system)


@pytest.mark.parametrize("rpc", ASKED)
def test_where_the_look_cannot_be_written_down_nothing_is_shown(rpc: str, requests: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise UnavailableError("the disk is full")

    monkeypatch.setattr(AuditLog, "write", refuse)
    caller, asked = requests[rpc]
    assert caller.call(rpc, **asked, **LOOK).code is grpc.StatusCode.UNAVAILABLE


def test_the_looks_at_a_persons_data_are_found_where_the_person_is_searched_for(world: World, requests: Any) -> None:
    issuer, asked = requests["GetLicense"]
    world.as_(AUTHORITY).do("GetLicense", **asked, **LOOK)
    about = next(one for one in world.records(kind=Kind.CHANGE) if one.resource == asked["name"])
    world.auditor().do("GetAuditRecord", index=about.index, **LOOK)
    found = world.auditor().do("SearchAuditRecords", subject=CITIZEN, subject_domain="cn-id", **LOOK).records
    looks = {(one.action, one.other_department) for one in found if one.kind == "search"}
    assert {("licenses.GetLicense", issuer.department), ("audit.GetAuditRecord", "")} <= looks


def test_what_answers_with_a_license_unasked_shows_no_more_than_it_got(answers: Mapping[str, license_pb2.License]) -> None:
    assert set(answers) == set(GIVES_NO_MORE_THAN_IT_GOT)
    for rpc, one in answers.items():
        filled = {field.name for field, _ in one.ListFields()}
        allowed = {"PrepareLicense": CONTENT | SIGNED, "IssueLicense": SIGNED, "AttachStamp": SIGNED}.get(rpc, set())
        assert not filled & (CONTENT | SIGNED) - allowed, rpc
        if rpc != "PrepareLicense":
            assert not spelled(one), rpc
    given = answers["PrepareLicense"]
    assert ([(one.title, one.code) for one in given.holders], dict(given.fields)) == ([(NAME, CITIZEN)], PERMIT_FIELDS)


def spelled(message: Message) -> list[str]:
    """Return what of the holder stands in a message in clear."""
    data = message.SerializeToString()
    return [text for text in (NAME, CITIZEN, PERMIT_FIELDS["KZ_JZDZ"]) if text.encode() in data]


def test_a_verified_code_says_what_the_code_says_and_writes_nothing(world: World, answers: Mapping[str, license_pb2.License]) -> None:
    verifier = world.as_(OTHER)
    before = world.log_size
    answer = verifier.do("VerifyCode", code=answers["IssueLicense"].code)
    assert answer.holder == "马**强"  # as it stands on the code
    assert not spelled(answer)
    assert world.log_size == before
