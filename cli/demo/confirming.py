"""The second person: what the clerk of civil affairs proposes, the head of its sharing office confirms, signed in at the hub's pages."""

from cli.demo.browser import Browser
from cli.demo.expectation import expect
from cli.demo.signing_in import CIVIL_CLERK, CIVIL_HEAD, sign_in
from cli.demo.story import AUDITOR, HEAD, OFFICER, Story
from shuniu.v1 import audit_pb2, work_pb2
from shuniu.v1 import brokerage_pb2 as pb


def confirm(story: Story, request: pb.DataRequest) -> pb.DataRequest:
    """Let the head sign in, read what the clerk proposed and confirm it; return the request as it stands then."""
    with story.screen.step(
        "second_person", "民政厅负责人本人登录网页确认，申请才提交", "the head signs in at the pages and confirms; only then is it submitted"
    ) as step:
        browser = sign_in(story.web, CIVIL_HEAD)
        proposal = _press(story, browser, request)
        step.say(
            f"提出 {proposal.proposer}（{CIVIL_CLERK.display_name}，由业务系统 {proposal.system} 提交），依据《政务数据共享条例》{proposal.article}"
        )
        step.say(f"确认 {proposal.decider}（{CIVIL_HEAD.display_name}，经统一身份认证本人登录）")
        for record in reversed(_records(story, proposal.name)):
            marks = "、".join(f"{name}={value}" for name, value in sorted(record.detail.items()) if name in {"proof", "proposal", "confirmed_by"})
            step.say(f"日志第 {record.index} 条 {record.action} {record.officer} {marks}")
        story.head = browser
        return story.civil.client.brokerage.GetDataRequest(pb.GetDataRequestRequest(name=request.name))


def confirm_again(story: Story, request: pb.DataRequest) -> pb.DataRequest:
    """Let the head, who is signed in, confirm another one."""
    if story.head is not None:
        _press(story, story.head, request)
    return story.civil.client.brokerage.GetDataRequest(pb.GetDataRequestRequest(name=request.name))


def _press(story: Story, browser: Browser, request: pb.DataRequest) -> work_pb2.Proposal:
    browser.open(f"/{request.pending_proposal}")
    expect(OFFICER in browser.text, "the page names who proposed")
    browser.press("确认")
    proposal = story.civil.client.work.GetProposal(work_pb2.GetProposalRequest(name=request.pending_proposal))
    expect(proposal.state == work_pb2.PROPOSAL_STATE_CONFIRMED, "confirmed")
    expect((proposal.proposer, proposal.decider) == (OFFICER, HEAD), "one proposed, another confirmed")
    return proposal


def _records(story: Story, proposal: str) -> list[audit_pb2.AuditRecord]:
    """Return the records of a proposal, newest first: that it was made, the step itself, that it was confirmed."""
    request = audit_pb2.SearchAuditRecordsRequest(department=story.civil.uscc, reason="核对双人办理", searcher=AUDITOR, page_size=20)
    found = story.auditor.client.audit.SearchAuditRecords(request).records
    return [one for one in found if one.resource == proposal or one.detail.get("proposal") == proposal]
