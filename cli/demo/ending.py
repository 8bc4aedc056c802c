"""Chapters 2 and 3: what ends and what passes over, on a day: a running service, and two departments that merge into a third.

Both are laid down where the hub's clock begins, some weeks ago; their days come while the clock is moved on, and the hub does the rest by itself.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Final, TypeVar

from cli.demo import papers, publishing
from cli.demo.expectation import expect
from cli.demo.members import Member
from cli.demo.story import AUTHORITY_OFFICER, MARKET_OFFICER, POLICE_OFFICER, Ending, Story
from cli.synthetic import Body
from hub.clock import day_in_china
from shuniu.errors import ShuniuCallError
from shuniu.identifiers import uscc
from shuniu.v1 import brokerage_pb2 as pb
from shuniu.v1 import catalog_pb2, identity_pb2, license_pb2, officer_pb2, service_change_pb2, succession_pb2

CASE: Final = "办〔2026〕公安0088号"
PURPOSE: Final = "640000-GA-0003"
AHEAD: Final = timedelta(days=10)
"""From the day on which it is laid down to the day on which it happens: well within the weeks by which the clock begins late."""
DESK_OFFICER: Final = "YC-0007"
BASIS: Final = "《银川市机构改革方案》（虚构文件，仅供演示）"
PATIENCE: Final = 20.0
_CITY: Final = ("city", "640100", "银川市")
_R = TypeVar("_R")


def begin(story: Story) -> None:
    """End a service as the law asks, and lay down a merger; both for a day that is still to come by the hub's clock."""
    _end_service(story)
    _plan_merger(story)


def look(story: Story) -> None:
    """Look, in the present, at what became of both."""
    with story.screen.step(
        "service_ended",
        "到期日已过：公安厅首次查询即被拒绝，并告知条目、版本和条款",
        "its day has come: the first query is refused, with version and article",
    ) as step:
        try:
            _query(story)
        except ShuniuCallError as error:
            expect(error.reason == "SERVICE_ENDED", f"SERVICE_ENDED, not {error.reason}")
            step.say(error.message_zh)
            step.say(f"下一步：{error.next_action_zh}")
        else:
            expect(holds=False, what="a query after the end of the service is refused")
        grant = story.police.client.brokerage.GetGrant(pb.GetGrantRequest(name=story.ending.grant))
        expect(grant.state == pb.GRANT_STATE_ENDED, "a grant whose service has ended")
    _see_merger(story)


def _end_service(story: Story) -> None:
    with story.screen.step(
        "service_ends",
        "市监厅撤销旧库条目：征求使用部门意见，报数据局备案，定日终止，其间服务照常",
        "an entry with a live grant is withdrawn: consult, file, a date; until then the service runs on",
    ) as step:
        seed = replace(
            story.seeds[1],
            title="企业登记信息（旧库）",
            resource_code=f"{story.seeds[1].resource_code.partition('/')[0]}/900001",
            record_term="",
        )
        entry = publishing.through(story, story.market, seed, MARKET_OFFICER)
        terms = pb.Terms(fields=["uscc", "name", "status"], purposes=[PURPOSE], period_days=365, daily_calls=1000, mode="query")
        draft = pb.DataRequest(
            entry=entry.name,
            legal_basis="《中华人民共和国居民身份证法》第十九条",
            scenario="核验刻章企业登记状态",
            scope="本省登记企业",
            asked=terms,
            officer=POLICE_OFFICER,
        )
        police, market = story.police.client.brokerage, story.market.client.brokerage
        request = police.CreateDataRequest(pb.CreateDataRequestRequest(data_request=draft, request_id="demo-request-old"))
        request = police.SubmitDataRequest(pb.SubmitDataRequestRequest(name=request.name, etag=request.etag, officer=POLICE_OFFICER))
        story.ending = Ending(grant=request.grant)
        expect(_query(story) == 1, "a record while the service runs")
        withdrawal = catalog_pb2.WithdrawEntryRequest(name=entry.name, etag=entry.etag, reason="旧库停用，数据已并入新库", officer=MARKET_OFFICER)
        story.market.client.catalog.WithdrawEntry(withdrawal)
        (change,) = market.ListServiceChanges(service_change_pb2.ListServiceChangesRequest()).service_changes
        step.say(f"{change.name}：涉及有效授权 {change.grant_count} 项，未经征求意见和报备，授权不变")
        change = police.ReplyToServiceChange(
            service_change_pb2.ReplyToServiceChangeRequest(
                name=change.name, etag=change.etag, agrees=True, statement="已改用新库", officer=POLICE_OFFICER
            )
        )
        day = day_in_china(change.create_time.ToDatetime(UTC)) + AHEAD
        change = market.FileServiceChange(
            service_change_pb2.FileServiceChangeRequest(
                name=change.name, etag=change.etag, effect_date=day.isoformat(), reason="使用部门已同意", officer=MARKET_OFFICER
            )
        )
        change = story.authority.client.brokerage.AdmitServiceChange(
            service_change_pb2.AdmitServiceChangeRequest(name=change.name, etag=change.etag, reason="同意备案", officer=AUTHORITY_OFFICER)
        )
        expect(change.state == service_change_pb2.SERVICE_CHANGE_STATE_ADMITTED, "a change that waits for its day")
        expect(_query(story) == 1, "a record until the day")
        step.say(f"公安厅同意，数据局备案，{day} 起终止（《政务数据共享条例》第二十七条）；在此之前查询照常")


def _query(story: Story) -> int:
    """Return how many records the police get under the grant whose service ends."""
    subject = story.businesses[2].uscc
    answer = story.police.client.query(grant=story.ending.grant, purpose=PURPOSE, case_number=CASE, officer=POLICE_OFFICER, subject_key=subject)
    return len(answer.records)


def _plan_merger(story: Story) -> None:
    with story.screen.step(
        "merger_planned",
        "数据局拟定并确认：两个市级部门定日合并为一个",
        "two departments are to merge into a third on a day; one of them has issued a license",
    ) as step:
        registry, centre, heir = (
            _body(number, name, short)
            for number, name, short in (
                (1, "银川市市场主体登记中心", "银川登记中心"),
                (2, "银川市政务服务中心", "银川政务中心"),
                (3, "银川市行政审批服务局", "银川审批局"),
            )
        )
        desk = story.members.enrol(story.authority, registry)
        _register_officer(story, desk)
        story.ending.license = papers.issue_one(story, desk, DESK_OFFICER, story.businesses[3])
        for body in (centre, heir):
            _create(story, body)
        for number, body in enumerate((registry, centre), 2):
            story.ending.entries.append(_city_entry(story, number, body).name)
        story.ending.predecessors = [registry.uscc, centre.uscc]
        story.ending.successor = heir.uscc
        identity = story.authority.client.identity
        day = day_in_china(story.ending.license.issue_time.ToDatetime(UTC)) + AHEAD
        wanted = succession_pb2.Succession(
            kind=succession_pb2.SUCCESSION_KIND_MERGE,
            predecessors=story.ending.predecessors,
            successors=[heir.uscc],
            effective_date=day.isoformat(),
            basis=BASIS,
        )
        made = identity.CreateSuccession(
            succession_pb2.CreateSuccessionRequest(succession=wanted, officer=AUTHORITY_OFFICER, request_id="demo-merger")
        )
        made = identity.ConfirmSuccession(succession_pb2.ConfirmSuccessionRequest(name=made.name, etag=made.etag, officer=AUTHORITY_OFFICER))
        expect(made.state == succession_pb2.SUCCESSION_STATE_CONFIRMED, "a merger that waits for its day")
        story.ending.succession = made.name
        step.say(f"{made.name}：{registry.name}、{centre.name}自 {day} 起并入{heir.name}")


def _see_merger(story: Story) -> None:
    with story.screen.step(
        "merged",
        "合并生效：条目随之转入，原部门签发的证照仍然有效并标明承继",
        "the merger took effect: entries passed over, and the predecessor's license verifies as such",
    ) as step:
        identity = story.authority.client.identity
        request = succession_pb2.GetSuccessionRequest(name=story.ending.succession)
        done = _until(lambda: identity.GetSuccession(request), lambda one: one.state == succession_pb2.SUCCESSION_STATE_IN_EFFECT)
        expect(done.state == succession_pb2.SUCCESSION_STATE_IN_EFFECT, "a merger in effect")
        for code in story.ending.predecessors:
            department = identity.GetDepartment(identity_pb2.GetDepartmentRequest(name=f"departments/{code}"))
            expect(department.state == identity_pb2.DEPARTMENT_STATE_SUCCEEDED, "a department that has passed over")
            expect(list(department.successors) == [story.ending.successor], "its successor")
            step.say(f"{department.title}：已由 {story.ending.successor} 承继")
        catalog = story.civil.client.catalog
        entries = [catalog.GetEntry(catalog_pb2.GetEntryRequest(name=name)) for name in story.ending.entries]
        expect(all(one.provider == story.ending.successor for one in entries), "entries of the successor")
        answer = story.verifier.licenses.VerifyCode(license_pb2.VerifyCodeRequest(code=story.ending.license.code))
        expect(answer.verdict == license_pb2.VERDICT_VALID, f"a license of a predecessor is valid, not {answer.reason}")
        titles = "、".join(answer.issued_by_predecessor.successor_titles)
        expect(bool(titles), "the verdict names the successor")
        step.say(f"{len(entries)} 个条目已转入；证照核验：{answer.message_zh}，{answer.issuer_title}签发，承继部门 {titles}")


def _until(read: Callable[[], _R], holds: Callable[[_R], bool]) -> _R:
    """Read until it holds, for as long as the hub may take over what its round of each minute does."""
    end = time.monotonic() + PATIENCE
    while not holds(found := read()) and time.monotonic() < end:
        time.sleep(0.2)
    return found


def _body(number: int, name: str, short: str) -> Body:
    level, region, region_name = _CITY
    return Body(uscc.build("12", region, f"XB9{number:05d}"), name, short, f"demo-{number}", level, region, region_name)


def _create(story: Story, body: Body) -> None:
    department = identity_pb2.Department(
        uscc=body.uscc, title=body.name, short_title=body.short_name, region=body.region, level=catalog_pb2.LEVEL_CITY
    )
    story.authority.client.identity.CreateDepartment(identity_pb2.CreateDepartmentRequest(department=department, request_id=f"demo-{body.uscc}"))


def _register_officer(story: Story, desk: Member) -> None:
    story.authority.client.officers.CreateOfficer(
        officer_pb2.CreateOfficerRequest(
            department=desk.uscc,
            number=DESK_OFFICER,
            display_name="登记中心经办人",
            duties=[officer_pb2.DUTY_LICENSES, officer_pb2.DUTY_LEAD, officer_pb2.DUTY_PEOPLE],
            officer=AUTHORITY_OFFICER,
        )
    )


def _city_entry(story: Story, number: int, body: Body) -> catalog_pb2.Entry:
    """Let the authority put an entry of a city's department into the directory, as it does for the rest of the departments."""
    seed = replace(
        story.seeds[1],
        title=f"{body.region_name}企业登记办件信息（{body.short_name}）",
        resource_code=f"{story.seeds[1].resource_code.partition('/')[0]}/90000{number}",
        record_term="",
        region=body.region,
        level=body.level,
        provider=body.uscc,
        provider_name=body.name,
        serving_resource="",
    )
    return publishing.through(story, story.authority, seed, AUTHORITY_OFFICER)
