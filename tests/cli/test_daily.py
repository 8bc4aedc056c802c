"""Daily work on the command line: no JSON, no etag, short names; what is missing is named, what cannot be undone is confirmed."""

import json
from datetime import timedelta

import pytest

from cli.synthetic import department
from hub.clock import day_in_china
from shuniu.cli.calling import SERVICES
from shuniu.cli.daily import commands, desk
from shuniu.cli.daily.browsing import BROWSING
from shuniu.cli.daily.complaints import COMPLAINT
from shuniu.cli.daily.deliveries import DEAD, DELIVERY
from shuniu.cli.daily.demands import DEMAND
from shuniu.cli.daily.departments import DEPARTMENT, SYSTEM
from shuniu.cli.daily.directory_updates import DIRECTORY_UPDATE
from shuniu.cli.daily.disputes import DISPUTE
from shuniu.cli.daily.entries import ENTRY, RELEASE
from shuniu.cli.daily.files import FILE
from shuniu.cli.daily.licenses import KEY as ISSUING_KEY
from shuniu.cli.daily.licenses import LICENSE
from shuniu.cli.daily.objections import NOTICE, OBJECTION
from shuniu.cli.daily.officers import MANDATE, OFFICER
from shuniu.cli.daily.practice import PRACTICE
from shuniu.cli.daily.proposals import PROPOSAL
from shuniu.cli.daily.questions import QUESTION
from shuniu.cli.daily.record_sources import RECORD_SOURCE
from shuniu.cli.daily.request_options import field_of, paths_of
from shuniu.cli.daily.requests import DECISION, GRANT, REQUEST
from shuniu.cli.daily.seals import SEAL
from shuniu.cli.daily.service_changes import SERVICE_CHANGE
from shuniu.cli.daily.signer_certificates import CERTIFICATE
from shuniu.cli.daily.successions import SUCCESSION
from shuniu.cli.daily.use_records import USE
from shuniu.cli.daily.work import WORK
from tests.cli.processes import run
from tests.world import AUTHORITY, CONSUMER, FIELDS, KEY, PROVIDER, PURPOSE, a_field
from tests.world import OFFICER as CLERK

GROUPS = (
    DEPARTMENT,
    SYSTEM,
    SUCCESSION,
    OFFICER,
    MANDATE,
    PROPOSAL,
    WORK,
    ENTRY,
    DIRECTORY_UPDATE,
    RECORD_SOURCE,
    RELEASE,
    REQUEST,
    GRANT,
    BROWSING,
    FILE,
    QUESTION,
    USE,
    DECISION,
    SERVICE_CHANGE,
    OBJECTION,
    NOTICE,
    DEMAND,
    DISPUTE,
    COMPLAINT,
    LICENSE,
    ISSUING_KEY,
    SEAL,
    CERTIFICATE,
    DELIVERY,
    DEAD,
    PRACTICE,
)
ROWS = [(group, row) for group in GROUPS for row in group.rows]


def by(world, kind, *arguments, **more):
    """Run a command as a department, for programs to read; it must succeed."""
    done = run(*arguments, "--identity", world.member(kind).folder, "--json", **more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def said(world, kind, *arguments):
    """Run a command as a department, for people to read; it must succeed."""
    done = run(*arguments, "--identity", world.member(kind).folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("group", "row"), ROWS, ids=lambda one: getattr(one, "command", ""))
def test_every_command_names_an_rpc_and_fields_that_there_are(group, row):
    made = commands.command_of(group, row)
    service, _, method = row.rpc.partition("/")
    assert method in SERVICES[service].methods_by_name
    assert set(row.needs) <= set(paths_of(row))
    if row.columns:
        listed = next(
            one.message_type for one in SERVICES[service].methods_by_name[method].output_type.fields if one.is_repeated and one.message_type
        )
        assert all(field_of(listed, path) for path in row.columns)
    assert {"--identity", "--json"} <= {flag for one in made.params for flag in one.opts}


def test_a_request_goes_its_way_from_draft_to_grant_without_json(world):
    entry = world.entry().name
    draft = by(
        world, CONSUMER, "request", "new", "--entry", entry, "--legal-basis", "社会救助暂行办法第九条", "--scenario", "低保核对",
        "--scope", "本省居民", "--officer", CLERK, "--field", "name", "--field", "address", "--purpose", PURPOSE,
        "--period-days", 30, "--daily-calls", 1000, "--mode", "query",
    )  # fmt: skip
    name = draft["name"].removeprefix("dataRequests/")
    assert by(world, CONSUMER, "request", "submit", name)["state"] == "DATA_REQUEST_STATE_SUBMITTED"
    text = said(world, PROVIDER, "request", "show", name)
    assert "状态 state: 已提交 submitted" in text
    assert "第二十一条" in text
    assert "北京时间 (UTC+8)" in text
    assert "核对" in text
    assert by(world, PROVIDER, "request", "ask", name, "--gap", "缺法律依据全文", "--officer", CLERK)["gaps"] == ["缺法律依据全文"]
    by(world, CONSUMER, "request", "supplement", name, "--supplement", "已补充")
    after = by(world, PROVIDER, "request", "approve", name, "--field", "name", "--purpose", PURPOSE, "--period-days", 30, "--daily-calls", 100,
               "--mode", "query", "--reason", "只需姓名", "--officer", CLERK)  # fmt: skip
    assert after["offered"]["fields"] == ["name"]
    grant = by(world, CONSUMER, "request", "accept", name)["grant"]
    assert name in {one["name"].removeprefix("dataRequests/") for one in by(world, PROVIDER, "request", "list", "--state", "已批准")}
    assert grant in {one["name"] for one in by(world, CONSUMER, "grant", "list")}
    given = (grant, "--reason", "核实用途", "--officer", CLERK)
    assert by(world, PROVIDER, "grant", "suspend", *given, "--yes")["state"] == "GRANT_STATE_SUSPENDED"
    assert by(world, PROVIDER, "grant", "resume", *given)["state"] == "GRANT_STATE_ACTIVE"
    assert by(world, AUTHORITY, "grant", "revoke", *given, "--yes")["state"] == "GRANT_STATE_REVOKED"


def test_rows_are_typed_as_they_are_shown_and_only_narrowed(world):
    entry = world.entry(fields=(*FIELDS, a_field("town"), a_field("year", type="int64"))).name
    given = ("--legal-basis", "社会救助暂行办法第九条", "--scenario", "低保核对", "--scope", "银川市", "--officer", CLERK)
    terms = ("--field", "name", "--purpose", PURPOSE, "--period-days", 30, "--daily-calls", 10, "--mode", "query")
    rows = ("--row", "town^=6401", "--row", "year>=2020", "--row", "year<=2025")
    draft = by(world, CONSUMER, "request", "new", "--entry", entry, *given, *terms, *rows)
    assert draft["asked"]["rows"] == [
        {"field": "town", "prefix": "6401", "type": "string"},
        {"field": "year", "range": {"at_least": "2020", "at_most": "2025"}, "type": "int64"},
    ]
    name = draft["name"].removeprefix("dataRequests/")
    by(world, CONSUMER, "request", "submit", name)
    assert "记录 rows: town^=6401; year>=2020; year<=2025" in said(world, PROVIDER, "request", "show", name)
    narrower = ("--row", "town in 640104,640106", "--row", "year=2024", "--reason", "只需两区", "--officer", CLERK)
    by(world, PROVIDER, "request", "approve", name, *terms, *narrower)
    grant = by(world, CONSUMER, "request", "accept", name)["grant"]
    assert "town in 640104,640106; year=2024" in said(world, CONSUMER, "grant", "show", grant)
    for wrong in ("town", "town~6401", "town like 6401%", "^=6401", "town="):
        done = run("request", "new", "--entry", entry, *map(str, (*given, *terms)), "--row", wrong, "--identity", world.member(CONSUMER).folder)
        assert (done.returncode, "field^=prefix" in done.stderr) == (2, True)


def test_a_grant_is_renewed_amended_mended_and_its_data_disposed_of_without_json(world):
    entry, clerk = world.entry().name, ("--officer", CLERK)

    def granted(*follows: str) -> str:
        draft = by(
            world, CONSUMER, "request", "new", "--entry", entry, "--legal-basis", "社会救助暂行办法第九条", "--scenario", "低保核对",
            "--scope", "本省居民", *clerk, "--field", "name", "--purpose", PURPOSE, "--period-days", 30, "--daily-calls", 1000, "--mode", "query",
            *follows,
        )  # fmt: skip
        by(world, CONSUMER, "request", "submit", draft["name"])
        return str(by(world, PROVIDER, "request", "approve", draft["name"], "--disposal-terms", "删除", *clerk)["grant"])

    first = granted()
    second = granted("--follows", first, "--follow-kind", "变更")
    third = granted("--follows", second, "--follow-kind", "续期")
    assert by(world, CONSUMER, "grant", "show", first)["state"] == "GRANT_STATE_SUPERSEDED"
    assert by(world, CONSUMER, "grant", "show", second)["followed_by"] == third
    misuse = ("--ground", "违规使用", "--mend-days", 5, "--reason", "超出办理事项", *clerk, "--yes")
    assert by(world, PROVIDER, "grant", "suspend", second, *misuse)["mending"]["working_days"] == 5
    by(world, CONSUMER, "grant", "report-mending", second, "--statement", "已整改", *clerk)
    by(world, PROVIDER, "grant", "refuse-mending", second, "--mend-days", 3, "--reason", "未附证明", *clerk)
    by(world, AUTHORITY, "grant", "revoke", third, "--reason", "依据废止", *clerk, "--yes")
    by(world, AUTHORITY, "grant", "revoke", second, "--reason", "逾期未整改", *clerk, "--yes")
    today = day_in_china(world.clock.now())
    receipt = ("--method", "删除", "--statement", "已从业务库删除", "--dispose-date", today, *clerk)
    assert by(world, CONSUMER, "grant", "dispose", second, *receipt)["disposal"]["state"] == "DISPOSAL_STATE_RECORDED"
    by(world, PROVIDER, "grant", "return-disposal", second, "--reason", "请附记录", *clerk)
    by(world, CONSUMER, "grant", "dispose", second, *receipt)
    assert by(world, PROVIDER, "grant", "accept-disposal", second, *clerk)["disposal"]["state"] == "DISPOSAL_STATE_ACCEPTED"


def test_a_use_is_recorded_corrected_and_inspected_without_json(world):
    grant = world.grant().name
    today = day_in_china(world.clock.now())
    texts = ("--scenario", "低保核对", "--process", "窗口逐件核对", "--effect", "减少证明材料", "--storage", "业务库", "--destruction", "尚未销毁")
    given = ("use", "record", "--grant", grant, "--from", today, "--to", today, *texts, "--officer", CLERK)
    first = by(world, CONSUMER, *given)["name"]
    world.clock.advance(timedelta(seconds=1))  # ids of one moment have no order
    second = by(world, CONSUMER, *given, "--corrects", first)["name"]
    assert [(one["name"], one.get("corrected_by", "")) for one in by(world, CONSUMER, "use", "list", "--grant", grant)] == [
        (second, ""), (first, second)
    ]  # fmt: skip
    found = by(world, PROVIDER, "grant", "inspect", grant, "--reason", "年度检查", "--officer", "GA-0001")
    assert [one["name"] for one in found["use_records"]] == [second, first]
    looked = said(
        world, AUTHORITY, "audit", "search", "--department", world.member(CONSUMER).department, "--officer", "SJ-0001", "--reason", "年度监督检查"
    )
    assert "InspectGrant" in looked


def test_what_is_missing_is_named_where_nobody_can_be_asked(world):
    done = run("request", "refuse", "x", "--yes", "--identity", world.member(PROVIDER).folder)
    assert done.returncode == 2
    assert "--reason（理由）" in done.stderr
    assert "--officer（经办人）" in done.stderr


def test_what_is_missing_is_asked_for_on_a_terminal(world, monkeypatch):
    monkeypatch.setattr(commands, "can_ask", lambda: True)
    entry = world.entry().name
    answers = [entry, "依据", "场景", "范围", CLERK, "name", "", PURPOSE, "", "30", "100", "query"]
    done = run("request", "new", "--identity", world.member(CONSUMER).folder, "--json", given="\n".join(answers).encode() + b"\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["asked"]["fields"] == ["name"]


def test_what_cannot_be_undone_is_confirmed(world, monkeypatch):
    grant = world.grant().name
    given = ("grant", "revoke", grant, "--reason", "到期", "--officer", CLERK, "--identity", world.member(AUTHORITY).folder)
    done = run(*given)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    monkeypatch.setattr(commands, "can_ask", lambda: True)
    assert run(*given, given=b"n\n").returncode == 1
    assert by(world, PROVIDER, "grant", "show", grant)["state"] == "GRANT_STATE_ACTIVE"
    assert run(*given, given=b"y\n").returncode == 0
    assert by(world, PROVIDER, "grant", "show", grant)["state"] == "GRANT_STATE_REVOKED"


def test_several_are_done_in_turn_and_the_refused_one_keeps_nobody_waiting(world):
    first, second = world.grant().name, world.grant().name
    done = run("grant", "suspend", first, "grants/nosuch", second, "--reason", "核实", "--officer", CLERK, "--yes",
               "--identity", world.member(PROVIDER).folder)  # fmt: skip
    assert done.returncode == 1
    assert [line.split()[0] for line in done.stdout.splitlines()] == [first, second]
    assert "nosuch" in done.stderr


def test_a_table_is_one_line_each_for_programs_and_says_where_there_is_more(world):
    for _ in range(2):
        world.grant()
    done = run("grant", "list", "--count", 1, "--identity", world.member(CONSUMER).folder)
    assert len(done.stdout.splitlines()) == 2
    assert "--count" in done.stderr
    assert "状态 state" in done.stdout.splitlines()[0]


def test_an_entry_is_drafted_from_a_file_submitted_returned_and_published(world, tmp_path):
    shown = by(world, PROVIDER, "entry", "show", world.entry().name)
    file = tmp_path / "entry.json"
    file.write_text(json.dumps({**shown, "resource_code": "30799/000777", "share_type": "有条件共享"}, ensure_ascii=False), encoding="utf-8-sig")
    name = by(world, PROVIDER, "entry", "new", "--file", file)["name"].removeprefix("entries/")
    assert name not in json.dumps(by(world, PROVIDER, "entry", "new", "--file", file, "--dry-run"))
    by(world, PROVIDER, "entry", "submit", name, "--reason", "新编", "--officer", CLERK)
    waiting = by(world, AUTHORITY, "entry", "list", "--state", "待审核")
    assert f"entries/{name}" in {one["name"] for one in waiting}
    by(world, AUTHORITY, "entry", "return", name, "--reason", "摘要过短", "--officer", CLERK)
    assert "摘要过短" in said(world, PROVIDER, "entry", "list", "--state", "草稿")
    by(world, PROVIDER, "entry", "update", name, "--file", file)
    by(world, PROVIDER, "entry", "submit", name, "--reason", "已改", "--officer", CLERK)
    assert by(world, AUTHORITY, "entry", "publish", name, "--officer", CLERK)["state"] == "ENTRY_STATE_PUBLISHED"
    assert by(world, PROVIDER, "entry", "revise", name, "--reason", "增加字段")["version"] == 2
    assert by(world, PROVIDER, "entry", "withdraw", name, "--reason", "停用", "--officer", CLERK, "--yes")["state"] == "ENTRY_STATE_WITHDRAWN"


def test_a_department_is_added_renamed_disabled_and_enabled(world):
    uscc = department("culture").uscc
    added = by(world, AUTHORITY, "department", "add", "--uscc", uscc, "--title", "某某市文化局", "--region", "640100")
    assert added["level"] == "LEVEL_CITY"
    changed = by(world, AUTHORITY, "department", "update", uscc, "--title", "某某市文化和旅游局", "--reason", "机构更名", "--officer", CLERK)
    assert (changed["title"], changed["region"]) == ("某某市文化和旅游局", "640100")
    given = (uscc, "--reason", "核实", "--officer", CLERK)
    assert by(world, AUTHORITY, "department", "disable", *given, "--yes")["state"] == "DEPARTMENT_STATE_DISABLED"
    assert by(world, AUTHORITY, "department", "enable", *given)["state"] == "DEPARTMENT_STATE_ACTIVE"
    assert "文化和旅游局" in said(world, CONSUMER, "department", "list")
    invited = by(world, AUTHORITY, "system", "invite", "--department", uscc, "--system", "main")
    assert invited["invitation"].startswith("shuniu://")
    assert by(world, CONSUMER, "system", "whoami")["name"] == world.member(CONSUMER).name


def test_an_objection_and_its_notice_go_their_way(world, tmp_path):
    entry = world.entry().name
    number = tmp_path / "key.txt"
    number.write_text(f"{KEY}\n")
    name = by(
        world, CONSUMER, "objection", "new", "--target", "记录", "--resource", entry, "--subject-key", f"@{number}",
        "--statement", "住址与户口簿不一致", "--officer", CLERK,
    )["name"]  # fmt: skip
    assert by(world, PROVIDER, "objection", "verify", name, "--officer", CLERK)["state"] == "OBJECTION_STATE_VERIFYING"
    assert "校核中 verifying" in said(world, PROVIDER, "objection", "list")
    by(world, PROVIDER, "objection", "dismiss", name, "--outcome", "与登记一致", "--officer", CLERK, "--yes")
    assert by(world, CONSUMER, "objection", "confirm", name)["state"] == "OBJECTION_STATE_CLOSED"
    assert by(world, CONSUMER, "notice", "list") == []
    for taken in ("appeal", "uphold"):
        again = by(
            world, CONSUMER, "objection", "new", "--target", "记录", "--resource", entry, "--subject-key", f"@{number}",
            "--statement", "住址与户口簿不一致", "--officer", CLERK,
        )["name"]  # fmt: skip
        by(world, PROVIDER, "objection", "verify", again, "--officer", CLERK)
        by(world, PROVIDER, "objection", "dismiss", again, "--outcome", "与登记一致", "--officer", CLERK, "--yes")
        by(world, CONSUMER, "objection", "appeal", again, "--statement", "登记有误", "--officer", CLERK)
        if taken == "appeal":
            by(world, AUTHORITY, "objection", "overturn", again, "--reason", "证据充分", "--officer", CLERK)
            assert by(world, CONSUMER, "objection", "withdraw", again, "--reason", "已核实", "--officer", CLERK, "--yes")["withdrawal"] == "已核实"
        else:
            assert by(world, AUTHORITY, "objection", "uphold", again, "--reason", "得当", "--officer", CLERK, "--yes")["decision"] == "得当"
    assert by(world, AUTHORITY, "notice", "list", "--objection", name) == []
    for command in (("acknowledge", "--officer", CLERK), ("show",)):
        done = run("notice", command[0], "01k0000000000000000000000x", *command[1:], "--identity", world.member(CONSUMER).folder)
        assert done.returncode == 1
        assert "NOT_FOUND" in done.stderr


def test_a_listing_of_one_thing_takes_its_short_name_given_or_asked_for(world, monkeypatch):
    name = world.entry().name
    short = name.removeprefix("entries/")
    assert [one["name"] for one in by(world, PROVIDER, "entry", "versions", "--name", short)] == [name]
    assert [one["entry"] for one in by(world, PROVIDER, "entry", "check", "--entry", short)] == [name]
    monkeypatch.setattr(commands, "can_ask", lambda: True)
    done = run("entry", "versions", "--identity", world.member(PROVIDER).folder, "--json", given=f"{short}\n".encode())
    assert [one["name"] for one in json.loads(done.stdout)] == [name]


def test_a_decision_and_the_file_of_a_case_are_shown(world):
    grant = world.grant().name
    refused = world.member(CONSUMER).query(grant, purpose="640000-other")
    assert by(world, CONSUMER, "decision", "show", refused.trailers["shuniu-decision"])["reason"] == "PURPOSE_NOT_GRANTED"
    assert by(world, PROVIDER, "grant", "file", grant)["grant"]["name"] == grant
    assert {row.rpc.partition("/")[0] for _, row in ROWS} <= set(desk.STUBS)


LISTINGS = [(group, row) for group, row in ROWS if row.columns]


@pytest.mark.parametrize(("group", "row"), LISTINGS, ids=lambda one: getattr(one, "command", ""))
def test_every_listing_lists_for_people_and_for_programs(world, group, row):
    inside = {"key": ("license",), "dead": ("delivery",)}.get(group.command, ())
    words = (*inside, group.command, row.command, *(["--name", world.entry().name] if "name" in row.needs else []))
    words = (*words, "--entry", world.grant().entry, "--withdrawal") if row.command == "affected" else words
    words = (*words, "--grant", world.grant().name) if "grant" in row.needs else words
    who = CONSUMER if group is USE else PROVIDER
    assert isinstance(by(world, who, *words), list)
    assert said(world, who, *words)


def test_a_system_is_revoked_by_its_department_and_its_name(world):
    lost = world.member(CONSUMER, "lost")
    answer = by(world, AUTHORITY, "system", "revoke", f"{lost.department}/lost", "--reason", "设备遗失", "--yes")
    assert [one["revoke_reason"] for one in answer["certificates"]] == ["设备遗失"]
    assert by(world, AUTHORITY, "release", "new")["name"] == by(world, CONSUMER, "release", "show")["name"]


def test_a_succession_is_laid_down_confirmed_shown_and_called_off(world):
    code = world.member(PROVIDER).department
    said_so = ("--effective-date", "2099-01-01", "--basis", "《机构改革方案》", "--title", "新名称厅", "--officer", "SJ-1")
    plan = by(world, AUTHORITY, "succession", "plan", "--kind", "更名", "--predecessor", code, *said_so)
    assert by(world, AUTHORITY, "succession", "confirm", plan["name"], "--officer", "SJ-2", "--yes")["state"] == "SUCCESSION_STATE_CONFIRMED"
    assert by(world, PROVIDER, "succession", "show", plan["name"])["predecessors"] == [code]
    assert plan["name"] in json.dumps(by(world, PROVIDER, "succession", "list"))
    ended = by(world, AUTHORITY, "succession", "call-off", plan["name"], "--reason", "方案调整", "--officer", "SJ-1")
    assert ended["state"] == "SUCCESSION_STATE_CALLED_OFF"


def test_a_demand_goes_over_the_board_to_the_entry_that_fulfils_it(world):
    owner = world.member(PROVIDER).department
    wish = ("--title", "居住证信息", "--description", "签发与有效期", "--legal-basis", "《居住证暂行条例》", "--scenario", "入学核验")
    one = by(world, CONSUMER, "demand", "new", *wish, "--wished-field", "证号", "--officer", CLERK)["name"]
    assert "居住证信息" in said(world, PROVIDER, "demand", "list")
    by(world, AUTHORITY, "demand", "assign", one, "--department", owner, "--reason", "掌握该数据", "--officer", "SJ-0001")
    by(world, PROVIDER, "demand", "accept", one, "--officer", "GA-1107")
    by(world, PROVIDER, "demand", "fulfil", one, "--entry", world.usual_entry.name, "--officer", "GA-1107", "--yes")
    assert "已满足" in said(world, CONSUMER, "demand", "show", one.partition("/")[2])


def test_a_complaint_says_that_no_rule_gives_a_time_for_its_answer(world):
    told = ("--statement", "要求重复提交户籍证明", "--channel", "窗口", "--contact-reference", "XF-2026-0042", "--officer", CLERK)
    one = by(world, CONSUMER, "complaint", "new", *told)["name"]
    shown = said(world, CONSUMER, "complaint", "show", one)
    assert "是否无办理时限 no time limit: 是" in shown, shown
    by(world, AUTHORITY, "complaint", "accept", one, "--reason", "直接答复", "--officer", "SJ-0001")
    by(world, AUTHORITY, "complaint", "answer", one, "--answer", "已整改", "--officer", "SJ-0001")
    by(world, CONSUMER, "complaint", "close", one, "--officer", CLERK, "--yes")
    assert "已办结" in said(world, CONSUMER, "complaint", "list")


def test_a_change_of_law_is_reported_asks_for_more_time_and_is_taken_back(world):
    day = f"{day_in_china(world.clock.now())}"
    told = ("--entry", world.entry().name, "--change", "登记项目增加一项", "--legal-basis", "《户口登记条例》", "--change-date", day)
    one = by(world, PROVIDER, "directory-update", "report", *told, "--officer", "GA-1107")["name"]
    shown = said(world, PROVIDER, "directory-update", "show", one)
    assert "待更新" in shown
    assert "第十七条" in shown
    by(world, PROVIDER, "directory-update", "request-extension", one, "--working-days", "3", "--reason", "系统改造", "--officer", "GA-1107")
    by(world, AUTHORITY, "directory-update", "allow-extension", one, "--reason", "情况属实", "--officer", "SJ-0001")
    by(world, PROVIDER, "directory-update", "withdraw", one, "--reason", "误报", "--officer", "GA-1107", "--yes")
    assert "已撤回" in said(world, AUTHORITY, "directory-update", "list")


def test_the_authority_names_the_source_of_a_term_and_everybody_reads_who_it_is(world):
    owner = world.member(PROVIDER).department
    told = ("--term", "婚姻登记", "--department", owner, "--basis", "《三定规定》", "--officer", "SJ-0001")
    one = by(world, AUTHORITY, "record-source", "assign", *told)["name"]
    assert "婚姻登记" in said(world, CONSUMER, "record-source", "list", "--term", "婚姻登记")
    assert "主管部门确定" in said(world, CONSUMER, "record-source", "show", one)
    by(world, AUTHORITY, "record-source", "end", one, "--reason", "职责调整", "--officer", "SJ-0001", "--yes")
    assert "已终止" in said(world, PROVIDER, "record-source", "list", "--term", "婚姻登记")


def test_a_declined_demand_is_disputed_and_settled(world):
    owner = world.member(PROVIDER).department
    wish = ("--title", "车辆信息", "--description", "登记状态", "--legal-basis", "《社会救助暂行办法》", "--scenario", "低保核对")
    one = by(world, CONSUMER, "demand", "new", *wish, "--officer", CLERK)["name"]
    by(world, AUTHORITY, "demand", "assign", one, "--department", owner, "--reason", "掌握该数据", "--officer", "SJ-0001")
    by(world, PROVIDER, "demand", "decline", one, "--reason", "不掌握", "--officer", "GA-1107")
    case = by(world, CONSUMER, "dispute", "open", "--resource", one, "--statement", "车管所掌握", "--officer", CLERK)["name"]
    shown = said(world, PROVIDER, "dispute", "show", case)
    assert "争议期间的安排 meanwhile: 需求维持退回" in shown, shown
    by(world, PROVIDER, "dispute", "propose", case, "--settlement", "由车管所受理", "--officer", "GA-1107")
    by(world, CONSUMER, "dispute", "agree", case, "--officer", CLERK, "--yes")
    assert "协商一致" in said(world, CONSUMER, "dispute", "list")
