"""Check, QueryMany and Stream by the example in Node, which knows the protos and nothing else of ours; its table is read by a judge's pyarrow."""

import json
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from shuniu.receipts import KeptAnswer
from shuniu.v1 import brokerage_pb2
from tests.exchange.streams import batch, end, people, schema, sent
from tests.exchange.test_checks import Served
from tests.exchange.test_many import NOBODY
from tests.judges import ROOT, judge_python
from tests.languages.programs import Program, Run
from tests.world import CASE, CONSUMER, KEY, OFFICER, PURPOSE, World

ROWS = 20_000
Ask = Callable[..., Run]


@pytest.fixture
def ask(node_exchange: Program, world: World, tmp_path: Path) -> Ask:
    """Return a way to ask with the program, as the consuming department."""

    def go(way: str, grant: brokerage_pb2.Grant, out: Path, given: str = "", **more: Any) -> Run:
        said = {"grant": grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, **more}
        asked = tmp_path / "request.json"
        asked.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        return node_exchange.run(world.member(CONSUMER).folder, way, asked, out, given=given)

    return go


def is_of_its_record(world: World, file: Path) -> bool:
    kept = KeptAnswer.from_json(file.read_text(encoding="utf-8"))
    record = world.records()[kept.receipt.index]
    return file.stat().st_mode & 0o777 == 0o600 and kept.receipt.covers(kept.answer, record.digest)


def test_a_predicate_is_asked_and_its_receipt_is_of_the_record(world: World, ask: Ask, tmp_path: Path):
    served, out = Served(world), tmp_path / "kept.json"
    run = ask("check", served.grant, out, predicate="is_adult", subject_key=KEY)
    assert (run.returncode, run.said) == (0, {"answer": "CHECK_ANSWER_YES"}), run.output
    assert is_of_its_record(world, out)


def test_many_keys_are_asked_in_one_stream_each_with_its_own_receipt(world: World, ask: Ask, tmp_path: Path):
    folder = tmp_path / "receipts"
    run = ask("many", world.grant(), folder, given=f"{KEY}\n{NOBODY}\n640104199003070120\n")
    assert run.returncode == 0, run.output
    assert [run.said[name]["records"] for name in ("key1", "key2")] == [1, 0]
    assert run.said["key3"]["refusal"]
    assert run.said["key3"]["message_zh"]
    files = sorted(folder.iterdir())
    assert {file.name for file in files} == {f"{run.said[name]['index']}.json" for name in ("key1", "key2")}
    assert all(is_of_its_record(world, file) for file in files)


def test_a_whole_table_is_written_as_it_came_and_pyarrow_in_another_environment_reads_it(world: World, ask: Ask, tmp_path: Path):
    half = ROWS // 2
    grant = sent(world, lambda _request: [schema(), batch(people(half)), batch(people(half, half)), end()])
    table = tmp_path / "people.arrows"
    run = ask("stream", grant, table)
    assert (run.returncode, run.said) == (0, {"rows": ROWS}), run.output
    receipt = table.with_name("people.arrows.receipt.json")
    assert is_of_its_record(world, receipt)
    kept = KeptAnswer.from_json(receipt.read_text(encoding="utf-8"))
    assert kept.answer == sha256(table.read_bytes()[:-8]).digest()
    assert kept.delivery is not None
    kept.delivery.check(tmp_path, kept.answer)
    command = [judge_python("pyarrow"), ROOT / "tests" / "judges" / "read_arrow.py", table]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert (read["rows"], read["distinct"], read["columns"]) == (ROWS, ROWS, {"id_number": "string", "address": "string"})


@pytest.mark.parametrize(("way", "mode"), [("check", "query"), ("many", "check"), ("stream", "query")])
def test_a_refusal_tells_its_reason_and_nothing_is_kept(world: World, ask: Ask, tmp_path: Path, way: str, mode: str):
    grant = Served(world).grant if mode == "check" else world.grant()
    more = {"predicate": "is_adult", "subject_key": KEY} if way == "check" else {}
    run = ask(way, grant, tmp_path / "out", given=f"{KEY}\n", **more)
    assert (run.returncode, run.said["code"], run.said["reason"]) == (1, "PERMISSION_DENIED", "MODE_NOT_GRANTED"), run.output
    assert run.said["messageZh"]
    assert [one.name for one in tmp_path.rglob("*") if one.is_file()] == ["request.json"]
