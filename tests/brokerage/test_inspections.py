"""Inspections of grants (Decree 809 art. 29) through a real hub: what they show, whom they name, and what each look leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import pytest
from grpc import StatusCode
from hypothesis import given
from hypothesis import strategies as st

from audit.model import Kind
from brokerage.actions import inspections
from brokerage.model.inspection import Use, count_uses
from hub.access import Duty
from hub.clock import day_in_china
from tests.brokerage.given import MONDAY
from tests.world import AUDITOR, AUTHORITY, CONSUMER, KEY, OFFICER, OTHER, PROVIDER, World

LOOK: Final[dict[str, Any]] = {"officer": "GA-0001", "reason": "年度检查使用情况"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        running.member(AUDITOR, roles=("auditor",))
        yield running


def use(world: World, grant: Any, **changed: Any) -> Any:
    today = day_in_china(world.clock.now()).isoformat()
    said = {
        "grant": grant.name, "begin_date": today, "end_date": today, "scenario": "低保核对", "process": "窗口逐件核对", "effect": "减少证明材料",
        "storage": "业务库", "destruction": "尚未销毁", "officer": OFFICER, **changed,
    }  # fmt: skip
    return world.as_(CONSUMER).do("RecordUse", use_record=said)


def test_provider_authority_and_auditor_see_records_and_counts_and_nobody_in_them(world: World):
    grant, consumer = world.grant(), world.as_(CONSUMER)
    record = use(world, grant)
    for _ in range(3):
        consumer.query(grant)
    consumer.query(grant, purpose="640000-other")
    for kind in (PROVIDER, AUTHORITY, AUDITOR):
        found = world.as_(kind).do("InspectGrant", name=grant.name, **LOOK)
        assert [one.name for one in found.use_records] == [record.name]
        assert (found.uses.answered, found.uses.refused, found.uses.is_cut, found.more_use_records) == (3, 1, False, False)
        (day,) = found.uses.days
        assert (day.day, day.answered, day.refused) == (day_in_china(world.clock.now()).isoformat(), 3, 1)
        assert [(list(one.duties), one.answered, one.refused) for one in found.uses.duties] == [([], 3, 1)]
        assert found.uses.HasField("is_cut")
        assert KEY not in str(found)
        assert OFFICER not in str(found.uses)


def test_each_look_is_a_record_with_officer_and_reason_and_the_consumer_is_told(world: World):
    grant, consumer = world.grant(), world.as_(CONSUMER)
    inspectors = [world.as_(kind) for kind in (PROVIDER, AUTHORITY, AUDITOR)]
    for by in inspectors:
        found = by.do("InspectGrant", name=grant.name, **LOOK)
        look = world.records(found.look_index)[0]
        assert (look.kind, look.action, look.actor.officer) == (Kind.SEARCH, "brokerage.InspectGrant", "GA-0001")
        assert (look.actor.department, look.other) == (by.department, consumer.department)
        assert (look.reason, look.resource, look.grant) == (LOOK["reason"], grant.name, grant.name)
    told = [one for one in consumer.do("ListNotices").notices if one.kind == "grant_inspected" and one.resource == grant.name]
    assert sorted(one.facts["department"] for one in told) == sorted(one.department for one in inspectors)


def test_nothing_is_shown_of_which_no_record_is_durable(world: World, monkeypatch: pytest.MonkeyPatch):
    grant = world.grant()
    seen: list[object] = []
    monkeypatch.setattr(inspections, "count_of", lambda *_: seen.append(1))
    monkeypatch.setattr("audit.log.AuditLog.write", lambda *_: 1 / 0)
    assert world.as_(PROVIDER).call("InspectGrant", name=grant.name, **LOOK).code is StatusCode.INTERNAL
    assert seen == []


@pytest.mark.parametrize(
    "parts", [{"officer": "GA-0001"}, {"reason": "年度检查"}, {"officer": ".", "reason": "年度检查"}, {"officer": "GA-1", "reason": KEY}]
)
def test_an_inspection_says_who_and_why(world: World, parts: dict[str, Any]):
    grant, size = world.grant(), world.log_size
    refused = world.as_(PROVIDER).call("InspectGrant", name=grant.name, **parts)
    assert refused.code is StatusCode.INVALID_ARGUMENT
    assert world.records(size, Kind.SEARCH) == []


def test_neither_the_consumer_nor_a_stranger_inspects_and_the_stranger_hears_of_no_grant(world: World):
    grant = world.grant()
    assert world.as_(CONSUMER).call("InspectGrant", name=grant.name, **LOOK).reason == "INSPECTS_ITSELF"
    for name in (grant.name, "grants/01k0000000000000000000000z"):
        assert world.as_(OTHER).call("InspectGrant", name=name, **LOOK).code is StatusCode.NOT_FOUND
    assert world.as_(PROVIDER).call("InspectGrant", name="grants/x", **LOOK).code is StatusCode.INVALID_ARGUMENT


def test_provider_and_authority_do_not_list_records_past_the_log(world: World):
    grant = world.grant()
    use(world, grant)
    for kind in (PROVIDER, AUTHORITY):
        refused = world.as_(kind).call("ListUseRecords", grant=grant.name)
        assert (refused.reason, grant.name in refused.message) == ("INSPECT_INSTEAD", True)
    assert world.as_(OTHER).call("ListUseRecords", grant=grant.name).code is StatusCode.NOT_FOUND
    file = world.as_(PROVIDER).do("GetCaseFile", name=grant.name)
    assert file.use_record_count == 1
    assert "减少证明材料" not in str(file)


def test_an_inspection_shows_misuse_mending_and_disposal(world: World):
    grant, provider = world.grant(), world.as_(PROVIDER)
    misuse = {"ground": "SUSPENSION_GROUND_MISUSE", "mend_days": 5, "reason": "超出办理事项", "officer": "GA-1"}
    grant = provider.do("SuspendGrant", name=grant.name, etag=grant.etag, **misuse)
    grant = provider.do("ResumeGrant", name=grant.name, etag=grant.etag, reason="已整改", officer="GA-1")
    grant = provider.do("SuspendGrant", name=grant.name, etag=grant.etag, reason="系统维护", officer="GA-1")
    grant = world.as_(CONSUMER).do("RevokeGrant", name=grant.name, etag=grant.etag, reason="不再需要", officer=OFFICER)
    found = provider.do("InspectGrant", name=grant.name, **LOOK)
    (one,) = found.misuses
    assert (one.department, one.reason, one.HasField("mend_due_time")) == (provider.department, "超出办理事项", True)
    assert provider.do("GetDecision", name=one.decision).action == "brokerage.SuspendGrant"
    assert found.grant.disposal.state
    assert found.grant.HasField("end_time")


def test_the_duties_of_officers_are_counted_and_the_officers_not_named(world: World):
    grant, consumer = world.grant(), world.as_(CONSUMER)
    duties = ["DUTY_REQUESTS", "DUTY_CORRECTIONS"]
    consumer.do("CreateOfficer", department=consumer.department, number="MZ-7007", display_name="王敏", duties=duties, officer=OFFICER)
    consumer.query(grant, officer="MZ-7007")
    consumer.query(grant, officer="MZ-7007")
    consumer.query(grant)
    found = world.as_(AUTHORITY).do("InspectGrant", name=grant.name, **LOOK)
    assert [(list(one.duties), one.answered) for one in found.uses.duties] == [(["corrections", "requests"], 2), ([], 1)]
    assert "MZ-7007" not in str(found.uses)


def test_counts_that_are_cut_say_so_and_since_when_they_are_whole(world: World, monkeypatch: pytest.MonkeyPatch):
    grant, consumer = world.grant(), world.as_(CONSUMER)
    monkeypatch.setattr(inspections, "_PORTION", 2)
    monkeypatch.setattr(inspections, "MOST_COUNTED", 4)
    for _ in range(6):
        with world.later(timedelta(seconds=1)):
            consumer.query(grant)
        world.clock.advance(timedelta(seconds=1))
    found = world.as_(PROVIDER).do("InspectGrant", name=grant.name, **LOOK)
    assert (found.uses.is_cut, found.uses.answered) == (True, 3)
    assert found.uses.since.ToDatetime() > grant.start_time.ToDatetime()
    monkeypatch.setattr(inspections, "MOST_COUNTED", 50)
    whole = world.as_(PROVIDER).do("InspectGrant", name=grant.name, **LOOK)
    assert (whole.uses.is_cut, whole.uses.answered) == (False, 6)  # pages read behind each other miss none


USES = st.lists(st.builds(Use, st.integers(0, 60).map(lambda hours: MONDAY + timedelta(hours=hours)), st.sampled_from("abc"), st.booleans()))


@given(USES)
def test_counts_by_day_and_by_duty_add_up_to_the_same(uses: list[Use]):
    counted = count_uses(uses, {"a": frozenset({Duty.REQUESTS}), "b": frozenset()}, MONDAY, is_cut=False)
    for parts in (counted.days, counted.duties):
        assert (sum(one.answered for one in parts), sum(one.refused for one in parts)) == (counted.answered, counted.refused)
    assert counted.answered + counted.refused == len(uses)
    assert [one.day for one in counted.days] == sorted({one.day for one in counted.days})
    assert len({one.duties for one in counted.duties}) == len(counted.duties)
