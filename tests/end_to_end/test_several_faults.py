"""Whoever fills in a long form hears of all that is wrong with it at once: each creating rpc with many fields, sent with everything wrong."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from shuniu.v1 import (
    brokerage_pb2,
    catalog_pb2,
    complaint_pb2,
    demand_pb2,
    directory_update_pb2,
    dispute_pb2,
    identity_pb2,
    license_pb2,
    seal_pb2,
    use_record_pb2,
)
from tests.world import CONSUMER, PROVIDER, World

TWICE: Final = ["a", "a"]
ORGANISATION: Final = license_pb2.Holder(title="银川某商行", code="12345", code_type="001")
FORMS: Final[dict[str, tuple[str, dict[str, Any], set[str]]]] = {
    "CreateDataRequest": (
        CONSUMER,
        {
            "data_request": brokerage_pb2.DataRequest(
                asked=brokerage_pb2.Terms(fields=TWICE, systems=["A B"], period_days=-1, masks={"b": "sometimes"}),
                scope="。。。",
            )
        },
        {
            "legal_basis", "scenario", "scope", "officer", "terms.fields", "terms.purposes", "terms.systems", "terms.period_days",
            "terms.daily_calls", "terms.mode", "terms.masks",
        },
    ),
    "FileObjection": (
        CONSUMER,
        {"objection": brokerage_pb2.Objection(target=77, resource="entries/x", field="address", evidence_digest=b"x")},  # type: ignore[arg-type]
        {"objection.target", "objection.subject_key", "statement", "officer", "evidence_digest"},
    ),
    "FileDemand": (
        CONSUMER,
        {"demand": demand_pb2.Demand(scenario="。。。", wished_fields=["项"] * 101)},
        {"title", "description", "legal_basis", "scenario", "wished_fields", "officer"},
    ),
    "RecordUse": (
        CONSUMER,
        {"use_record": use_record_pb2.UseRecord(begin_date="2026-02-01", end_date="2026-01-01", effect="。。。")},
        {"end_date", "scenario", "process", "effect", "storage", "destruction", "officer"},
    ),
    "OpenDispute": (CONSUMER, {"dispute": dispute_pb2.Dispute(resource="licenses/x")}, {"statement", "officer"}),
    "FileComplaint": (
        CONSUMER,
        {"complaint": complaint_pb2.Complaint(channel=77, about_department="1")},  # type: ignore[arg-type]
        {"complaint.channel", "complaint.about_department", "statement", "contact_reference", "officer"},
    ),
    "BeginUpload": (PROVIDER, {"entry": "x", "size_bytes": 1, "sha256": "x"}, {"format", "entry", "sha256", "officer", "reason"}),
    "AssignRecordSource": ("data", {"term": "。。。", "department": "1"}, {"term", "department", "basis", "officer"}),
    "ReportDirectoryUpdate": (
        PROVIDER,
        {"directory_update": directory_update_pb2.DirectoryUpdate(entry="entries/x", change="。。。", change_date="soon")},
        {"directory_update.change", "directory_update.legal_basis", "directory_update.change_date", "officer"},
    ),
    "PrepareLicense": (
        "market-regulation",
        {
            "license": license_pb2.License(
                license_type="11100000MB0143028R001", fields={"KZ_NO": "x", "KZ_CLRQ": "yesterday"}, holders=[ORGANISATION], valid_to="soon"
            )
        },
        {"officer", "case_number", "number", "valid_to", "holders", "KZ_NO", "KZ_CLRQ", "KZ_FDDBR"},
    ),
    "ApplySeal": (
        "market-regulation",
        {"seal": seal_pb2.Seal(kind=77, signers=["signerCertificates/?", "signerCertificates/?"])},  # type: ignore[arg-type]
        {"officer", "seal.kind", "seal.title", "seal.signers"},
    ),
    "CreateDepartment": (
        "data",
        {"department": identity_pb2.Department(uscc="1", region="64", level=77, short_title="简" * 99)},  # type: ignore[arg-type]
        {"department.uscc", "department.title", "department.short_title", "department.region", "department.level"},
    ),
    "CreateEntry": ("data", {"entry": catalog_pb2.Entry()}, {"entry.title", "entry.resource_code", "entry.share_type", "entry.level"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as world:
        yield world


@pytest.mark.parametrize("rpc", list(FORMS))
def test_all_that_is_wrong_with_a_form_is_told_in_one_answer(world: World, rpc: str):
    who, form, wrong = FORMS[rpc]
    refused = world.member(who).call(rpc, **form)
    assert refused.reason == "SEVERAL_FAULTS", refused.message
    assert refused.refusal
    assert wrong <= {fault.field for fault in refused.refusal.faults}
    assert all(fault.message and fault.message_zh for fault in refused.refusal.faults)


def test_terms_that_an_entry_does_not_offer_are_all_named(world: World):
    consumer = world.member(CONSUMER)
    asked = brokerage_pb2.Terms(fields=["none"], purposes=["none"], period_days=1, daily_calls=1, mode="file")
    content = brokerage_pb2.DataRequest(
        entry=world.usual_entry.name, legal_basis="《社会救助暂行办法》", scenario="核对", scope="全区", officer="王敏", asked=asked
    )
    refused = consumer.call("CreateDataRequest", data_request=content)
    assert refused.refusal
    assert {"terms.fields", "terms.mode"} <= {fault.field for fault in refused.refusal.faults}
