"""Chapters 4 to 6: find an entry, ask for it, get less than asked, use it; be refused; object, and see it corrected everywhere."""

import sqlite3
from pathlib import Path

from cli.demo import confirming
from cli.demo.expectation import expect
from cli.demo.story import CASE, OFFICER, POLICE_OFFICER, PURPOSE, Story
from shuniu.errors import ShuniuCallError
from shuniu.v1 import brokerage_pb2 as pb
from shuniu.v1 import catalog_pb2

LEGAL_BASIS = "《社会救助暂行办法》第十一条"


def search(story: Story) -> None:
    """Search with two characters, as a clerk of civil affairs would."""
    with story.screen.step("search", "民政厅检索目录：输入“居住”", "two Chinese characters find the entry") as step:
        found = story.civil.client.catalog.SearchEntries(catalog_pb2.SearchEntriesRequest(query="居住", page_size=5))
        expect(found.total_size > 0 and all(hit.entry.title for hit in found.hits), "hits for 居住")
        step.say(f"{found.total_size} 个条目：" + "、".join(hit.entry.title for hit in found.hits[:3]))


def ask(story: Story) -> None:
    """Ask for five fields, be offered three, accept: the grant is live."""
    entry = story.entries["resident"]
    broker = story.civil.client.brokerage
    with story.screen.step(
        "request", "民政厅申请5个信息项，写明依据、场景、事项和期限", "a request with legal basis, scenario, purpose and period"
    ) as step:
        asked = pb.Terms(
            fields=["id_number", "name", "birth_date", "address", "phone"], purposes=[PURPOSE], period_days=365, daily_calls=1_000_000, mode="query"
        )
        draft = pb.DataRequest(
            entry=entry.name, legal_basis=LEGAL_BASIS, scenario="低保审核时核对申请人身份与住址", scope="本省低保申请人", asked=asked, officer=OFFICER
        )
        request = broker.CreateDataRequest(pb.CreateDataRequestRequest(data_request=draft, request_id="demo-request-1"))
        request = broker.SubmitDataRequest(pb.SubmitDataRequestRequest(name=request.name, etag=request.etag, officer=OFFICER))
        expect(request.state == pb.DATA_REQUEST_STATE_DRAFT and bool(request.pending_proposal), "a draft that waits for the second person")
        step.say(f"本部门有两名经办人，提交须经第二人确认：{request.pending_proposal}")
    request = confirming.confirm(story, request)
    expect(request.state == pb.DATA_REQUEST_STATE_SUBMITTED, "submitted")
    with story.screen.step("approve", "公安厅同意提供其中3项", "the provider offers three of the five fields") as step:
        step.say(due_line(request.clock))
        terms = pb.Terms(fields=["id_number", "name", "address"], purposes=[PURPOSE], period_days=365, daily_calls=1_000_000, mode="query")
        request = story.police.client.brokerage.ApproveDataRequest(
            pb.ApproveDataRequestRequest(
                name=request.name, etag=request.etag, terms=terms, reason="审核低保无需出生日期与电话：最小必要", officer=POLICE_OFFICER
            )
        )
        expect(request.state == pb.DATA_REQUEST_STATE_OFFERED, "offered")
    with story.screen.step("accept", "民政厅接受，授权立即生效", "the consumer accepts, and the grant is active") as step:
        request = broker.AcceptOffer(pb.AcceptOfferRequest(name=request.name, etag=request.etag))
        story.grant = broker.GetGrant(pb.GetGrantRequest(name=request.grant))
        expect(story.grant.state == pb.GRANT_STATE_ACTIVE, "an active grant")
        step.say(f"{story.grant.name}：{'、'.join(story.grant.terms.fields)}")


def receive_refusal(story: Story) -> None:
    """Have a second request refused; the refusal states its reasons, and the law that it rests on."""
    with story.screen.step("refusal", "另一申请被拒绝，并说明理由", "a second request is refused, and the reasons are stated") as step:
        broker = story.civil.client.brokerage
        asked = pb.Terms(fields=["id_number", "phone"], purposes=["640000-MZ-0099"], period_days=30, daily_calls=100, mode="query")
        draft = pb.DataRequest(
            entry=story.entries["resident"].name,
            legal_basis="内部工作需要",
            scenario="节日慰问电话回访",
            scope="全部常住人口",
            asked=asked,
            officer=OFFICER,
        )
        request = broker.CreateDataRequest(pb.CreateDataRequestRequest(data_request=draft, request_id="demo-request-2"))
        request = confirming.confirm_again(
            story, broker.SubmitDataRequest(pb.SubmitDataRequestRequest(name=request.name, etag=request.etag, officer=OFFICER))
        )
        police = story.police.client.brokerage
        # first without reasons, to show that such a refusal is sent back (Decree 809 art. 21)
        bare = pb.RefuseDataRequestRequest(name=request.name, etag=request.etag, officer=POLICE_OFFICER)
        try:
            police.RefuseDataRequest(bare)
        except ShuniuCallError as error:
            step.say(f"未说明理由的拒绝被退回：{error.message_zh}")
        else:
            expect(holds=False, what="a refusal without reasons is sent back")
        bare.reason = "超出履职必要范围"
        bare.legal_basis = "《中华人民共和国个人信息保护法》第六条"
        request = police.RefuseDataRequest(bare)
        expect(request.state == pb.DATA_REQUEST_STATE_REFUSED, "refused")
        story.refused = request
        step.say(f"拒绝理由：{request.reason}；依据：{request.refusal_basis}")


def use(story: Story) -> None:
    """Query under the grant; the receipt comes in the trailers. A field that was not granted is refused."""
    with story.screen.step(
        "query", "民政厅按授权查询一名申请人", "a query under the grant: logged, fetched, masked, answered with a receipt"
    ) as step:
        answer = story.civil.client.query(
            grant=story.grant.name, purpose=PURPOSE, case_number=CASE, officer=OFFICER, subject_key=story.subject.id_number
        )
        expect(len(answer.records) == 1 and set(answer.records[0]) == {"id_number", "name", "address"}, "one record with the three granted fields")
        story.answer = answer
        # the ID number is printed only where the hub has masked it
        visible = {key: value for key, value in answer.records[0].items() if key != "id_number" or key in answer.masked_fields}
        step.say("返回：" + "，".join(" ".join((name, str(value))) for name, value in visible.items()))
        step.say(f"存证回执：{answer.receipt.origin} 第 {answer.receipt.index} 条 {answer.receipt.leaf_hash.hex()[:16]}…")
    with story.screen.step("query_refused", "查询未授权的信息项被拒绝，并记入日志", "a field that was not granted is refused, and that is logged"):
        try:
            story.civil.client.query(
                grant=story.grant.name,
                purpose=PURPOSE,
                case_number=CASE,
                officer=OFFICER,
                subject_key=story.subject.id_number,
                fields=("phone",),
            )
        except ShuniuCallError as error:
            expect(error.reason == "FIELD_NOT_GRANTED", "FIELD_NOT_GRANTED")
        else:
            expect(holds=False, what="a field that was not granted is refused")


def object_(story: Story, register: Path) -> None:
    """Object to a wrong record: filed, verified, corrected; whoever had received it gets a notice."""
    broker = story.civil.client.brokerage
    police = story.police.client.brokerage
    with story.screen.step("objection", "民政厅对该记录的住址提出异议", "an objection to a wrong record is filed") as step:
        filed = pb.Objection(
            target=pb.OBJECTION_TARGET_FIELD,
            resource=story.entries["resident"].name,
            subject_key=story.subject.id_number,
            field="address",
            statement="申请人已于上月迁居，登记住址未更新",
            case_number=CASE,
            officer=OFFICER,
        )
        objection = broker.FileObjection(pb.FileObjectionRequest(objection=filed, request_id="demo-objection-1"))
        expect(bool(objection.service_continues_notice), "a service-continues notice")
        step.say(objection.service_continues_notice)
    with story.screen.step("correction", "公安厅核实后更正，并通知曾取得该记录的部门", "verified, corrected, and every receiver is notified") as step:
        objection = police.VerifyObjection(pb.VerifyObjectionRequest(name=objection.name, etag=objection.etag, officer=POLICE_OFFICER))
        _correct(register, story.subject.id_number)
        objection = police.CorrectObjection(
            pb.CorrectObjectionRequest(name=objection.name, etag=objection.etag, outcome="住址已按迁移登记更正", officer=POLICE_OFFICER)
        )
        notices = broker.ListCorrectionNotices(pb.ListCorrectionNoticesRequest()).correction_notices
        expect(objection.notice_count == 1 and len(notices) == 1, "one notice, to the one department that received the record")
        expect(list(notices[0].case_numbers) == [CASE], "the notice names the case in which the record was received")
        broker.AcknowledgeCorrectionNotice(pb.AcknowledgeCorrectionNoticeRequest(name=notices[0].name, etag=notices[0].etag, officer=OFFICER))
        broker.ConfirmObjection(pb.ConfirmObjectionRequest(name=objection.name, etag=objection.etag))
        again = story.civil.client.query(
            grant=story.grant.name, purpose=PURPOSE, case_number=CASE, officer=OFFICER, subject_key=story.subject.id_number
        )
        expect(str(again.records[0]["address"]).endswith("（已迁居）"), "the corrected record")
        step.say(f"发出更正通知1份，涉及办件 {CASE}，日志第 {notices[0].log_indexes[0]} 条")


def _correct(register: Path, id_number: str) -> None:
    """Correct the record where it lives: in the police's own database, which the hub never sees."""
    with sqlite3.connect(register) as database:
        database.execute("UPDATE resident SET address = address || '（已迁居）' WHERE id_number = ?", (id_number,))


def due_line(clock: pb.Clock) -> str:
    """Return the time limit of an answer in one line, with what its days were compared."""
    mark = "" if clock.verified else f"（据{clock.checked}核对）" if clock.checked else "（未核对）"
    return f"答复时限 {clock.working_days} 个工作日{mark}：{clock.citation}"
