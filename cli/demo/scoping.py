"""Chapter 6: a right to some rows alone, and a dispute about a right that was refused."""

from cli.demo.expectation import expect
from cli.demo.papers import ISSUE_CASE, ISSUE_ITEM
from cli.demo.story import AUTHORITY_OFFICER, MARKET_OFFICER, OFFICER, POLICE_OFFICER, Story
from shuniu.v1 import brokerage_pb2 as pb
from shuniu.v1 import dispute_pb2, scope_pb2


def scope(story: Story) -> None:
    """Ask for the residents of one city alone; whoever lives elsewhere is not told of."""
    city = story.subject.region_code[:4]
    # not the citizen of the story: whoever receives her record hears of its correction
    inside = next(one for one in story.residents[1:] if one.region_code.startswith(city))
    outside = next(one for one in story.residents if not one.region_code.startswith(city))
    with story.screen.step(
        "scope", "市监厅按使用范围申请：只限一个市的居民", "a right to the rows of one city: the scope is a rule, not a text"
    ) as step:
        rows = [scope_pb2.RowCondition(field="region_code", prefix=city)]
        terms = pb.Terms(fields=["id_number", "name"], purposes=[ISSUE_ITEM], period_days=90, daily_calls=1000, mode="query", rows=rows)
        draft = pb.DataRequest(
            entry=story.entries["resident"].name,
            legal_basis="《中华人民共和国市场主体登记管理条例》第十五条",
            scenario="本市个体工商户登记核验经营者身份",
            scope=f"居住地行政区划代码以 {city} 开头的居民",
            asked=terms,
            officer=MARKET_OFFICER,
        )
        broker, police = story.market.client.brokerage, story.police.client.brokerage
        request = broker.CreateDataRequest(pb.CreateDataRequestRequest(data_request=draft, request_id="demo-request-scope"))
        request = broker.SubmitDataRequest(pb.SubmitDataRequestRequest(name=request.name, etag=request.etag, officer=MARKET_OFFICER))
        approval = pb.ApproveDataRequestRequest(name=request.name, etag=request.etag, terms=terms, officer=POLICE_OFFICER)
        request = police.ApproveDataRequest(approval)
        expect(request.state == pb.DATA_REQUEST_STATE_APPROVED, "approved")
        found = _query(story, request.grant, inside.id_number)
        expect([set(one) for one in found] == [{"id_number", "name"}], "one record, without the field of the scope")
        step.say(f"{request.grant}：范围内居民返回 1 条，仅含授权的信息项")
    with story.screen.step(
        "scope_outside",
        "查询范围以外的居民：答复无此记录，不透露其是否存在",
        "a resident of another city: no record, and nothing told of whether there is one",
    ):
        expect(not _query(story, request.grant, outside.id_number), "no record from outside the scope")


def dispute(story: Story) -> None:
    """Take the refused request to the authority: the departments consult, then it coordinates; meanwhile the refusal holds."""
    ours, theirs = story.civil.client.brokerage, story.police.client.brokerage
    with story.screen.step(
        "dispute",
        "民政厅就被拒绝的申请提出争议：先协商，后由数据局协调",
        "the refused request is disputed: the two consult, then the authority coordinates",
    ) as step:
        wanted = dispute_pb2.Dispute(resource=story.refused.name, statement="困难群众走访确需联系方式，请求重新研究", officer=OFFICER)
        one = ours.OpenDispute(dispute_pb2.OpenDisputeRequest(dispute=wanted, request_id="demo-dispute"))
        expect(one.meanwhile == dispute_pb2.DISPUTE_MEANWHILE_REFUSED, "the request stays refused meanwhile")
        step.say(f"{one.name}：争议期间维持原状，申请仍为拒绝；先协商，后协调（《政务数据共享条例》第二十八条）")
        answer = dispute_pb2.AnswerDisputeRequest(
            name=one.name, etag=one.etag, answer="可就在册救助对象提供，不能扩大到全部常住人口", officer=POLICE_OFFICER
        )
        one = theirs.AnswerDispute(answer)
        why = dispute_pb2.EscalateDisputeRequest(name=one.name, etag=one.etag, reason="双方对范围未能一致", officer=OFFICER)
        one = ours.EscalateDispute(why)
        expect(one.state == dispute_pb2.DISPUTE_STATE_COORDINATING, "with the authority")
    with story.screen.step("dispute_decided", "数据局作出协调处理意见", "the authority decides; what follows is asked for anew") as step:
        decision = dispute_pb2.DecideDisputeRequest(
            name=one.name,
            etag=one.etag,
            outcome="仅限在册救助对象，且须列明联系事由",
            consequence="民政厅可按上述范围另行提出申请",
            officer=AUTHORITY_OFFICER,
        )
        one = story.authority.client.brokerage.DecideDispute(decision)
        expect(one.state == dispute_pb2.DISPUTE_STATE_DECIDED, "decided")
        step.say(f"{one.outcome}；{one.consequence}")


def _query(story: Story, grant: str, key: str) -> list[dict[str, object]]:
    answer = story.market.client.query(grant=grant, purpose=ISSUE_ITEM, case_number=ISSUE_CASE, officer=MARKET_OFFICER, subject_key=key)
    return [dict(one) for one in answer.records]
