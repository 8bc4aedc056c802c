"""The short form of `make faults`, and that it sees what it is there for."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from audit.model import Kind
from shuniu.proofs import proof as product
from tests.end_to_end.processes import descendants, running
from tests.faults import notes, proofs, report, rounds, series
from tests.faults.evidence import Acknowledged, Entry, Tally, tally
from tests.faults.process import ROOT

LEAF, DIGEST = b"l" * 32, b"d" * 32
INTENT, OUTCOME = Entry(Kind.INTENT, "", b"", None), Entry(Kind.OUTCOME, "ok", DIGEST, 0)
RECEIPT = Acknowledged(1, LEAF, DIGEST)


def nothing_wrong(rows: list[report.Row]) -> bool:
    return [f"{one.fault}: {wrong}" for one in rows for wrong in one.wrong] == []


def test_a_hub_on_sqlite_loses_nothing_by_kills_cancelled_calls_a_full_disk_and_failing_input_and_output():
    rows = series.run("sqlite", series.SHORT)
    assert nothing_wrong(rows)
    assert {one.fault for one in rows} >= {"calls cancelled at random moments", "kill -9 of the hub", "disk full", "the whole log at the end"}
    assert next(one for one in rows if one.fault == "kill -9 of the hub").figures["answers"] > 100, "hardly any load: the test shows nothing"


@pytest.mark.postgres
def test_a_hub_on_postgresql_loses_nothing_by_what_happens_to_its_server():
    rows = series.run("postgresql", series.SHORT)
    assert nothing_wrong(rows)
    assert sum(one.times for one in rows if one.fault.startswith("PostgreSQL: ")) > series.SHORT.server_faults


def test_what_is_accepted_of_proofs_and_notes_is_what_holds():
    assert nothing_wrong(series.run("probes", series.SHORT))


@pytest.mark.parametrize(
    ("entries", "receipts", "found"),
    [
        ([INTENT, OUTCOME], [RECEIPT], Tally()),
        ([INTENT], [RECEIPT], Tally(lost=1)),
        ([INTENT, OUTCOME], [replace(RECEIPT, leaf_hash=bytes(32))], Tally(other_leaf=1)),
        ([INTENT, OUTCOME], [replace(RECEIPT, digest=bytes(32))], Tally(other_leaf=1)),
        ([INTENT, OUTCOME._replace(status="INTERRUPTED")], [RECEIPT], Tally(other_leaf=1)),
        ([INTENT, OUTCOME], [RECEIPT, RECEIPT], Tally(twice=1)),
        ([OUTCOME, OUTCOME], [RECEIPT], Tally(without_intent=1)),
        ([INTENT, OUTCOME._replace(intent_index=None)], [RECEIPT], Tally(without_intent=1)),
    ],
)
def test_a_receipt_that_does_not_agree_with_the_log_is_counted(entries: list[Entry], receipts: list[Acknowledged], found: Tally):
    assert tally(entries, [LEAF] * len(entries), receipts) == found


def test_a_verifier_that_accepts_too_much_or_too_little_is_seen(monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr(product, "compare_digest", lambda _one, _other: True)  # any root is right
        assert all(one.figures["wrongly accepted"] for one in proofs.probe(6, 10))
    with monkeypatch.context() as patch:
        patch.setattr(product, "MAX_PROOF", 3)
        assert all(one.figures["wrongly refused"] for one in proofs.probe(6, 10))
    with monkeypatch.context() as patch:
        patch.setattr("shuniu.proofs.checkpoint.VerifierKey.verifies", lambda *_: True)
        with pytest.raises(AssertionError, match="another head"):
            notes.probe(1)


def test_the_judge_agrees_with_the_trees_of_which_it_knows_all_leaves():
    forest = proofs.Forest(6)
    for size in range(1, 65):
        assert forest.root(size) == proofs_root(forest.levels[0][:size])


def proofs_root(leaves: list[bytes]) -> bytes:
    """Every whole tree has one root, however it is reached: here leaf by leaf, along the path of the last one."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return proofs._node(proofs_root(leaves[:half]), proofs_root(leaves[half:]))


def test_the_command_prints_its_figures_and_fails_when_anything_is_lost():
    rows = [report.Row("kill -9 of the hub", 2, 3, {"answers": 5, "lost": 1}), report.Row("other", 1, 1, {"lost": 0}, problems=["it ended"])]
    said = json.loads(report.as_json(rows, 1.0))
    assert (said["ok"], [one["wrong"] for one in said["rows"]]) == (False, [["lost: 1"], ["it ended"]])
    assert report.from_json(said["rows"]) == rows
    done = subprocess.run([sys.executable, "-m", "tests.faults", "--short", "--only", "notes"], check=False, capture_output=True, cwd=ROOT, text=True)
    assert done.returncode == 0, done.stderr
    assert "signed notes" in done.stdout
    assert "probes: signed notes (1)" in done.stderr


def test_rounds_go_on_where_a_run_was_broken_off_and_what_was_found_wrong_stays_wrong(tmp_path: Path):
    extent, begun = rounds.Extent(rounds.PORTION * 4, 60.0, tmp_path / "kept" / "work.json"), list[tuple[int, int]]()

    def portion(first: int, count: int) -> report.Row:
        begun.append((first, count))
        if len(begun) == 3:
            raise KeyboardInterrupt
        return report.Row("", count, figures={"answers": count, "lost": int(len(begun) == 4)})

    with pytest.raises(KeyboardInterrupt):
        rounds.go_on(extent, "kill", portion)
    part = rounds.go_on(replace(extent, seconds=0.0), "kill", portion)
    assert (part.times, part.planned, part.wrong) == (2 * rounds.PORTION, 4 * rounds.PORTION, [])
    assert str(extent.file) in part.note
    whole = rounds.go_on(extent, "kill", portion)
    assert [first for first, _ in begun] == [rounds.PORTION * number for number in (0, 1, 2, 2, 3)]
    assert (whole.times, whole.figures) == (4 * rounds.PORTION, {"answers": 4 * rounds.PORTION, "lost": 1})
    assert whole.wrong == ["lost: 1"]
    assert "of them by runs before" in whole.note
    assert not extent.file or not extent.file.exists(), "what is whole is told once, and the next run begins anew"


def test_rounds_end_at_the_first_portion_in_which_something_else_is_wrong(tmp_path: Path):
    extent = rounds.Extent(1_000, 60.0, tmp_path / "work.json")
    for _ in range(2):
        row = rounds.go_on(extent, "kill", lambda _first, count: report.Row("", count, problems=["out of order"]))
    assert (row.times, row.wrong) == (2 * rounds.PORTION, ["out of order"] * 2)


def test_the_command_goes_on_with_the_rounds_of_a_run_before(tmp_path: Path):
    before = report.Row("kill -9 of the outbox", 998, 1_000, {"answers": 5_000, "lost": 0, "twice": 0})
    (tmp_path / "outbox.json").write_text(json.dumps(asdict(before)))
    command = [sys.executable, "-m", "tests.faults", "--only", "outbox", "--kept", str(tmp_path), "--json"]
    done = subprocess.run(command, check=False, capture_output=True, cwd=ROOT, text=True)
    assert done.returncode == 0, done.stderr
    (row,) = (one for one in json.loads(done.stdout)["rows"] if one["fault"] == before.fault)
    assert (row["times"], row["planned"], row["figures"]["lost"]) == (1_000, 1_000, 0)
    assert row["figures"]["answers"] > 5_000
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_every_process_and_removes_every_folder(tmp_path: Path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "tests.faults", "--only", "kills"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as one:
        end = time.monotonic() + 30
        while not list(tmp_path.glob("*/shuniu-world-*/ready.json")) and time.monotonic() < end:
            time.sleep(0.1)
        started = descendants(one.pid)
        assert len(started) > 2, "no hub was started: the test shows nothing"
        one.send_signal(signal.SIGINT)
        _, said = one.communicate(timeout=60)
    assert one.returncode == 130, said
    assert running(started) == set()
    assert list(tmp_path.iterdir()) == []
