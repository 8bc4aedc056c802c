"""Chapter 2: a request that nobody answers. The hub reminds by itself, and what is over goes to the authority.

The hub's clock began some weeks ago (`late_hub`). Here it is moved on to half of the time, to the day before its end, and to the present.
"""

from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from cli.demo.expectation import StoryError, expect
from cli.demo.papers import ISSUE_ITEM
from cli.demo.story import AUTHORITY_OFFICER, MARKET_OFFICER, POLICE_OFFICER, Story
from cli.running import MACHINE
from hub.clock import day_in_china
from shuniu.client import Client
from shuniu.v1 import brokerage_pb2 as pb
from shuniu.v1 import work_pb2
from shuniu.words import value_words
from shuniu.zone import CHINA
from timing.calendar import shipped_calendar

LATE: Final = timedelta(days=28)
"""How late the hub's clock begins: ten working days are over in that, across the longest holidays too."""
_NOON: Final = time_of_day(12)
_HALF_A_DAY: Final = timedelta(hours=12)


def ask(story: Story) -> None:
    """Ask for data, some weeks ago by the hub's clock; the provider never answers."""
    with story.screen.step(
        "unanswered",
        f"{LATE.days}天前（枢纽时钟由此走起）市监厅申请数据，公安厅一直未答复",
        f"{LATE.days} days ago, where the hub's clock begins: a request, and no answer",
    ) as step:
        terms = pb.Terms(fields=["id_number", "name"], purposes=[ISSUE_ITEM], period_days=365, daily_calls=10_000, mode="query")
        draft = pb.DataRequest(
            entry=story.entries["resident"].name,
            legal_basis="《中华人民共和国市场主体登记管理条例》第十五条",
            scenario="办理登记时核验申请人身份信息",
            scope="本省申请登记的自然人",
            asked=terms,
            officer=MARKET_OFFICER,
        )
        broker = story.market.client.brokerage
        request = broker.CreateDataRequest(pb.CreateDataRequestRequest(data_request=draft, request_id="demo-request-0"))
        request = broker.SubmitDataRequest(pb.SubmitDataRequestRequest(name=request.name, etag=request.etag, officer=MARKET_OFFICER))
        expect(request.state == pb.DATA_REQUEST_STATE_SUBMITTED and not request.pending_proposal, "submitted: of one officer nobody is the second")
        story.unanswered = request
        day = day_in_china(_moment(request.clock.due_time))
        step.say(f"申请日 {day_in_china(_moment(request.clock.start_time))}，答复截止 {day}，{request.clock.working_days} 个工作日")


def remind(story: Story) -> None:
    """Let the time go on; the hub tells the provider at half of the time, a day before its end, and when it is over."""
    clock = story.unanswered.clock
    due = _moment(clock.due_time)
    days = shipped_calendar().count(day_in_china(_moment(clock.start_time)), clock.working_days, until=day_in_china(due))
    half, day = (datetime.combine(one, _NOON, CHINA) for one in (days[len(days) // 2 - 1], days[-2]))
    with story.screen.step("reminders", "时限过半、仅剩一天、已过，枢纽自动提醒公安厅", "half, one day, over: the hub reminds the provider") as step:
        for moment, kind in ((half, "deadline_half"), (day, "deadline_day"), (due + _HALF_A_DAY, "deadline_over")):
            story.be_late(MACHINE.now() - moment)
            step.say(_line(_told(story.police.client, kind, story.unanswered.name), f"公安厅 {POLICE_OFFICER}"))


def escalate(story: Story) -> None:
    """Look at what the authority was told, and go on to the present."""
    name = story.unanswered.name
    with story.screen.step("escalation", "超期未办，自动报送数据局", "what is over goes to the authority") as step:
        authority = story.authority.client
        step.say(_line(_told(authority, "escalated", name), f"数据局 {AUTHORITY_OFFICER}"))
        story.be_late(timedelta(0))
        listed = authority.work.ListWork(work_pb2.ListWorkRequest(resource=name, escalated=True)).work
        expect(len(listed) == 1 and listed[0].escalated and listed[0].department == story.police.uscc, "the work of the police at the authority")
        expect(listed[0].days_left < 0, "no days left")
        step.say(f"时至今日：{story.police.department.name}仍未答复，超期 {-listed[0].days_left} 个工作日（{listed[0].article}）")


def _told(client: Client, kind: str, name: str) -> work_pb2.Notice:
    """Return what a department was told of a thing."""
    found = client.work.ListNotices(work_pb2.ListNoticesRequest(resource=name)).notices
    notice = next((one for one in found if one.kind == kind), None)
    if notice is None:
        raise StoryError(f"没有通知 no notice {kind} {name}")
    return notice


def _line(notice: work_pb2.Notice, whom: str) -> str:
    return f"{day_in_china(_moment(notice.time))} 通知{whom}：{value_words('NoticeKind')[notice.kind][0]}"


def _moment(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(UTC)
