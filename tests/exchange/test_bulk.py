"""Bulk deliveries: a search for a person counts the tables that left as a whole, and a correction reaches whoever received one."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from audit.bulk import BULK
from audit.model import Kind
from audit.store import IndexStore, bulk_receptions
from exchange.stream_permit import STREAM
from exchange.transfer import CHECK, QUERY, QUERY_MANY
from hub.access import ACCESS
from shuniu.v1 import brokerage_pb2, exchange_pb2, stream_pb2
from tests.exchange.streams import Said, batch, end, people, schema, sent
from tests.world import CASE, CONSUMER, KEY, OFFICER, OTHER, PROVIDER, PURPOSE, World

WHY = {"searcher": "张审", "reason": "举报核查"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        yield running


def sending(_asked: Any) -> list[Said]:
    return [schema(), batch(people(3)), batch(people(2, 3), b"2"), end()]


def streamed(world: World, grant: Any, by: str = CONSUMER) -> None:
    asked = stream_pb2.StreamRequest(grant=grant.name, purpose=PURPOSE, case_number=CASE, officer=OFFICER)
    found = list(world.as_(by).client.exchange.Stream(asked, timeout=20))
    assert found[-1].WhichOneof("part") == "end"


def searched(by: Any, key: str = KEY, **said: Any) -> Any:
    return by.do("SearchAuditRecords", subject=key, subject_domain="cn-id", **WHY, **said)


def mine(found: Any, grant: Any) -> list[Any]:
    return [one for one in found.bulk_deliveries if one.grant == grant.name]


def test_every_way_without_a_subject_is_a_bulk_delivery_and_no_other_is():
    service = exchange_pb2.DESCRIPTOR.services_by_name["ExchangeService"]
    under_grants = [one for one in service.methods if {"grant", "purpose"} <= set(one.input_type.fields_by_name)]
    without = {ACCESS[f"/{service.full_name}/{one.name}"].action for one in under_grants if "subject_key" not in one.input_type.fields_by_name}
    assert without == BULK
    assert STREAM.action in BULK
    assert not BULK & {one.action for one in (QUERY, QUERY_MANY, CHECK)}


def test_a_search_for_a_person_counts_the_tables_in_which_the_person_may_be(world: World):
    grant = sent(world, sending)
    before = searched(world.auditor())
    for _ in range(2):
        streamed(world, grant)
    found = searched(world.auditor())
    assert not [one for one in found.records if one.grant]  # they are no hits, and stand beside them
    (one,) = mine(found, grant)
    assert (one.resource, one.action, one.count, one.records) == (grant.entry, "exchange.Stream", 2, 2)
    assert (one.department, one.other_department) == (grant.consumer, grant.provider)
    assert found.bulk_count == before.bulk_count + 2
    outcomes = world.records(kind=Kind.OUTCOME, grant=grant.name)
    assert one.newest_index == outcomes[-1].index
    assert outcomes[-1].detail["holds"] == "cn-id"
    assert one.first_time.ToMicroseconds() <= one.last_time.ToMicroseconds()
    # it opens under the search, as a hit does
    opened = world.auditor().do("GetAuditRecord", index=one.newest_index, search_index=found.search_index)
    assert opened.action == "exchange.Stream"


def test_nobody_searched_for_and_no_other_kind_of_number_counts_nothing(world: World):
    streamed(world, sent(world, sending))
    assert not world.auditor().do("SearchAuditRecords", case_number=CASE, **WHY).bulk_count
    found = world.auditor().do("SearchAuditRecords", subject=world.member(PROVIDER).department, subject_domain="uscc", **WHY)
    assert (found.bulk_count, len(found.bulk_deliveries)) == (0, 0)


def test_a_department_sees_what_it_received_or_provided_and_nothing_else(world: World):
    grant = sent(world, sending)
    streamed(world, grant)
    for by in (world.as_(CONSUMER), world.member(PROVIDER)):
        assert [one.count for one in mine(searched(by), grant)] == [1]
    stranger = searched(world.member(OTHER))
    assert (stranger.bulk_count, len(stranger.bulk_deliveries)) == (0, 0)


def test_the_other_filters_hold_for_bulk_deliveries_too(world: World):
    grant = sent(world, sending)
    streamed(world, grant)
    assert mine(searched(world.auditor(), case_number=CASE), grant)
    assert mine(searched(world.auditor(), officer=OFFICER), grant)
    assert not searched(world.auditor(), case_number="another case").bulk_count
    assert not mine(searched(world.auditor(), department=world.member(OTHER).department), grant)


def test_a_delivery_that_began_before_what_is_searched_counts_as_one(world: World):
    grant = sent(world, lambda asked: [schema(), batch(people(2, 3), b"2"), end()] if asked.cursor else sending(asked))
    asked = stream_pb2.StreamRequest(grant=grant.name, purpose=PURPOSE, case_number=CASE, officer=OFFICER)
    auditor = world.auditor()
    _, first, *_ = world.as_(CONSUMER).client.exchange.Stream(asked, timeout=20)
    asked.resume_token = first.frame.resume_token
    with world.later(timedelta(hours=1)):
        since = world.clock.now()
        assert list(world.as_(CONSUMER).client.exchange.Stream(asked, timeout=20))[-1].end.rows == 2
        (one,) = mine(searched(auditor, from_time=since), grant)
        assert (one.count, one.records) == (1, 1)


def test_a_stream_of_which_nothing_left_is_no_delivery(world: World):
    grant = sent(world, lambda _asked: [schema(), end()])
    streamed(world, grant)
    assert world.records(kind=Kind.OUTCOME, grant=grant.name)
    assert not mine(searched(world.auditor()), grant)


def test_the_index_says_what_the_records_say(world: World):
    grant = sent(world, sending)
    streamed(world, grant)
    behind = mine(searched(world.auditor()), grant)
    until = time.monotonic() + 10
    while not _is_indexed(world, world.log_size):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert mine(searched(world.auditor()), grant) == behind


def _is_indexed(world: World, size: int) -> bool:
    with world.hub.db.read() as tx:
        return IndexStore(tx).size() >= size


def test_a_correction_reaches_who_received_the_table_and_waits_for_the_acknowledgement(world: World):
    grant = sent(world, sending)
    streamed(world, grant)
    objector = world.member(OTHER)
    content = brokerage_pb2.Objection(
        target=brokerage_pb2.OBJECTION_TARGET_RECORD,
        resource=grant.entry,
        subject_key=KEY,
        statement="住址与户口簿不一致",
        officer="SC-1",
    )
    objection = objector.do("FileObjection", objection=content)
    owner = next(one for one in world._members.values() if one.department == grant.provider)
    objection = owner.do("VerifyObjection", name=objection.name, etag=objection.etag, officer="GA-1")
    objection = owner.do("CorrectObjection", name=objection.name, etag=objection.etag, outcome="住址已更正", officer="GA-1")
    assert objection.notice_count == 1
    consumer = world.as_(CONSUMER)
    (notice,) = consumer.do("ListCorrectionNotices", objection=objection.name).correction_notices
    assert (notice.access_count, notice.bulk_count, list(notice.bulk_grants)) == (0, 1, [grant.name])
    assert not notice.log_indexes
    (seen,) = owner.do("ListCorrectionNotices", objection=objection.name).correction_notices
    assert (seen.access_count, seen.bulk_count) == (0, 1)
    consumer.do("AcknowledgeCorrectionNotice", name=notice.name, etag=notice.etag, officer=OFFICER)
    assert owner.do("GetObjection", name=objection.name).acknowledged_count == 1


def test_a_table_that_is_leaving_right_now_counts_for_a_correction(world: World):
    grant = sent(world, lambda _asked: [schema(), batch(people(3)), batch(people(2, 3), b"2"), 8.0, end()])
    asked = stream_pb2.StreamRequest(grant=grant.name, purpose=PURPOSE, case_number=CASE, officer=OFFICER)
    call = world.as_(CONSUMER).client.exchange.Stream(asked, timeout=20)
    assert [next(call).WhichOneof("part") for _ in range(2)] == ["schema", "frame"]
    with world.hub.db.read() as tx:
        (given,) = bulk_receptions(tx, grant.entry, "cn-id")
    assert (given.department, given.grant, given.count) == (grant.consumer, grant.name, 0)
    call.close()
