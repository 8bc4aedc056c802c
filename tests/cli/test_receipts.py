"""A kept answer is held against the log record that its receipt names, from the command line."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.processes import run
from tests.world import CASE, CONSUMER, KEY, OFFICER, PURPOSE


@pytest.fixture
def kept(world, tmp_path: Path) -> tuple[Path, Path]:
    """Return the files of an answer and of its record, as two calls wrote them."""
    identity, grant = world.member(CONSUMER).folder, world.grant()
    asked = {"grant": grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY}
    answer, record = tmp_path / "answer.json", tmp_path / "record.json"
    done = run("call", "--identity", identity, "--keep", answer, "ExchangeService/Query", json.dumps(asked))
    assert done.returncode == 0, done.stderr
    asked = {"index": json.loads(answer.read_text())["index"], "searcher": OFFICER, "reason": "核对存证回执"}
    record.write_text(run("call", "--identity", identity, "AuditService/GetAuditRecord", json.dumps(asked)).stdout)
    return answer, record


def changed(path: Path, **parts: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **parts}))


def test_the_record_of_a_receipt_speaks_of_the_answer_that_was_kept(kept):
    answer, record = kept
    done = run("receipt", answer, record)
    assert (done.returncode, "speaks of just this answer" in done.stdout) == (0, True), done.stderr
    told = json.loads(run("receipt", answer, record, "--json").stdout)
    assert (told["outcome"], told["index"]) == ("matches", json.loads(answer.read_text())["index"])
    assert run("receipt", answer, "-", given=record.read_bytes()).returncode == 0
    assert stat.S_IMODE(answer.stat().st_mode) == 0o600
    assert KEY not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("parts", "code", "said"),
    [
        ({"answer": "AAAA"}, 1, "another answer"),
        ({"salt": "A" * 43 + "="}, 1, "another answer"),
        ({"salt": ""}, 3, "without its salt"),
        ({"leaf_hash": "A" * 43 + "="}, 1, "not record"),
        ({"index": 0}, 1, "not record"),
        ({"salt": "AAAA"}, 2, "no kept answer"),
    ],
)
def test_what_does_not_fit_is_told_by_word_and_exit_code(kept, parts, code, said):
    answer, record = kept
    changed(answer, **parts)
    done = run("receipt", answer, record)
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr


def test_a_record_whose_hash_is_not_that_of_its_leaf_is_none(kept):
    answer, record = kept
    changed(record, leaf="AAAA")
    assert run("receipt", answer, record).returncode == 1
    record.write_text("{")
    assert run("receipt", answer, record).returncode == 2


def test_only_a_query_has_a_receipt_to_keep(world, tmp_path):
    done = run("call", "--identity", world.member(CONSUMER).folder, "--keep", tmp_path / "x", "IdentityService/WhoAmI")
    assert (done.returncode, "--keep" in done.stderr, (tmp_path / "x").exists()) == (2, True, False)


def test_of_a_record_that_was_erased_nothing_can_be_told_but_that_it_stands_there(kept):
    answer, record = kept
    changed(record, erased=True, erasure_index="99", status="", digest="")
    done = run("receipt", answer, record)
    assert (done.returncode, "was erased by record 99" in done.stdout) == (3, True), done.stdout
