"""Chapter 8: a license with a wrong name is objected to; its issuer issues another, and in that transaction the old code is superseded."""

from dataclasses import replace

from cli.demo import papers
from cli.demo.expectation import expect
from cli.demo.story import MARKET_OFFICER, OFFICER, Story
from shuniu.v1 import brokerage_pb2 as pb
from shuniu.v1 import license_pb2


def supersede(story: Story) -> None:
    """Object to a license, have it corrected by a new one, and look at both codes."""
    business = story.businesses[4]
    with story.screen.step(
        "license_objection", "一份执照的法定代表人有误，民政厅对该证照提出异议", "a license names the wrong person: an objection to it is filed"
    ):
        wrong = papers.issue_again(story, replace(business, legal_representative="马某某"), "demo-wrong")
        filed = pb.Objection(target=pb.OBJECTION_TARGET_LICENSE, resource=wrong.name, statement="法定代表人与登记簿不一致", officer=OFFICER)
        objection = story.civil.client.brokerage.FileObjection(pb.FileObjectionRequest(objection=filed, request_id="demo-objection-2"))
        expect(papers.ask_online(story, wrong).verdict == license_pb2.VERDICT_VALID, "valid while it is being verified")
    with story.screen.step(
        "superseded",
        "市监厅换发新照并更正：旧码即刻失效，核验时指明新照",
        "corrected by a new license: the old code is superseded and names its successor",
    ) as step:
        market = story.market.client.brokerage
        objection = market.VerifyObjection(pb.VerifyObjectionRequest(name=objection.name, etag=objection.etag, officer=MARKET_OFFICER))
        new = papers.issue_again(story, business, "demo-right", supersedes=wrong.name)
        objection = market.CorrectObjection(
            pb.CorrectObjectionRequest(
                name=objection.name, etag=objection.etag, outcome="法定代表人登记有误，已换发", officer=MARKET_OFFICER, successor=new.name
            )
        )
        old, after = papers.ask_online(story, wrong), papers.ask_online(story, new)
        expect((old.verdict, old.reason) == (license_pb2.VERDICT_INVALID, "SUPERSEDED"), f"superseded, not {old.reason}")
        expect(old.superseded_by == new.identifier and after.verdict == license_pb2.VERDICT_VALID, "the new license, which is valid")
        step.say(f"旧码：{old.message_zh}：{old.status_reason}")
        step.say(f"新照：{after.message_zh}，{new.identifier}")
