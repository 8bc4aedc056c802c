"""The inboxes of the demo's officers: each opens signed in by one click on a one-time link, at `localhost`, where browsers take passkeys too."""

from urllib.parse import urlsplit

from cli.demo.browser import Browser
from cli.demo.expectation import expect
from cli.demo.members import Member
from cli.demo.signing_in import AUTHORITY, CIVIL_HEAD, POLICE, Post, invite
from cli.demo.story import OFFICER, Story
from hub.reach import for_browsers
from shuniu.v1 import brokerage_pb2 as pb


def open_by_link(story: Story) -> None:
    """Open a link as a browser does; it is used by that."""
    with story.screen.step(
        "inbox", "公安厅经办人点开一次性链接，即见超期待办", "a one-time link opens the inbox, signed in: what is overdue"
    ) as step:
        link, browser = invite(story.police, POLICE), Browser(for_browsers(story.web))
        browser.open(link)
        # the page presses it by itself where scripts run
        browser.press("登录")
        expect(urlsplit(browser.address).path == "/inbox" and "超期" in browser.text, "the inbox, with what is overdue")
        step.say(f"{link}（已使用，不再有效 used, opens nothing any more）")


def links(story: Story) -> dict[str, str]:
    """Return unused links for whoever tries the demo: the provider whose time is over, the second person, the authority."""
    by: dict[str, tuple[Member, Post]] = {
        "inbox": (story.police, POLICE),
        "second_person": (story.civil, CIVIL_HEAD),
        "authority": (story.authority, AUTHORITY),
    }
    return {name: invite(*one) for name, one in by.items()}


def leave_a_proposal(story: Story) -> None:
    """Let the clerk of civil affairs propose one more request, for whoever tries the demo to confirm."""
    broker = story.civil.client.brokerage
    entry = story.entries["business"]
    asked = pb.Terms(fields=[entry.fields[0].name], purposes=["640000-MZ-0031"], period_days=180, daily_calls=1_000, mode="query")
    draft = pb.DataRequest(
        entry=entry.name,
        legal_basis="《社会救助暂行办法》第五十八条",
        scenario="核对救助申请人名下企业登记情况",
        scope="本省社会救助申请人",
        asked=asked,
        officer=OFFICER,
    )
    request = broker.CreateDataRequest(pb.CreateDataRequestRequest(data_request=draft, request_id="demo-request-3"))
    request = broker.SubmitDataRequest(pb.SubmitDataRequestRequest(name=request.name, etag=request.etag, officer=OFFICER))
    expect(bool(request.pending_proposal), "a proposal that waits")
