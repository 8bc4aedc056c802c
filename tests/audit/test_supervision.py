"""Finding 14: the authority supervises other departments' use of data in the log, without anybody's person (Decree 809 art. 29, 38)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from grpc import StatusCode

from audit.model import Kind
from tests.world import AUTHORITY, CASE, CONSUMER, KEY, OFFICER, OTHER, PROVIDER, World

LOOK: Final[dict[str, Any]] = {"searcher": "SJ-0001", "reason": "年度监督检查"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        yield running


def test_finding_14_the_authority_searches_and_opens_the_records_of_another_department(world: World):
    consumer = world.as_(CONSUMER)
    answered = consumer.query(world.grant())
    found = world.as_(AUTHORITY).do("SearchAuditRecords", department=consumer.department, **LOOK)
    use = next(one for one in found.records if one.index == answered.index)
    assert (use.department, use.officer, use.case_number, use.status, use.rows) == (consumer.department, OFFICER, CASE, "ok", 1)
    assert use == world.as_(AUTHORITY).do("GetAuditRecord", index=use.index, search_index=found.search_index)


def test_what_the_authority_reads_of_another_department_tells_no_person_from_another(world: World):
    consumer, authority = world.as_(CONSUMER), world.as_(AUTHORITY)
    answered = consumer.query(world.grant())
    whole = world.auditor().do("GetAuditRecord", index=answered.index, **LOOK)
    assert whole.subject_pseudonym
    assert whole.digest
    found = authority.do("SearchAuditRecords", department=consumer.department, **LOOK)
    assert any(one.index == answered.index for one in found.records)
    for one in (*found.records, authority.do("GetAuditRecord", index=answered.index, search_index=found.search_index)):
        assert (one.subject_pseudonym, one.digest) == (b"", b"")
        assert KEY not in str(one)


def test_the_authority_asks_for_nobodys_accesses_at_another_department(world: World):
    consumer, size = world.as_(CONSUMER), world.log_size
    refused = world.as_(AUTHORITY).call("SearchAuditRecords", department=consumer.department, subject=KEY, subject_domain="cn-id", **LOOK)
    assert (refused.code, refused.reason) == (StatusCode.PERMISSION_DENIED, "SUPERVISION_OF_A_PERSON")
    assert {one.kind for one in world.records(size)} == {Kind.REFUSAL}
    assert KEY not in str(world.records(size))
    assert world.as_(AUTHORITY).call("SearchAuditRecords", subject=KEY, subject_domain="cn-id", **LOOK).ok  # among its own, as before


def test_each_look_is_on_the_log_with_what_was_looked_for_and_the_department_sees_it(world: World):
    consumer, authority = world.as_(CONSUMER), world.as_(AUTHORITY)
    found = authority.do("SearchAuditRecords", department=consumer.department, case_number=CASE, **LOOK)
    look = world.records(found.search_index)[0]
    assert (look.kind, look.actor.department, look.actor.officer, look.reason) == (Kind.SEARCH, authority.department, "SJ-0001", "年度监督检查")
    assert (look.other, look.detail["department"], look.detail["case_number"]) == (consumer.department, consumer.department, CASE)
    own = consumer.do("SearchAuditRecords", searcher=OFFICER, reason="核对监督检查", page_size=500)
    assert [one.officer for one in own.records if one.index == found.search_index] == ["SJ-0001"]
    others = world.as_(OTHER).do("SearchAuditRecords", searcher=OFFICER, reason="核对监督检查", page_size=500)
    assert found.search_index not in {one.index for one in others.records}


def test_the_authority_opens_nothing_of_another_department_without_a_search_that_found_it(world: World):
    consumer, other, authority = world.as_(CONSUMER), world.as_(OTHER), world.as_(AUTHORITY)
    answered = consumer.query(world.grant())
    assert authority.call("GetAuditRecord", index=answered.index, **LOOK).code is StatusCode.NOT_FOUND
    for parts in ({}, {"department": authority.department}):
        own = authority.do("SearchAuditRecords", **parts, **LOOK)
        assert answered.index not in {one.index for one in own.records}
        assert authority.call("GetAuditRecord", index=answered.index, search_index=own.search_index).code is StatusCode.NOT_FOUND
    elsewhere = authority.do("SearchAuditRecords", department=other.department, **LOOK)
    assert authority.call("GetAuditRecord", index=answered.index, search_index=elsewhere.search_index).code is not StatusCode.OK
    found = authority.do("SearchAuditRecords", department=consumer.department, case_number="LB-none", **LOOK)
    assert authority.call("GetAuditRecord", index=answered.index, search_index=found.search_index).reason == "SEARCH_COVERS_NOT"


def test_no_member_looks_at_anothers_records_and_none_opens_them_under_the_authoritys_search(world: World):
    consumer, authority = world.as_(CONSUMER), world.as_(AUTHORITY)
    answered = consumer.query(world.grant())
    found = authority.do("SearchAuditRecords", department=consumer.department, **LOOK)
    for kind in (PROVIDER, OTHER):
        assert world.as_(kind).call("SearchAuditRecords", department=consumer.department, **LOOK).code is StatusCode.NOT_FOUND
        assert world.as_(kind).call("GetAuditRecord", index=answered.index, search_index=found.search_index).reason == "SEARCH_COVERS_NOT"


NOT_EXPLAINED: Final[tuple[dict[str, Any], ...]] = (
    {"searcher": "SJ-0001"},
    {"reason": "年度监督检查"},
    {"searcher": ".", "reason": "年度监督检查"},
    {"searcher": "SJ-1", "reason": KEY},
)


@pytest.mark.parametrize("parts", NOT_EXPLAINED)
def test_a_supervising_look_says_who_and_why(world: World, parts: dict[str, Any]):
    department = world.as_(CONSUMER).department
    assert world.as_(AUTHORITY).call("SearchAuditRecords", department=department, **parts).code is StatusCode.INVALID_ARGUMENT


def test_pages_of_a_supervising_look_go_on_and_are_looks_too(world: World):
    consumer, authority = world.as_(CONSUMER), world.as_(AUTHORITY)
    first = authority.do("SearchAuditRecords", department=consumer.department, page_size=1, **LOOK)
    more = authority.do("SearchAuditRecords", department=consumer.department, page_size=1, page_token=first.next_page_token, **LOOK)
    assert more.records[0].index < first.records[0].index
    assert more.search_index > first.search_index
