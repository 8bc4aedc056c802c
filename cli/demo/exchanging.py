"""Chapter 6: the further ways in which data moves under a grant. Civil affairs keeps the receipt of everything that it gets."""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Final

from cli.demo import confirming, publishing, reports
from cli.demo.expectation import expect
from cli.demo.story import CASE, MARKET_OFFICER, OFFICER, PURPOSE, Story
from cli.synthetic.fields import parse_field
from shuniu.client import Client, connect
from shuniu.proofs.checkpoint import VerifierKey
from shuniu.receipts import ReceiptFolder
from shuniu.receipts.fetching import Look, ProofSource
from shuniu.receipts.verdict import ReceiptCheck
from shuniu.v1 import brokerage_pb2 as pb

FOLDER: Final = "exchange"
"""What was received, in the results that are kept."""
RECEIPTS: Final = "receipts"
STREAM: Final = "stream.arrows"
_BASIS: Final = "《社会救助暂行办法》第五十八条"
_COLUMNS: Final = (
    "report_number:年报编号:s/40/1/k",
    "uscc:统一社会信用代码:s/18/1/r",
    "name:名称:s/200/1/r",
    "report_year:年度:i//1/r",
    "employees:从业人数:i//1/r",
    "filed_on:报送日期:d//1/r",
    "region_code:登记机关行政区划代码:s/6/1/r",
)


def receiving(story: Story) -> AbstractContextManager[Client]:
    """Return a connection of civil affairs that keeps the receipt of each answer."""
    return connect(story.members.members_address, story.civil.folder, receipts=story.out / FOLDER / RECEIPTS)


def query_many(story: Story) -> None:
    """Query the members of one household at once; each is an access of its own."""
    with story.screen.step(
        "query_many",
        "同一办件的三名家庭成员一次批量查询，逐人记录、逐人回执",
        "three people of one case in one stream: each is logged, and has a receipt, of its own",
    ) as step:
        keys = [one.id_number for one in story.residents[1:4]]
        with receiving(story) as hub:
            answers = list(hub.query_many(grant=story.grant.name, purpose=PURPOSE, case_number=CASE, officer=OFFICER, keys=keys))
        expect(sorted(len(one.get().records) for one in answers) == [1, 1, 1], "a record of each")
        indexes = sorted(one.get().receipt.index for one in answers)
        step.say(f"返回 {len(answers)} 条，日志第 {'、'.join(map(str, indexes))} 条")


def stream(story: Story) -> None:
    """Take a whole table: published with the mode for it, granted, delivered in frames into a file."""
    with story.screen.step(
        "stream_grant",
        "市监厅发布可批量交换的企业年度报告，民政厅申请并获授权",
        "an entry whose mode is whole tables, and a grant of that mode",
    ) as step:
        seed = replace(
            story.seeds[1],
            title="企业年度报告信息",
            abstract="市场监督管理部门依法归集的企业年度报告公示信息，一条记录对应一份年报。",
            resource_code=f"{story.seeds[1].resource_code.partition('/')[0]}/900004",
            record_term="",
            fields=tuple(map(parse_field, _COLUMNS)),
            modes=("query", "stream"),
            serving_resource=reports.TABLE,
        )
        entry = publishing.through(story, story.market, seed, MARKET_OFFICER)
        asked = pb.Terms(fields=[one.name for one in seed.fields], purposes=[PURPOSE], period_days=365, daily_calls=100, mode="stream")
        draft = pb.DataRequest(
            entry=entry.name,
            legal_basis=_BASIS,
            scenario="核对救助申请家庭的企业经营情况",
            scope="本省企业",
            asked=asked,
            officer=OFFICER,
        )
        story.streams = granted(story, draft, "demo-request-stream").grant
        step.say(f"{story.streams}：{entry.title}，方式为批量交换")
    with story.screen.step(
        "stream",
        f"批量交换 {reports.ROWS:,} 行：逐帧核对，分段记录，存为 Arrow 文件",
        f"{reports.ROWS:,} rows as one Arrow stream: each frame checked, each portion on the log",
    ) as step:
        with receiving(story) as hub:
            whole = hub.stream(grant=story.streams, purpose=PURPOSE, case_number=CASE, officer=OFFICER)
            delivered = whole.to_file(story.out / FOLDER / STREAM)
        expect(delivered.rows == reports.ROWS, "every row")
        step.say(f"{delivered.rows:,} 行，{delivered.size / 2**20:.1f} MiB；存证回执：日志第 {delivered.receipt.index} 条，摘要值涵盖文件的每个字节")


def granted(story: Story, draft: pb.DataRequest, request_id: str) -> pb.DataRequest:
    """Ask for data as civil affairs does, with its head's consent; return the request as it stands then."""
    broker = story.civil.client.brokerage
    request = broker.CreateDataRequest(pb.CreateDataRequestRequest(data_request=draft, request_id=request_id))
    request = broker.SubmitDataRequest(pb.SubmitDataRequestRequest(name=request.name, etag=request.etag, officer=OFFICER))
    return confirming.confirm_again(story, request)


def verify_receipts(story: Story) -> None:
    """Let every receipt get its proof and the digest of its record, then check all of them by the files alone."""
    with story.screen.step(
        "receipts",
        "民政厅逐份核对存证回执：记录在已签名的日志之中，摘要值与所得数据一致",
        "every receipt holds: its record stands in the signed log, and speaks of just what was received",
    ) as step:
        folder = ReceiptFolder(story.out / FOLDER / RECEIPTS)
        source = ProofSource(story.civil.client.audit, look=Look(OFFICER, "核对存证回执"))
        for name in folder.names():
            source.complete(folder, name, folder.read(name))
        check = ReceiptCheck(VerifierKey.parse(str(source.key)), files=story.out / FOLDER)
        for name in folder.names():
            check.check(name, folder.read(name))
        step.say(f"{len(folder.names())} 份回执核对无误；离线复核：shuniu receipts verify {folder.place} --vkey {story.out / 'audit' / 'log.vkey'}")
