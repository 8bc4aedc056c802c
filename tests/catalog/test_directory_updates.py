"""An entry follows a change of law or duties within the time that the law gives (Decree 809 art. 17), through a real hub."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from grpc import StatusCode

from catalog.model.directory_update import (
    LONGEST_AGO,
    UPDATE_PROCEDURE,
    DirectoryUpdate,
    UpdateContent,
    UpdateState,
    UpdateStep,
    beginning_of,
    update_waits,
)
from hub.clock import day_in_china
from hub.errors import ShuniuError
from shuniu.v1 import catalog_pb2, clock_pb2
from shuniu.v1 import directory_update_pb2 as pb
from tests.world import AUTHORITY, CONSUMER, PROVIDER, RESIDENT, World

LAW = "《中华人民共和国户口登记条例》（2026年修订）"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        running.provider(lambda _key, _fields, _call: [RESIDENT])
        yield running


def said(world: World, entry: str, ago: int = 0, **changed: Any) -> pb.DirectoryUpdate:
    day = (day_in_china(world.clock.now()) - timedelta(days=ago)).isoformat()
    return pb.DirectoryUpdate(
        **{"entry": entry, "change": "登记项目调整，须增加一项", "legal_basis": LAW, "change_date": day, "officer": "GA-1", **changed}
    )


def reported(world: World, entry: str, by: str = PROVIDER, ago: int = 0, **changed: Any) -> pb.DirectoryUpdate:
    one: pb.DirectoryUpdate = world.as_(by).do("ReportDirectoryUpdate", directory_update=said(world, entry, ago, **changed))
    return one


def on(one: pb.DirectoryUpdate, **more: Any) -> dict[str, Any]:
    return {"name": one.name, "etag": one.etag, "officer": "GA-1", **more}


def read(world: World, one: pb.DirectoryUpdate) -> pb.DirectoryUpdate:
    found: pb.DirectoryUpdate = world.as_(PROVIDER).do("GetDirectoryUpdate", name=one.name)
    return found


def revised(world: World, entry: Any) -> Any:
    owner = world.as_(PROVIDER)
    newest = owner.do("GetEntry", name=entry.name)
    draft = owner.do("ReviseEntry", name=entry.name, etag=newest.etag, reason="依法更新")
    sent = owner.do("SubmitEntry", name=entry.name, etag=draft.etag, reason="依法更新", officer="GA-1")
    return world.as_(AUTHORITY).do("PublishEntry", name=entry.name, etag=sent.etag, officer="SJ-1")


def steps(world: World, kind: str, name: str) -> set[str]:
    return {one.step for one in world.as_(kind).do("ListWork", resource=name).work}


def test_a_change_of_law_is_the_provider_s_work_for_ten_working_days_and_a_version_meets_it(world: World):
    entry = world.entry()
    one = reported(world, entry.name)
    assert (one.state, one.provider, one.filer) == (pb.DIRECTORY_UPDATE_STATE_DUE, entry.provider, entry.provider)
    assert (one.clock.id, one.clock.working_days, one.clock.verified) == ("directory-update", 10, False)
    assert "第十七条" in one.clock.citation
    (work,) = world.as_(PROVIDER).do("ListWork", resource=one.name).work
    assert (work.step, work.days_left, "第十七条" in work.article) == ("CatalogService/SubmitEntry", 10, True)
    published = revised(world, entry)
    done = read(world, one)
    assert (done.state, done.version) == (pb.DIRECTORY_UPDATE_STATE_DONE, published.version)
    assert not steps(world, PROVIDER, one.name)
    assert [record.action for record in world.records() if record.resource == one.name] == [
        "catalog.ReportDirectoryUpdate",
        "catalog.FulfilDirectoryUpdate",
    ]


def test_a_withdrawn_entry_owes_nothing_more(world: World):
    entry = world.entry()
    one = reported(world, entry.name)
    world.as_(PROVIDER).do("WithdrawEntry", name=entry.name, etag=entry.etag, reason="职责取消", officer="GA-1")
    done = read(world, one)
    assert (done.state, done.version) == (pb.DIRECTORY_UPDATE_STATE_DONE, 0)


def test_a_version_that_was_submitted_before_the_change_does_not_meet_it(world: World):
    entry = world.entry()
    owner = world.as_(PROVIDER)
    draft = owner.do("ReviseEntry", name=entry.name, etag=entry.etag, reason="日常修订")
    sent = owner.do("SubmitEntry", name=entry.name, etag=draft.etag, reason="日常修订", officer="GA-1")
    with world.later(timedelta(days=2)):
        one = reported(world, entry.name)
        world.as_(AUTHORITY).do("PublishEntry", name=entry.name, etag=sent.etag, officer="SJ-1")
        assert read(world, one).state == pb.DIRECTORY_UPDATE_STATE_DUE


def test_the_authority_may_report_too_and_its_report_is_not_for_the_provider_to_take_back(world: World):
    entry = world.entry()
    one = reported(world, entry.name, AUTHORITY)
    assert one.filer == world.member(AUTHORITY).department
    refused = world.as_(PROVIDER).call("WithdrawDirectoryUpdate", **on(one, reason="不认可"))
    assert (refused.code, refused.reason) == (StatusCode.PERMISSION_DENIED, "UPDATE_OF_OTHER_PARTY")
    back = world.as_(AUTHORITY).do("WithdrawDirectoryUpdate", **on(one, reason="误报"))
    assert (back.state, back.reason) == (pb.DIRECTORY_UPDATE_STATE_WITHDRAWN, "误报")
    assert [each.kind for each in world.as_(PROVIDER).do("ListNotices", resource=one.name).notices] == ["directory_update_withdrawn"]
    again = world.as_(AUTHORITY).call("WithdrawDirectoryUpdate", **on(back, reason="误报"))
    assert again.reason == "ILLEGAL_STATE"


def test_more_time_is_asked_for_once_five_days_at_most_and_the_authority_decides(world: World):
    one = reported(world, world.entry().name)
    owner, ruler = world.as_(PROVIDER), world.as_(AUTHORITY)
    early = ruler.call("AllowUpdateExtension", **on(one, reason="同意"))
    assert early.reason == "NO_EXTENSION_ASKED"
    long = owner.call("RequestUpdateExtension", **on(one, reason="系统改造", working_days=6))
    assert (long.code, long.error.field) == (StatusCode.INVALID_ARGUMENT, "working_days")
    one = owner.do("RequestUpdateExtension", **on(one, reason="系统改造"))
    assert (one.extension.state, one.extension.working_days) == (clock_pb2.EXTENSION_STATE_REQUESTED, 5)
    assert steps(world, AUTHORITY, one.name) == {"CatalogService/AllowUpdateExtension"}
    assert owner.call("AllowUpdateExtension", **on(one, reason="自行同意")).code is StatusCode.PERMISSION_DENIED
    longer = ruler.do("AllowUpdateExtension", **on(one, reason="情况属实"))
    assert longer.clock.due_time.ToDatetime() > one.clock.due_time.ToDatetime()
    assert [each.kind for each in owner.do("ListNotices", resource=one.name).notices] == ["update_extension_allowed"]
    assert owner.call("RequestUpdateExtension", **on(longer, reason="再延")).reason == "EXTENSION_TWICE"
    assert ruler.call("RefuseUpdateExtension", **on(longer, reason="不同意")).reason == "EXTENSION_DECIDED"


def test_what_is_refused_more_time_is_due_when_it_was(world: World):
    one = reported(world, world.entry().name)
    asked = world.as_(PROVIDER).do("RequestUpdateExtension", **on(one, reason="系统改造", working_days=2))
    refused = world.as_(AUTHORITY).do("RefuseUpdateExtension", **on(asked, reason="理由不充分"))
    assert (refused.extension.state, refused.clock.due_time) == (clock_pb2.EXTENSION_STATE_REFUSED, one.clock.due_time)


def test_what_is_over_is_on_the_log_once_goes_to_the_authority_and_can_still_be_made(world: World):
    entry = world.entry()
    one = reported(world, entry.name)
    with world.later(timedelta(days=30)):
        at = world.clock.now()
        assert one.name in {each.name for each in world.hub.catalog.updates.sweep(at)}
        assert not world.hub.catalog.updates.sweep(at)
        world.hub.reminders.sweep(at)
        late = world.as_(AUTHORITY).do("ListWork", resource=one.name, escalated=True).work
        assert [each.step for each in late] == ["CatalogService/SubmitEntry"]
        assert [record.action for record in world.records() if record.resource == one.name][-1] == "catalog.ExpireDirectoryUpdate"
        revised(world, entry)
        assert read(world, one).state == pb.DIRECTORY_UPDATE_STATE_DONE


def test_the_time_runs_from_the_day_of_the_change_however_late_it_is_reported(world: World):
    today, late = reported(world, world.entry().name), reported(world, world.entry().name, ago=40)
    assert late.clock.due_time.ToDatetime() < today.clock.due_time.ToDatetime() - timedelta(days=30)
    assert late.clock.days_left < 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"change_date": "2027-01-01"}, "directory_update.change_date"),
        ({"change_date": "2020-01-01"}, "directory_update.change_date"),
        ({"change_date": "20260302"}, "directory_update.change_date"),
        ({"change_date": ""}, "directory_update.change_date"),
        ({"change": ""}, "directory_update.change"),
        ({"change": "张三640101199003070015户籍变更"}, "directory_update.change"),
        ({"legal_basis": " "}, "directory_update.legal_basis"),
        ({"officer": ""}, "officer"),
        ({"entry": "grants/01k8v3m2q9xh4tbn7zr5wdyfca"}, "directory_update.entry"),
    ],
)
def test_bad_input_is_told_at_its_field(world: World, changed: dict[str, Any], field: str):
    entry = changed.pop("entry", world.usual_entry.name)
    refused = world.as_(PROVIDER).call("ReportDirectoryUpdate", directory_update=said(world, entry, **changed))
    assert (refused.code, refused.error.field) == (StatusCode.INVALID_ARGUMENT, field)


def test_nobody_else_reports_or_sees_it_and_the_same_change_is_reported_once(world: World):
    entry = world.entry()
    one = reported(world, entry.name)
    stranger = world.as_(CONSUMER)
    refused = stranger.call("ReportDirectoryUpdate", directory_update=said(world, entry.name))
    assert refused.reason == "UPDATE_OF_OTHER_PARTY"
    assert stranger.call("GetDirectoryUpdate", name=one.name).code is StatusCode.NOT_FOUND
    assert one.name not in {each.name for each in stranger.do("ListDirectoryUpdates").directory_updates}
    twice = world.as_(AUTHORITY).call("ReportDirectoryUpdate", directory_update=said(world, entry.name))
    assert (twice.code, twice.reason) == (StatusCode.ALREADY_EXISTS, "UPDATE_DUE_ALREADY")
    assert reported(world, entry.name, legal_basis="《三定规定》").name != one.name
    draft = world.as_(PROVIDER).do("ReviseEntry", name=entry.name, etag=entry.etag, reason="修订")
    assert draft.state == catalog_pb2.ENTRY_STATE_DRAFT
    assert reported(world, entry.name, legal_basis="另一法规").state == pb.DIRECTORY_UPDATE_STATE_DUE  # one in preparation changes nothing


def test_an_entry_owes_twenty_updates_at_most(world: World):
    entry = world.entry()
    for number in range(20):
        reported(world, entry.name, legal_basis=f"第{number}号文件")
    refused = world.as_(PROVIDER).call("ReportDirectoryUpdate", directory_update=said(world, entry.name))
    assert refused.reason == "TOO_MANY_UPDATES"


def test_a_request_sent_twice_reports_once(world: World):
    entry = world.entry()
    first, second = (
        world.as_(PROVIDER).do("ReportDirectoryUpdate", directory_update=said(world, entry.name), request_id="update-1") for _ in range(2)
    )
    assert first == second


MONDAY = beginning_of(date(2026, 3, 2)) + timedelta(hours=9)
UPDATE = DirectoryUpdate(
    id="01k8v3m2q9xh4tbn7zr5wdyfca",
    entry="entries/01k8v3m2q9xh4tbn7zr5wdyfcb",
    provider="11640000XB0000027C",
    filer="11640000XB0000027C",
    change="x",
    legal_basis="x",
    change_date=date(2026, 3, 2),
    officer="GA-1",
    create_time=MONDAY,
)


@pytest.mark.parametrize("state", UpdateState)
def test_only_what_is_due_waits_for_anybody(state: UpdateState):
    assert bool(update_waits(replace(UPDATE, state=state))) is (state is UpdateState.DUE)
    assert (UPDATE_PROCEDURE.next.get((state, UpdateStep.FULFIL)) is None) is (state is not UpdateState.DUE)


def test_a_provider_that_is_closed_owes_nothing_and_a_successor_owes_it_on():
    assert UPDATE.pass_to("11640000XB00000432", "合并", MONDAY).provider == "11640000XB00000432"
    ended = UPDATE.pass_to("", "撤销", MONDAY)
    assert (ended.state, ended.reason, ended.end_time) == (UpdateState.ENDED, "撤销", MONDAY)


def test_a_day_in_the_future_or_a_year_ago_is_no_change_to_report():
    assert timedelta(days=366) == LONGEST_AGO
    with pytest.raises(ShuniuError):
        UpdateContent(entry="entries/x", change="", legal_basis="x", change_date=date.max, officer="GA-1")
