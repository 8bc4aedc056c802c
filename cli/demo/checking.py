"""Chapter 6: a question that is answered without the record."""

from typing import Final

from cli.demo import confirming, exchanging
from cli.demo.expectation import expect
from cli.demo.story import CASE, OFFICER, POLICE_OFFICER, PURPOSE, Story
from shuniu.client import Checked
from shuniu.predicates import CheckAnswer
from shuniu.v1 import brokerage_pb2 as pb

PREDICATE: Final = "is_adult"


def check(story: Story) -> None:
    """Ask whether the citizen is of age; the date of birth stays with the police."""
    with story.screen.step(
        "check",
        "民政厅只核验是否年满18周岁：得到“是”，不取得出生日期",
        "is she 18 or older: the answer is yes, and the date of birth stays where it is",
    ) as step:
        terms = pb.Terms(fields=["birth_date", "name"], purposes=[PURPOSE], period_days=90, daily_calls=1_000_000, mode="check")
        draft = pb.DataRequest(
            entry=story.entries["resident"].name,
            legal_basis="《社会救助暂行办法》第十一条",
            scenario="受理时核验申请人是否成年、姓名是否一致",
            scope="在册申请人",
            asked=terms,
            officer=OFFICER,
        )
        broker, police = story.civil.client.brokerage, story.police.client.brokerage
        request = broker.CreateDataRequest(pb.CreateDataRequestRequest(data_request=draft, request_id="demo-request-check"))
        request = broker.SubmitDataRequest(pb.SubmitDataRequestRequest(name=request.name, etag=request.etag, officer=OFFICER))
        request = confirming.confirm_again(story, request)
        approval = pb.ApproveDataRequestRequest(name=request.name, etag=request.etag, terms=terms, officer=POLICE_OFFICER)
        request = police.ApproveDataRequest(approval)
        expect(request.state == pb.DATA_REQUEST_STATE_APPROVED, "approved")
        story.checks = request.grant
        adult = _ask(story, PREDICATE)
        expect(adult.answer is CheckAnswer.YES, "of age")
        same = _ask(story, "same_name", name="王小明")
        expect(same.answer is CheckAnswer.NO, "another name")
        step.say(f"{request.grant}：年满18周岁 是；姓名为“王小明” 否；日志第 {adult.receipt.index} 条记录核验项，不记录答复")


def _ask(story: Story, predicate: str, **given: str) -> Checked:
    with exchanging.receiving(story) as hub:
        return hub.check(
            grant=story.checks,
            predicate=predicate,
            purpose=PURPOSE,
            case_number=CASE,
            officer=OFFICER,
            subject_key=story.subject.id_number,
            given=given,
        )
