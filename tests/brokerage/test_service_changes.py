"""The entry stays the rule: what becomes of running grants when their entry gives less, or nothing (findings 1 and K7; Decree 809 art. 27)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest
from grpc import StatusCode

from brokerage.model.service_change_procedure import NEXT, SERVICE_CHANGE_PROCEDURE, ServiceChangeState, ServiceChangeStep
from hub.clock import day_in_china
from hub.errors import IllegalStateError
from shuniu.v1 import brokerage_pb2, catalog_pb2
from shuniu.v1 import service_change_pb2 as pb
from tests.world import AUTHORITY, CONSUMER, KEY, OTHER, PROVIDER, RESIDENT, World, a_field

LAW = "《中华人民共和国个人信息保护法》第六条"
MASKED = (a_field("id_number", key=True, personal=True), a_field("name", personal=True, mask="keep:1,0"))
FIRST = (a_field("id_number", key=True, personal=True), a_field("name", personal=True))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        running.provider(lambda key, _fields, _call: [RESIDENT] if key == KEY else [])
        yield running


def running_grant(world: World, fields=FIRST, **said):
    """Return an entry of its own with a live grant on it."""
    entry = world.entry(fields=fields, **said)
    return entry, world.grant(entry, fields=[field.name for field in fields])


def revise(world: World, entry, basis="", reason="调整共享范围", **changed):
    """Have a version with less published, as provider and authority do."""
    provider, authority = world.as_(PROVIDER), world.as_(AUTHORITY)
    newest = provider.do("GetEntry", name=entry.name)
    draft = provider.do("ReviseEntry", name=entry.name, etag=newest.etag, reason=reason)
    content = catalog_pb2.Entry()
    content.CopyFrom(draft)
    for name, value in changed.items():
        if name == "fields":
            del content.fields[:]
            content.fields.extend(value)
        else:
            setattr(content, name, value)
    draft = provider.do("UpdateEntry", entry=content)
    sent = provider.do("SubmitEntry", name=entry.name, etag=draft.etag, reason=reason, officer="GA-1", change_basis=basis)
    return authority.do("PublishEntry", name=entry.name, etag=sent.etag, officer="SJ-1")


def change_of(world: World, entry):
    found = [one for one in world.as_(PROVIDER).do("ListServiceChanges").service_changes if one.entry == entry.name]
    return found[0]


def take(world: World, kind: str, rpc: str, change, **said):
    return world.as_(kind).do(rpc, name=change.name, etag=change.etag, officer="GA-1", **said)


def carried_out(world: World, change, days=3):
    """Consult, file and admit a change; return it with the time until it holds."""
    for consumer in list(change.consumers):
        change = take(world, CONSUMER, "ReplyToServiceChange", change, agrees=True)
        assert consumer in {one.consumer for one in change.replies}
    day = (day_in_china(world.clock.now()) + timedelta(days=days)).isoformat()
    change = take(world, PROVIDER, "FileServiceChange", change, effect_date=day, reason="已与使用部门协商一致")
    return take(world, AUTHORITY, "AdmitServiceChange", change, reason="同意报备")


def test_finding_1_an_entry_that_is_shared_no_longer_ends_its_grants_after_consultation_filing_and_on_a_date(world: World):
    entry, grant = running_grant(world)
    closed = {"share_type": catalog_pb2.SHARE_TYPE_REFUSED, "share_condition": "", "refusal_reason": "涉及个人隐私", "refusal_basis": LAW}
    published = revise(world, entry, **closed)
    assert published.version == 2
    change = change_of(world, entry)
    assert (change.kind, change.state, change.version, change.grant_count) == (pb.SERVICE_CHANGE_KIND_END, pb.SERVICE_CHANGE_STATE_CONSULTING, 2, 1)
    assert world.as_(CONSUMER).query(grant).ok  # it runs on: nobody was consulted yet
    waiting = {one.step for one in world.as_(CONSUMER).do("ListWork").work if one.resource == change.name}
    assert waiting == {"BrokerageService/ReplyToServiceChange"}
    refused = world.as_(PROVIDER).call("CallOffServiceChange", name=change.name, etag=change.etag, reason="收回", officer="GA-1")
    assert refused.reason == "CALL_OFF_NEVER"
    late = world.as_(CONSUMER).call("CreateDataRequest", data_request=world.as_(CONSUMER).do("GetDataRequest", name=grant.data_request))
    assert not late.ok or world.as_(CONSUMER).call("SubmitDataRequest", name=late.answer.name, etag=late.answer.etag).answer.grant == ""
    carried_out(world, change)
    assert world.as_(CONSUMER).query(grant).ok
    with world.later(timedelta(days=3)):
        refused = world.as_(CONSUMER).query(grant)
        assert (refused.code, refused.reason) == (StatusCode.FAILED_PRECONDITION, "SERVICE_ENDED")
        assert "version 2" in refused.message
        assert "第二十七条" in refused.error.message_zh
        world.hub.brokerage.sweep_service_changes(world.clock.now())
        assert world.as_(CONSUMER).do("GetGrant", name=grant.name).state == brokerage_pb2.GRANT_STATE_ENDED
        assert change_of(world, entry).state == pb.SERVICE_CHANGE_STATE_IN_EFFECT
        assert world.as_(CONSUMER).query(grant).reason == "SERVICE_ENDED"


def told_of_less(world: World, kind: str, entry):
    return [one for one in world.as_(kind).do("ListNotices", resource=entry.name).notices if one.kind == "entry_gives_less"]


def test_whoever_submits_or_reviews_a_version_that_gives_less_is_told_how_many_grants_it_concerns_before_it_is_published(world: World):
    entry, _ = running_grant(world)
    owner = world.as_(PROVIDER)
    draft = owner.do("ReviseEntry", name=entry.name, etag=entry.etag, reason="更改说明")
    draft.abstract = "仅改动说明"
    draft = owner.do("UpdateEntry", entry=draft)
    sent = owner.do("SubmitEntry", name=draft.name, etag=draft.etag, reason="更改说明", officer="GA-1")
    assert not told_of_less(world, AUTHORITY, entry)  # it takes nothing away
    back = world.as_(AUTHORITY).do("ReturnEntry", name=sent.name, etag=sent.etag, reason="请补充", officer="SJ-1")
    back.share_type, back.share_condition, back.refusal_reason, back.refusal_basis = catalog_pb2.SHARE_TYPE_REFUSED, "", "涉及个人隐私", LAW
    draft = owner.do("UpdateEntry", entry=back)
    owner.do("SubmitEntry", name=draft.name, etag=draft.etag, reason="不再共享", officer="GA-1")
    for kind in (AUTHORITY, PROVIDER):
        (notice,) = told_of_less(world, kind, entry)
        assert dict(notice.facts) == {"version": "2", "grants": "1"}
    assert not told_of_less(world, CONSUMER, entry)
    seen = world.as_(AUTHORITY).do("ListAffectedGrants", entry=entry.name)
    assert seen.total == 1


def test_a_withdrawn_entry_ends_its_grants_in_the_same_way(world: World):
    entry, grant = running_grant(world)
    newest = world.as_(PROVIDER).do("GetEntry", name=entry.name)
    seen = world.as_(PROVIDER).do("ListAffectedGrants", entry=entry.name, withdrawal=True)
    assert [(one.grant, one.ended) for one in seen.grants] == [(grant.name, True)]
    world.as_(PROVIDER).do("WithdrawEntry", name=entry.name, etag=newest.etag, reason="机构改革", officer="GA-1")
    change = change_of(world, entry)
    assert world.as_(CONSUMER).query(grant).ok
    carried_out(world, change)
    with world.later(timedelta(days=3)):
        assert world.as_(CONSUMER).query(grant).reason == "SERVICE_ENDED"


def test_k7_a_stricter_mask_and_a_dropped_field_hold_at_once_where_a_legal_ground_is_named(world: World):
    entry, grant = running_grant(world)
    consumer = world.as_(CONSUMER)
    assert consumer.query(grant).answer.records[0].fields["name"].string_value == "王小明"
    revise(world, entry, basis=LAW, fields=MASKED)
    answer = consumer.query(grant).answer
    assert answer.records[0].fields["name"].string_value == "王**"
    assert list(answer.masked_fields) == ["name"]
    revise(world, entry, basis=LAW, fields=MASKED[:1])
    assert consumer.query(grant, fields=["name"]).reason == "FIELD_TAKEN"
    rest = consumer.query(grant)
    assert list(rest.answer.records[0].fields) == ["id_number"]
    change = change_of(world, entry)
    assert (change.state, change.basis) == (pb.SERVICE_CHANGE_STATE_IN_EFFECT, LAW)


def test_without_a_ground_a_stricter_version_holds_after_the_consultation(world: World):
    entry, grant = running_grant(world)
    consumer = world.as_(CONSUMER)
    revise(world, entry, fields=MASKED)
    assert consumer.query(grant).answer.records[0].fields["name"].string_value == "王小明"
    carried_out(world, change_of(world, entry))
    with world.later(timedelta(days=3)):
        assert consumer.query(grant).answer.records[0].fields["name"].string_value == "王**"


def test_a_version_that_is_not_stricter_changes_nothing_and_opens_nothing(world: World):
    entry, grant = running_grant(world)
    revise(world, entry, fields=(*FIRST, a_field("address", personal=True, nullable=True)))
    assert not [one for one in world.as_(PROVIDER).do("ListServiceChanges").service_changes if one.entry == entry.name]
    assert world.as_(CONSUMER).query(grant, fields=["address"]).reason == "FIELD_NOT_GRANTED"


def test_what_a_publication_would_take_is_listed_before_it_to_provider_and_authority_alone(world: World):
    entry, grant = running_grant(world)
    provider = world.as_(PROVIDER)
    newest = provider.do("GetEntry", name=entry.name)
    draft = provider.do("ReviseEntry", name=entry.name, etag=newest.etag, reason="最小必要")
    content = catalog_pb2.Entry()
    content.CopyFrom(draft)
    content.fields[1].mask = "keep:1,0"
    provider.do("UpdateEntry", entry=content)
    for kind in (PROVIDER, AUTHORITY):
        found = world.as_(kind).do("ListAffectedGrants", entry=entry.name)
        assert [(one.grant, dict(one.masks), one.ended) for one in found.grants] == [(grant.name, {"name": "keep:1,0"}, False)]
        assert found.total == 1
    assert world.as_(CONSUMER).call("ListAffectedGrants", entry=entry.name).code in {StatusCode.PERMISSION_DENIED, StatusCode.NOT_FOUND}


def test_a_weak_ground_is_refused(world: World):
    entry, _ = running_grant(world)
    provider = world.as_(PROVIDER)
    newest = provider.do("GetEntry", name=entry.name)
    draft = provider.do("ReviseEntry", name=entry.name, etag=newest.etag, reason="最小必要")
    said = {"name": entry.name, "etag": draft.etag, "reason": "最小必要", "officer": "GA-1"}
    assert provider.call("SubmitEntry", change_basis="本厅内部规定", **said).reason == "CHANGE_BASIS_WEAK"


def test_a_provider_ends_one_running_grant_by_proposing_it_and_not_out_of_hand(world: World):
    entry, grant = running_grant(world)
    provider = world.as_(PROVIDER)
    now = provider.do("GetGrant", name=grant.name)
    refused = provider.call("RevokeGrant", name=grant.name, etag=now.etag, reason="不再提供", officer="GA-1")
    assert refused.reason == "CONSULT_FIRST"
    change = provider.do("ProposeServiceChange", grant=grant.name, reason="业务系统下线", officer="GA-1")
    twice = provider.call("ProposeServiceChange", grant=grant.name, reason="业务系统下线", officer="GA-1")
    assert (twice.reason, change.name in twice.message) == ("SERVICE_CHANGE_OPEN", True)
    early = provider.call("FileServiceChange", name=change.name, etag=change.etag, effect_date="2099-01-01", reason="已协商", officer="GA-1")
    assert early.reason in {"CONSULTATION_OPEN", "EFFECT_DATE_WRONG"}
    carried_out(world, change)
    with world.later(timedelta(days=3)):
        assert world.as_(CONSUMER).query(grant).reason == "SERVICE_ENDED"
    _, other = running_grant(world)
    assert world.as_(CONSUMER).query(other).ok
    assert entry.name != other.entry


def test_a_change_that_is_called_off_leaves_the_grant_as_it_was(world: World):
    _, grant = running_grant(world)
    change = world.as_(PROVIDER).do("ProposeServiceChange", grant=grant.name, reason="业务系统下线", officer="GA-1")
    change = carried_out(world, change)
    take(world, PROVIDER, "CallOffServiceChange", change, reason="系统继续运行")
    with world.later(timedelta(days=5)):
        world.hub.brokerage.sweep_service_changes(world.clock.now())
        assert world.as_(CONSUMER).query(grant).ok


def test_the_provider_may_file_when_the_time_of_the_consumers_is_over(world: World):
    _, grant = running_grant(world)
    change = world.as_(PROVIDER).do("ProposeServiceChange", grant=grant.name, reason="业务系统下线", officer="GA-1")
    day = (day_in_china(world.clock.now()) + timedelta(days=60)).isoformat()
    said = {"name": change.name, "etag": change.etag, "effect_date": day, "reason": "期满未答复", "officer": "GA-1"}
    assert world.as_(PROVIDER).call("FileServiceChange", **said).reason == "CONSULTATION_OPEN"
    with world.later(timedelta(days=30)):
        world.hub.brokerage.sweep_service_changes(world.clock.now())
        change = world.as_(PROVIDER).do("GetServiceChange", name=change.name)
        steps = {one.step for one in world.as_(PROVIDER).do("ListWork").work if one.resource == change.name}
        assert steps == {"BrokerageService/FileServiceChange"}
        filed = take(world, PROVIDER, "FileServiceChange", change, effect_date=day, reason="期满未答复")
        assert filed.state == pb.SERVICE_CHANGE_STATE_FILED


@pytest.mark.parametrize("day", ["", "2020-01-01", "20990101", "2099-W01-1", "明天", "2099-13-01", "9999-12-31"])
def test_a_date_that_is_none_or_not_to_come_is_refused(world: World, day: str):
    _, grant = running_grant(world)
    change = world.as_(PROVIDER).do("ProposeServiceChange", grant=grant.name, reason="业务系统下线", officer="GA-1")
    change = take(world, CONSUMER, "ReplyToServiceChange", change, agrees=True)
    reply = world.as_(PROVIDER).call("FileServiceChange", name=change.name, etag=change.etag, effect_date=day, reason="已协商", officer="GA-1")
    if day:
        assert reply.reason == "EFFECT_DATE_WRONG"
    else:
        assert reply.ok  # none named: tomorrow


def test_a_consumer_replies_once_and_says_why_where_it_objects(world: World):
    _, grant = running_grant(world)
    change = world.as_(PROVIDER).do("ProposeServiceChange", grant=grant.name, reason="业务系统下线", officer="GA-1")
    said = {"name": change.name, "etag": change.etag, "officer": "MZ-1"}
    assert world.as_(CONSUMER).call("ReplyToServiceChange", agrees=False, **said).code is StatusCode.INVALID_ARGUMENT
    change = world.as_(CONSUMER).do("ReplyToServiceChange", agrees=False, statement="低保核对仍需使用", **said)
    again = world.as_(CONSUMER).call("ReplyToServiceChange", name=change.name, etag=change.etag, agrees=True, officer="MZ-1")
    assert again.reason == "REPLIED_ALREADY"
    assert world.as_(OTHER).call("GetServiceChange", name=change.name).code is StatusCode.NOT_FOUND


def test_a_consumer_gives_its_own_right_up(world: World):
    _, grant = running_grant(world)
    now = world.as_(CONSUMER).do("GetGrant", name=grant.name)
    given = world.as_(CONSUMER).do("RevokeGrant", name=grant.name, etag=now.etag, reason="不再需要", officer="MZ-1")
    assert given.state == brokerage_pb2.GRANT_STATE_REVOKED


@pytest.mark.parametrize(("state", "step"), list(product(ServiceChangeState, ServiceChangeStep)))
def test_no_step_leads_anywhere_outside_the_table(state, step):
    if (state, step) in NEXT:
        assert SERVICE_CHANGE_PROCEDURE.after(state, step) is NEXT[state, step]
    else:
        with pytest.raises(IllegalStateError):
            SERVICE_CHANGE_PROCEDURE.after(state, step)


def test_a_change_that_is_disputed_does_not_take_effect_while_the_dispute_is_open(world: World):
    _, grant = running_grant(world)
    consumer = world.as_(CONSUMER)
    change = carried_out(world, world.as_(PROVIDER).do("ProposeServiceChange", grant=grant.name, reason="业务系统下线", officer="GA-1"))
    opened = consumer.do("OpenDispute", dispute={"resource": change.name, "statement": "低保核对仍需使用", "officer": "MZ-1"}, request_id="d-1")
    with world.later(timedelta(days=4)):
        world.hub.brokerage.sweep_service_changes(world.clock.now())
        assert consumer.query(grant).ok
        consumer.do("WithdrawDispute", name=opened.name, etag=opened.etag, reason="已协商一致", officer="MZ-1")
        world.hub.brokerage.sweep_service_changes(world.clock.now())
        assert consumer.query(grant).reason == "SERVICE_ENDED"
