"""One datum, one source: the authority names the department that is the source of a term (Decree 809 art. 19), through a real hub."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from grpc import StatusCode

from shuniu.v1 import catalog_pb2
from shuniu.v1 import record_source_pb2 as pb
from tests.world import AUTHORITY, CONSUMER, OTHER, PROVIDER, World

LAW = "《自治区政务数据数源确认办法》"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        assert running.usual_entry
        yield running


def drafted(world: World, kind: str, term: str) -> Any:
    by = world.as_(kind)
    content = catalog_pb2.Entry()
    content.CopyFrom(world.usual_entry)
    number = world.number()
    content.resource_code, content.title, content.provider = (
        f"{content.resource_code.partition('/')[0]}/{number:06d}",
        f"{term}{number}",
        by.department,
    )
    content.serving_system = content.serving_resource = ""
    content.source.record_term = term
    return by.do("CreateEntry", entry=content, request_id=f"source-{number}")


def submitted(world: World, kind: str, draft: Any) -> Any:
    return world.as_(kind).call("SubmitEntry", name=draft.name, etag=draft.etag, reason="编目", officer="GA-1")


def published(world: World, kind: str, term: str) -> Any:
    sent = submitted(world, kind, drafted(world, kind, term))
    assert sent.ok, sent.message
    return world.as_(AUTHORITY).do("PublishEntry", name=sent.answer.name, etag=sent.answer.etag, officer="SJ-1")


def assigned(world: World, kind: str, term: str, **more: Any) -> Any:
    told = {"term": term, "department": world.member(kind).department, "basis": LAW, "officer": "SJ-1", **more}
    return world.as_(AUTHORITY).call("AssignRecordSource", **told)


def source_of(world: World, term: str) -> Any:
    found = world.as_(CONSUMER).do("ListRecordSources", term=term, state=pb.RECORD_SOURCE_STATE_IN_FORCE).record_sources
    return found[0] if found else None


def told(world: World, kind: str, resource: str) -> list[str]:
    return [one.kind for one in world.as_(kind).do("ListNotices", resource=resource).notices]


def read(world: World, entry: Any) -> Any:
    return world.as_(CONSUMER).do("GetEntry", name=entry.name)


def test_the_publication_of_an_entry_names_its_provider_where_nobody_was_named_and_a_second_claim_is_refused(world: World):
    entry = published(world, PROVIDER, "出生登记")
    source = source_of(world, "出生登记")
    assert (source.department, source.origin, source.basis) == (entry.provider, pb.RECORD_SOURCE_ORIGIN_PUBLISHED, entry.name)
    assert source.department_title
    assert read(world, entry).record_source == entry.provider
    refused = submitted(world, OTHER, drafted(world, OTHER, "出生登记"))
    assert (refused.code, refused.reason, entry.name in refused.message) == (StatusCode.ALREADY_EXISTS, "SECOND_SOURCE", True)
    assert next(one for one in reversed(world.records()) if one.action == "catalog.PublishEntry").detail["record_source"] == source.name


def test_the_authority_gives_a_term_to_another_department_both_are_told_and_its_entry_goes_through(world: World):
    old = published(world, PROVIDER, "死亡登记")
    one = assigned(world, OTHER, "死亡登记").answer
    assert (one.origin, one.department) == (pb.RECORD_SOURCE_ORIGIN_ASSIGNED, world.member(OTHER).department)
    assert told(world, OTHER, one.name) == ["record_source_named"]
    assert told(world, PROVIDER, one.name) == ["record_source_replaced"]
    # the old claim counts no longer, whatever the entry says
    assert read(world, old).record_source == world.member(OTHER).department
    new = published(world, OTHER, "死亡登记")
    assert read(world, new).record_source == new.provider
    history = world.as_(CONSUMER).do("ListRecordSources", term="死亡登记").record_sources
    assert {each.department: (each.state, each.reason) for each in history} == {
        new.provider: (pb.RECORD_SOURCE_STATE_IN_FORCE, ""),
        old.provider: (pb.RECORD_SOURCE_STATE_ENDED, LAW),
    }


def test_who_is_not_the_source_hears_who_is_and_since_when(world: World):
    one = assigned(world, OTHER, "收养登记").answer
    refused = submitted(world, PROVIDER, drafted(world, PROVIDER, "收养登记"))
    assert (refused.code, refused.reason) == (StatusCode.ALREADY_EXISTS, "RECORD_SOURCE_OF_OTHER")
    assert one.name in refused.message
    assert "第十九条" in refused.error.message_zh


def test_what_nobody_claims_any_more_is_free_but_what_the_authority_gave_stays(world: World):
    entry = published(world, PROVIDER, "迁入登记")
    world.as_(PROVIDER).do("WithdrawEntry", name=entry.name, etag=entry.etag, reason="停用", officer="GA-1")
    assert source_of(world, "迁入登记") is None
    assert published(world, OTHER, "迁入登记").provider == world.member(OTHER).department
    assigned(world, PROVIDER, "迁出登记")
    entry = published(world, PROVIDER, "迁出登记")
    world.as_(PROVIDER).do("WithdrawEntry", name=entry.name, etag=entry.etag, reason="停用", officer="GA-1")
    assert source_of(world, "迁出登记").department == entry.provider


def test_a_version_that_claims_another_term_gives_the_first_one_up(world: World):
    entry = published(world, PROVIDER, "变更登记")
    owner = world.as_(PROVIDER)
    draft = owner.do("ReviseEntry", name=entry.name, etag=entry.etag, reason="修订")
    draft.source.record_term = "更正登记"
    draft = owner.do("UpdateEntry", entry=draft)
    sent = owner.do("SubmitEntry", name=draft.name, etag=draft.etag, reason="修订", officer="GA-1")
    world.as_(AUTHORITY).do("PublishEntry", name=sent.name, etag=sent.etag, officer="SJ-1")
    assert source_of(world, "变更登记") is None
    assert source_of(world, "更正登记").department == entry.provider


def test_the_authority_ends_a_naming_and_nobody_else_names_or_ends(world: World):
    one = assigned(world, PROVIDER, "户口注销").answer
    for kind in (PROVIDER, CONSUMER):
        refused = world.as_(kind).call("EndRecordSource", name=one.name, etag=one.etag, reason="不再", officer="GA-1")
        assert refused.code is StatusCode.PERMISSION_DENIED
        wish: dict[str, Any] = {"term": "户口注销", "department": world.member(kind).department, "basis": LAW, "officer": "GA-1"}
        assert world.as_(kind).call("AssignRecordSource", **wish).code is StatusCode.PERMISSION_DENIED
    ended = world.as_(AUTHORITY).do("EndRecordSource", name=one.name, etag=one.etag, reason="职责调整", officer="SJ-1")
    assert (ended.state, ended.reason) == (pb.RECORD_SOURCE_STATE_ENDED, "职责调整")
    assert "record_source_ended" in told(world, PROVIDER, one.name)
    again = world.as_(AUTHORITY).call("EndRecordSource", name=one.name, etag=ended.etag, reason="职责调整", officer="SJ-1")
    assert again.reason == "ILLEGAL_STATE"


@pytest.mark.parametrize(
    ("changed", "code", "reason"),
    [
        ({"term": " "}, StatusCode.INVALID_ARGUMENT, ""),
        ({"term": "术" * 101}, StatusCode.INVALID_ARGUMENT, ""),
        ({"department": "1"}, StatusCode.INVALID_ARGUMENT, ""),
        ({"department": "11640000XB0009990K"}, StatusCode.INVALID_ARGUMENT, ""),
        ({"basis": ""}, StatusCode.INVALID_ARGUMENT, ""),
        ({"basis": "依640101199003070015号来信"}, StatusCode.INVALID_ARGUMENT, "ID_NUMBER_IN_CLEAR"),
        ({"officer": ""}, StatusCode.INVALID_ARGUMENT, ""),
    ],
)
def test_bad_input_is_told_and_names_nobody(world: World, changed: dict[str, str], code: StatusCode, reason: str):
    refused = assigned(world, PROVIDER, **{"term": "坏输入", **changed})
    assert refused.code is code, refused.message
    assert not reason or refused.reason == reason
    assert source_of(world, "坏输入") is None


def test_the_same_department_twice_is_refused_and_the_same_request_is_done_once(world: World):
    first = assigned(world, PROVIDER, "两次", request_id="source-twice").answer
    assert assigned(world, PROVIDER, "两次", request_id="source-twice").answer == first
    refused = assigned(world, PROVIDER, "两次")
    assert (refused.code, refused.reason) == (StatusCode.ALREADY_EXISTS, "RECORD_SOURCE_ALREADY")


def test_of_many_named_at_once_one_is_the_source(world: World):
    kinds = (PROVIDER, OTHER, CONSUMER) * 3
    with ThreadPoolExecutor(len(kinds)) as pool:
        answers = list(pool.map(lambda kind: assigned(world, kind, "同时"), kinds))
    assert any(one.ok for one in answers)
    assert all(one.ok or one.reason == "RECORD_SOURCE_ALREADY" for one in answers), {one.reason for one in answers}
    found = world.as_(CONSUMER).do("ListRecordSources", term="同时").record_sources
    assert [one.state for one in found].count(pb.RECORD_SOURCE_STATE_IN_FORCE) == 1
