"""Chapter 6: a department without a live service puts a file in its place; it is queried as any other."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Final

from cli.demo import exchanging, publishing
from cli.demo.expectation import expect
from cli.demo.story import CASE, DISABLED_OFFICER, OFFICER, PURPOSE, Story
from cli.synthetic import EntrySeed
from cli.synthetic.fields import parse_field
from shuniu.v1 import brokerage_pb2 as pb
from shuniu.v1 import files_pb2
from shuniu.words import value_words

ROWS: Final = 2_000
GRADES: Final = ("一级", "二级", "三级", "四级")
KINDS: Final = ("视力", "听力", "言语", "肢体", "智力", "精神")
_COLUMNS: Final = (
    "id_number:公民身份号码:s/18/3/kp/keep:6,4",
    "name:姓名:s/50/2/rp/keep:1,0",
    "category:残疾类别:s/20/3/rp",
    "grade:残疾等级:s/10/3/rp",
    "issued_on:发证日期:d//2/rp",
)


def upload(story: Story) -> None:
    """Upload a file with one wrong row, which is refused whole; then the mended one."""
    with story.screen.step(
        "file_upload",
        "残联没有在线接口，上传数据文件：一行不符则整份退回，改正后生效",
        "no live service: a file is uploaded, refused whole for one wrong row, and in force once mended",
    ) as step:
        entry = publishing.through(story, story.disabled, _entry_seed(story), DISABLED_OFFICER)
        story.entries["disabled"] = entry
        files, path = story.disabled.client, story.out / "data" / "disabled.csv"
        _write(story, path, "2024-02-30")
        refused = files.upload_file(path, entry=entry.name, officer=DISABLED_OFFICER, reason="首次上传")
        expect(refused.state == files_pb2.DATA_FILE_STATE_REFUSED and refused.fault_count == 1, "a file that is refused for its one wrong row")
        (fault,) = refused.faults
        problem = value_words("DataFileFault")[files_pb2.DataFileFault.Name(fault.problem)][0]
        step.say(f"退回：第 {fault.row} 行 {fault.column} {problem}；未载入任何一行")
        _write(story, path, "2024-02-29")
        done = files.upload_file(path, entry=entry.name, officer=DISABLED_OFFICER, reason="改正后重新上传")
        expect(done.state == files_pb2.DATA_FILE_STATE_IN_FORCE and done.row_count == ROWS, "a file in force")
        step.say(f"{done.name}：{done.row_count:,} 行生效，逐行核对，加密存放")


def query(story: Story) -> None:
    """Ask for one person of the file, under a grant like any other."""
    with story.screen.step(
        "file_query", "民政厅按授权查询该文件中的一人", "one person of the file, under a grant, logged and receipted as any query"
    ) as step:
        terms = pb.Terms(fields=["name", "category", "grade"], purposes=[PURPOSE], period_days=90, daily_calls=1000, mode="query")
        draft = pb.DataRequest(
            entry=story.entries["disabled"].name,
            legal_basis="《社会救助暂行办法》第十一条",
            scenario="审核时核对申请人残疾等级",
            scope="本省低保申请人",
            asked=terms,
            officer=OFFICER,
        )
        request = exchanging.granted(story, draft, "demo-request-file")
        approval = pb.ApproveDataRequestRequest(name=request.name, etag=request.etag, terms=terms, officer=DISABLED_OFFICER)
        request = story.disabled.client.brokerage.ApproveDataRequest(approval)
        expect(request.state == pb.DATA_REQUEST_STATE_APPROVED, "approved")
        person = story.residents[1]
        with exchanging.receiving(story) as hub:
            answer = hub.query(grant=request.grant, purpose=PURPOSE, case_number=CASE, officer=OFFICER, subject_key=person.id_number)
        (record,) = answer.records
        expect(set(record) == {"name", "category", "grade"}, "the fields that were granted")
        step.say("返回：" + "，".join(f"{name} {record[name]!s}" for name in terms.fields))


def _entry_seed(story: Story) -> EntrySeed:
    body = story.disabled.department
    return replace(
        story.seeds[0],
        title="残疾人证登记信息（数据文件）",
        abstract=f"{body.name}核发残疾人证的登记信息，按月以数据文件提供。",
        resource_code=f"{story.seeds[0].resource_code.partition('/')[0]}/900001",
        provider=body.uscc,
        provider_name=body.name,
        legal_basis="《中华人民共和国残疾人保障法》",
        update_period="monthly",
        record_term="",
        fields=tuple(map(parse_field, _COLUMNS)),
        modes=("query", "check"),
        serving_resource="",
    )


def _write(story: Story, path: Path, day: str) -> None:
    """Write the register of the federation; `day` stands in one of its rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(text.split(":")[0] for text in _COLUMNS)
        for number, one in enumerate(story.residents[1 : ROWS + 1]):
            issued = day if number == ROWS // 2 else f"20{number % 20 + 5:02d}-03-15"
            rows.writerow((one.id_number, one.name, KINDS[number % len(KINDS)], GRADES[number % len(GRADES)], issued))
