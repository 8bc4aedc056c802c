"""A license office on the command line: a key, one license, a ledger that was interrupted, the code on paper, and the day one is revoked."""

import csv
import io
import json
import os
import signal
import stat
import subprocess
import time

import pytest

from cli.process import shuniu_command
from shuniu.cli.daily import commands
from shuniu.codes import qr
from shuniu.identifiers import uscc
from tests.cli.processes import ROOT, run
from tests.licenses.counter import CITIZEN, NAME, PERMIT
from tests.world import AUTHORITY, PROVIDER

BUSINESS = "11100000MB0143028R001"
OFFICER = "SC-0001"
CASE = "办〔2026〕市监0456号"
FIELDS = {
    "法定代表人": "马建国",
    "注册资本（万元）": "500",
    "成立日期": "2020-05-06",
    "类型": "有限责任公司",
    "住所": "银川市",
    "经营范围": "软件开发",
}
COMPANY = uscc.build("91", "640100", "00000012")
WRONG = COMPANY[:-1] + ("A" if COMPANY[-1] != "A" else "B")


def by(world, kind, *arguments, **more):
    done = run(*arguments, "--identity", world.member(kind).folder, "--json", **more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def office(world, tmp_path_factory):
    """Give the department's key, registered by its office and admitted by the authority, all by commands."""
    file = tmp_path_factory.mktemp("office") / "license-key.pem"
    made = json.loads(run("license", "key", "new", "--out", file, "--json").stdout)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = ("--key", file, "--type", BUSINESS, "--type", PERMIT, "--officer", OFFICER)
    assert by(world, PROVIDER, "license", "key", "register", *told)["name"] == made["name"]
    (waiting,) = by(world, AUTHORITY, "license", "key", "list", "--state", "待启用")
    assert waiting["name"] == made["name"]
    admitted = by(world, AUTHORITY, "license", "key", "admit", made["name"], "--officer", "SJ-1")
    assert admitted["state"] == "ISSUING_KEY_STATE_ACTIVE"
    return file


def a_ledger(world, place, numbers, encoding="utf-8-sig", **changes):
    header = run("license", "issue", "--template", "营业执照", "--identity", world.member(PROVIDER).folder).stdout.lstrip("﻿").strip().split(",")
    out = io.StringIO()
    writer = csv.DictWriter(out, header)
    writer.writeheader()
    for number in numbers:
        row = {"证照编号": number, "持证主体名称": f"银川{number}商行", "持证主体代码": COMPANY, "办件编号": CASE, **FIELDS}
        writer.writerow({**{name: value for name, value in row.items() if name in header}, **changes.get(number, {})})
    place.write_bytes(out.getvalue().encode(encoding))
    return place


def issuing(world, office, *more):
    return ("license", "issue", "--key", office, "--officer", OFFICER, "--type", BUSINESS, *more, "--identity", world.member(PROVIDER).folder)


def outcomes(file):
    return list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))[1:]


def test_a_key_is_not_written_over_and_not_read_where_others_can(world, office, tmp_path):
    assert "FILE_THERE" in run("license", "key", "new", "--out", office).stderr
    copy = tmp_path / "key.pem"
    copy.write_bytes(office.read_bytes())
    copy.chmod(0o644)
    assert "KEY_READ_BY_OTHERS" in run(*issuing(world, copy)).stderr


def test_one_license_from_options_to_revocation(world, office, tmp_path):
    (tmp_path / "code").write_text(CITIZEN, encoding="utf-8")
    told = ("--type", "居住证", "--number", "640104-2026-0001", "--holder-name", NAME, "--holder-code-file", tmp_path / "code",
            "--case-number", CASE, "--field", "KZ_JZDZ=银川市兴庆区", "--field", "KZ_HJDZ=固原市原州区", "--field", "KZ_QFXZQH=640104")  # fmt: skip
    done = run("license", "issue", "--key", office, "--officer", OFFICER, *told, "--out", tmp_path / "codes", "--json",
               "--identity", world.member(PROVIDER).folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    issued = json.loads(done.stdout)
    assert CITIZEN not in done.stdout + done.stderr
    identifier = issued["identifier"]
    assert qr.read((tmp_path / "codes" / f"{identifier}.png").read_bytes()) == (issued["link"] or issued["code"])
    assert (tmp_path / "codes" / f"{identifier}.txt").read_text(encoding="ascii").strip() == (issued["link"] or issued["code"])

    again = ("license", "issue", "--key", office, "--officer", OFFICER, *told, "--json", "--identity", world.member(PROVIDER).folder)
    assert json.loads(run(*again).stdout)["identifier"] == identifier

    look = ("--officer", OFFICER, "--reason", "复核办件")
    assert by(world, PROVIDER, "license", "show", identifier, *look)["holders"][0]["code"] == CITIZEN
    picture = tmp_path / "again.svg"
    assert run("license", "qr", identifier, "--out", picture, *look, "--identity", world.member(PROVIDER).folder).returncode == 0
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert [one["name"] for one in by(world, PROVIDER, "license", "list", "--number", "640104-2026-0001")] == [issued["name"]]

    step = ("--officer", OFFICER, "--reason", "核查地址")
    assert by(world, PROVIDER, "license", "suspend", identifier, *step, "--yes")["state"] == "LICENSE_STATE_SUSPENDED"
    assert [one["name"] for one in by(world, PROVIDER, "license", "list", "--state", "已暂停")] == [issued["name"]]
    assert by(world, PROVIDER, "license", "resume", identifier, *step)["state"] == "LICENSE_STATE_ISSUED"
    assert by(world, PROVIDER, "license", "revoke", identifier, *step, "--yes")["state"] == "LICENSE_STATE_REVOKED"


def test_a_holders_code_is_asked_for_without_echo(world, office, monkeypatch):
    monkeypatch.setattr(commands, "can_ask", lambda: True)
    answers = ["营业执照", "640104-2026-0002", "银川某商行", CASE, COMPANY, *FIELDS.values()]
    done = run("license", "issue", "--key", office, "--officer", OFFICER, "--identity", world.member(PROVIDER).folder,
               given="".join(f"{one}\n" for one in answers).encode())  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert COMPANY not in done.stdout


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_ledger_is_issued_once_however_often_it_is_run(world, office, tmp_path, encoding):
    numbers = [f"宁{encoding}-{number}" for number in range(5)]
    ledger = a_ledger(world, tmp_path / "ledger.csv", numbers, encoding)
    dry = run(*issuing(world, office, "--file", ledger, "--dry-run", "--json"))
    assert json.loads(dry.stdout) == {"rows": 5, "faults": 0}
    for _ in range(2):
        done = run(*issuing(world, office, "--file", ledger, "--out", tmp_path / "codes", "--json"))
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["issued"] == 5
    rows = outcomes(tmp_path / "ledger.csv.result.csv")
    assert sorted(row[0] for row in rows) == ["2", "3", "4", "5", "6"]
    assert {row[3] for row in rows} == {"issued"}
    assert sorted(path.stem for path in (tmp_path / "codes").glob("*.png")) == sorted(row[2] for row in rows)
    assert stat.S_IMODE((tmp_path / "ledger.csv.result.csv").stat().st_mode) == 0o600


def test_json_lines_are_a_ledger_too(world, office, tmp_path):
    names = dict(zip(FIELDS, ("KZ_FDDBR", "KZ_ZCZB", "KZ_CLRQ", "KZ_LX", "KZ_ZS", "KZ_JYFW"), strict=True))
    lines = [
        {"number": f"J-{number}", "holder_name": "某商行", "holder_code": COMPANY, "case_number": CASE,
         "fields": {names[label]: value for label, value in FIELDS.items()}}
        for number in range(2)
    ]  # fmt: skip
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), encoding="utf-8")
    done = run(*issuing(world, office, "--file", ledger, "--json"))
    assert json.loads(done.stdout)["issued"] == 2, done.stderr


def test_every_fault_of_a_ledger_is_told_by_row_and_column_and_nothing_is_issued(world, office, tmp_path):
    ledger = a_ledger(
        world, tmp_path / "ledger.csv", ["F-1", "F-2", "F-3"],
        **{"F-1": {"持证主体代码": WRONG}, "F-2": {"成立日期": "", "有效期截止日期": "明年"},
           "F-3": {"注册资本（万元）": "很多", "证照编号": "F-1"}},
    )  # fmt: skip
    done = run(*issuing(world, office, "--file", ledger))
    assert done.returncode == 2
    assert [line.split("：")[0] for line in done.stderr.splitlines()[:5]] == [
        "第2行“持证主体代码”", "第3行“有效期截止日期”", "第3行“成立日期”", "第4行“注册资本（万元）”", "第4行“证照编号”",
    ]  # fmt: skip
    assert "row 4: the same number as in row 2" in done.stderr
    assert WRONG not in done.stderr
    assert not (tmp_path / "ledger.csv.result.csv").exists()
    assert by(world, PROVIDER, "license", "list", "--number", "F-1") == []


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00", "证照编号,证照编号\n1,2\n".encode(), "证照编号\n1,2\n".encode(), b'{"number": "1"}\n[]\n', b'"\n'], ids=range(6)
)
def test_what_is_no_ledger_is_refused(world, office, tmp_path, data):
    (tmp_path / "ledger.csv").write_bytes(data)
    done = run(*issuing(world, office, "--file", tmp_path / "ledger.csv"))
    assert (done.returncode, "LEDGER_FORM" in done.stderr) == (2, True), done.stderr


def test_a_row_that_the_hub_refuses_is_written_down_and_issued_once_it_is_mended(world, office, tmp_path):
    taken = a_ledger(world, tmp_path / "first.csv", ["T-1"])
    assert run(*issuing(world, office, "--file", taken)).returncode == 0
    ledger = a_ledger(world, tmp_path / "ledger.csv", ["T-2", "T-1", "T-3"], **{"T-1": {"住所": "吴忠市"}})
    done = run(*issuing(world, office, "--file", ledger, "--json"))
    assert (done.returncode, json.loads(done.stdout)["failed"]) == (1, 1)
    assert "第3行" in done.stderr
    a_ledger(world, ledger, ["T-2", "T-4", "T-3"])
    done = run(*issuing(world, office, "--file", ledger, "--json"))
    assert (done.returncode, json.loads(done.stdout)["issued"]) == (0, 3)
    assert len(by(world, PROVIDER, "license", "list", "--number", "T-2")) == 1


def test_a_key_that_may_not_sign_stops_the_run_at_once(world, tmp_path):
    file = tmp_path / "key.pem"
    run("license", "key", "new", "--out", file)
    by(world, PROVIDER, "license", "key", "register", "--key", file, "--type", BUSINESS, "--officer", OFFICER)
    ledger = a_ledger(world, tmp_path / "ledger.csv", [f"S-{number}" for number in range(50)])
    done = run(*issuing(world, file, "--file", ledger))
    assert "KEY_NOT_ACTIVE" in done.stderr
    assert outcomes(tmp_path / "ledger.csv.result.csv") == []


def test_a_run_that_is_killed_goes_on_where_it_stopped_and_issues_no_row_twice(world, office, tmp_path):
    numbers = [f"K-{number}" for number in range(150)]
    ledger, results = a_ledger(world, tmp_path / "ledger.csv", numbers), tmp_path / "ledger.csv.result.csv"
    command = [*shuniu_command(*map(str, issuing(world, office, "--file", ledger)))]
    for least in (5, 40):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while not results.exists() or len(results.read_bytes().splitlines()) < least:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with results.open("ab") as file:
        file.write(b'7,K-5,"half a li')  # what a crash of the machine may leave
    done = run(*issuing(world, office, "--file", ledger, "--json"))
    assert (done.returncode, json.loads(done.stdout)["issued"]) == (0, 150), done.stderr
    listed = by(world, PROVIDER, "license", "list", "--count", 1000)
    assert sorted(one["number"] for one in listed if one["number"].startswith("K-")) == sorted(numbers)
    assert len({row[1] for row in outcomes(results)}) == 150


def test_a_code_is_drawn_from_a_file_without_a_hub(tmp_path):
    text = "EL1:" + "A" * 400
    (tmp_path / "code.txt").write_text(text + "\n", encoding="utf-8-sig")
    for name in ("code.png", "code.svg"):
        assert run("license", "qr", tmp_path / "code.txt", "--out", tmp_path / name).returncode == 0
    assert qr.read((tmp_path / "code.png").read_bytes()) == text
    (tmp_path / "other.txt").write_text("hello", encoding="utf-8")
    assert run("license", "qr", tmp_path / "other.txt", "--out", tmp_path / "x.png").returncode == 2
    assert run("license", "qr", tmp_path / "code.txt", "--out", tmp_path / "x.gif").returncode == 2
    assert run("license", "qr", "1.2.156.3005.2.X", "--out", tmp_path / "x.png").returncode == 2
