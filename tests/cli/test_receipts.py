"""A kept answer is held against the log record that its receipt names, from the command line."""

import json
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shuniu import connect
from shuniu.cli.department import members_address
from shuniu.predicates import CheckAnswer
from shuniu.proofs import VerifierKey
from shuniu.receipts import KeptAnswer
from tests.cli.processes import run
from tests.exchange.test_checks import Served
from tests.world import AUTHORITY, CASE, CONSUMER, KEY, OFFICER, PURPOSE


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


# --- a folder of them


@pytest.fixture
def folder(world, tmp_path: Path) -> Path:
    """Return a folder with the receipts of three queries, as three calls kept them."""
    place = tmp_path / "receipts"
    for number in range(3):
        query(world, place, number)
    return place


def query(world, place: Path, number: int = 0):
    asked = {"grant": world.grant().name, "purpose": PURPOSE, "case_number": f"{CASE}-{number}", "officer": OFFICER, "subject_key": KEY}
    done = run(
        "call", "--identity", world.member(CONSUMER).folder, "--receipts", place, "ExchangeService/Query", "-", given=json.dumps(asked).encode()
    )
    assert done.returncode == 0, done.stderr


def fetching(world, *more: object) -> tuple[object, ...]:
    return ("--fetch", "--identity", world.member(CONSUMER).folder, *more)


def comparing(world, *more: object) -> tuple[object, ...]:
    return ("--compare", "--identity", world.member(CONSUMER).folder, "--officer", OFFICER, *more)


def facts(*arguments: object) -> tuple[int, dict[str, Any]]:
    done = run("receipts", "verify", *arguments, "--json")
    return done.returncode, json.loads(done.stdout)


def reasons(told: dict[str, Any]) -> list[str]:
    return [one["reason"] for one in told["receipts"]]


@pytest.fixture
def proven(world, folder: Path) -> Path:
    """Return the folder with everything in it that a hub adds."""
    code, told = facts(folder, *comparing(world))
    assert (code, told["outcome"], told["proven"]) == (0, "proven", 3), told
    return folder


def test_each_answer_lies_in_a_file_of_its_own_named_by_its_record_and_read_by_its_owner_alone(folder):
    files = sorted(folder.iterdir())
    assert len(files) == 3
    for file in files:
        told = json.loads(file.read_text())
        assert file.name == f"{told['index']}.json"
        assert set(told) == {"origin", "index", "leaf_hash", "salt", "answer", "proof"}
        assert told["proof"] is None
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_was_fetched_lies_in_the_files_and_is_checked_without_the_hub(world, proven):
    code, told = facts(proven)
    assert (code, told["outcome"], told["pinned"], told["origin"]) == (0, "proven", False, world.config.origin)
    assert all(json.loads((proven / one["file"]).read_text())["proof"]["checkpoint"] for one in told["receipts"])
    done = run("receipts", "verify", proven, "--vkey", proven / "log.vkey")
    assert (done.returncode, done.stdout.count("✓")) == (0, 4), done.stdout
    assert "without --vkey" not in done.stdout
    assert KEY not in done.stdout


def test_a_proof_alone_leaves_the_answer_open(world, folder):
    code, told = facts(folder, *fetching(world))
    assert (code, told["outcome"], set(reasons(told))) == (3, "undetermined", {"RECEIPT_NOT_COMPARED"})
    size = world.log_size
    assert facts(folder, *fetching(world, "--officer", OFFICER))[0] == 3
    assert world.log_size == size, "proofs are no look at anybody's record"


def test_each_record_that_is_read_is_a_look_on_the_log_and_is_read_once(world, folder):
    before = world.log_size
    for _ in range(2):
        assert facts(folder, *comparing(world, "--reason", "季度核对存证回执"))[0] == 0
    looks = [one for one in world.records(before) if one.reason == "季度核对存证回执"]
    assert len(looks) == 3


def test_without_proofs_and_without_a_key_nothing_can_be_said(folder):
    done = run("receipts", "verify", folder)
    assert (done.returncode, "RECEIPTS_NO_KEY" in done.stderr) == (2, True), done.stderr


def test_a_receipt_without_a_proof_is_open(world, proven):
    query(world, proven)
    code, told = facts(proven)
    assert (code, told["proven"], told["undetermined"], reasons(told)[-1]) == (3, 3, 1, "RECEIPT_UNPROVEN")


def test_a_copy_of_the_log_proves_receipts_without_the_hub(world, folder):
    assert facts(folder, *fetching(world))[0] == 3  # waits for a checkpoint that covers them
    for file in folder.glob("*.json"):
        changed(file, proof=None)
    code, told = facts(folder, "--log", world.config.data / "log")
    assert (code, set(reasons(told))) == (3, {"RECEIPT_NOT_COMPARED"}), told
    changed(first(folder), leaf_hash="A" * 43 + "=")
    assert facts(folder, "--log", world.config.data / "log")[0] == 1


def first(place: Path) -> Path:
    return min(place.glob("[0-9]*.json"), key=lambda one: int(one.stem))


def flipped(text: str) -> str:
    return ("B" if text[0] == "A" else "A") + text[1:]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda told: told.update(answer=flipped(told["answer"])), "RECEIPT_OTHER_ANSWER"),
        (lambda told: told.update(salt=flipped(told["salt"])), "RECEIPT_OTHER_ANSWER"),
        (lambda told: told.update(salt=""), "RECEIPT_WITHOUT_SALT"),
        (lambda told: told.update(leaf_hash=flipped(told["leaf_hash"])), "RECEIPT_OTHER_PROOF"),
        (lambda told: told.update(index=told["index"] + 1), "RECEIPT_MISNAMED"),
        (lambda told: told.update(origin="other.test/log"), "RECEIPT_OF_OTHER_LOG"),
        (lambda told: told["proof"].update(index=0), "RECEIPT_OTHER_PROOF"),
        (lambda told: told["proof"].update(root=flipped(told["proof"]["root"])), "RECEIPT_OTHER_PROOF"),
        (lambda told: told["proof"]["proof"].__setitem__(0, flipped(told["proof"]["proof"][0])), "PROOF_FAILED"),
        (lambda told: told["proof"]["proof"].pop(), "MALFORMED_PROOF"),
        (lambda told: told["proof"].update(checkpoint=told["proof"]["checkpoint"].replace("\n", "\n1", 1)), "BAD_SIGNATURE"),
        (lambda told: told["proof"].update(checkpoint=""), "MALFORMED_NOTE"),
        (lambda told: told["proof"].update(digest=flipped(told["proof"]["digest"])), "RECEIPT_OTHER_ANSWER"),
        (lambda told: told["proof"].update(size=-1), "NOT_A_RECEIPT"),
        (lambda told: told.pop("answer"), "NOT_A_RECEIPT"),
    ],
)
def test_what_was_changed_in_a_file_is_told_by_its_reason_and_the_others_hold(proven, spoil, reason):
    file = first(proven)
    told = json.loads(file.read_text())
    spoil(told)
    file.write_text(json.dumps(told))
    code, said = facts(proven)
    open_ = reason == "RECEIPT_WITHOUT_SALT"
    assert (code, reasons(said), said["proven"]) == (3 if open_ else 1, [reason, "", ""], 2), said
    done = run("receipts", "verify", proven)
    assert (done.returncode, f"[{reason}]" in done.stdout) == (code, True)


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, "\x00\xff"])
def test_a_broken_file_is_told_and_does_not_hide_the_others(proven, text):
    first(proven).write_text(text)
    (proven / "notes.json").write_text("{}")
    code, said = facts(proven)
    assert (code, reasons(said), said["ignored"]) == (1, ["NOT_A_RECEIPT", "", ""], ["notes.json"])


def test_a_changed_file_is_not_mended_by_the_hub(world, proven):
    file = first(proven)
    changed(file, answer="AAAA")
    before = file.read_bytes()
    assert facts(proven, *comparing(world))[0] == 1
    assert file.read_bytes() == before


def test_another_key_than_the_one_known_is_refused_before_anything_is_written(world, folder):
    (folder / "log.vkey").write_text(f"{VerifierKey('other.test/log', bytes(32))}\n")
    done = run("receipts", "verify", folder, *fetching(world))
    assert (done.returncode, "RECEIPTS_OTHER_KEY" in done.stderr) == (2, True), done.stderr
    assert all(json.loads(one.read_text())["proof"] is None for one in folder.glob("*.json"))


def test_an_empty_folder_proves_nothing(world, tmp_path):
    (tmp_path / "empty").mkdir()
    assert facts(tmp_path / "empty", *fetching(world))[0] == 3


def test_a_folder_that_cannot_be_one_is_refused_before_the_query(world, tmp_path):
    place = tmp_path / "file"
    place.write_text("")
    before = world.log_size
    asked = json.dumps({"grant": world.grant().name}).encode()
    done = run("call", "--identity", world.member(CONSUMER).folder, "--receipts", place, "ExchangeService/Query", "-", given=asked)
    assert (done.returncode, "RECEIPTS_FOLDER" in done.stderr) == (2, True), done.stderr
    assert not [one for one in world.records(before) if one.action == "exchange.Query"]


def test_whoever_compares_says_who_looks(world, folder):
    done = run("receipts", "verify", folder, "--compare", "--identity", world.member(CONSUMER).folder, env={"SHUNIU_OFFICER": ""})
    assert (done.returncode, "--officer" in done.stderr) == (2, True), done.stderr
    assert run("receipts", "verify", folder, "--fetch", env={"SHUNIU_IDENTITY": ""}).returncode == 2


def test_a_record_that_the_hub_does_not_show_leaves_its_receipt_open_and_proven(world, folder):
    stranger = world.member(AUTHORITY).folder
    code, told = facts(folder, "--compare", "--identity", stranger, "--officer", OFFICER)
    assert (code, set(reasons(told))) == (3, {"RECEIPT_RECORD_UNREAD"}), told
    assert json.loads(first(folder).read_text())["proof"]["checkpoint"]


def test_an_answer_that_cannot_be_kept_is_printed_with_its_receipt(world, tmp_path, monkeypatch):
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shuniu.receipts.folder.write_new", full)
    asked = {"grant": world.grant().name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY}
    given, identity = json.dumps(asked).encode(), world.member(CONSUMER).folder
    done = run("call", "--identity", identity, "--receipts", tmp_path / "r", "ExchangeService/Query", "-", given=given)
    assert (done.returncode, "RECEIPT_NOT_KEPT" in done.stderr) == (2, True), done.stderr
    printed = done.stderr[done.stderr.index("{") : done.stderr.index("}") + 1]
    assert KeptAnswer.from_json(printed).receipt.salt


def test_only_a_query_has_a_receipt_for_a_folder(world, tmp_path):
    done = run("call", "--identity", world.member(CONSUMER).folder, "--receipts", tmp_path / "x", "IdentityService/WhoAmI")
    assert (done.returncode, "--receipts" in done.stderr, (tmp_path / "x").exists()) == (2, True, False)


def test_whoever_sits_before_a_terminal_sees_how_far_the_check_is(proven, monkeypatch):
    told: list[tuple[int, int]] = []

    @contextmanager
    def seen(_what: str):
        yield lambda done, size: told.append((done, size))

    monkeypatch.setattr("shuniu.cli.receipt_folders.progress", seen)
    assert facts(proven)[0] == 0
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_the_answer_to_a_predicate_is_kept_and_checked_like_any(world, tmp_path):
    asked: dict[str, Any] = {"grant": Served(world).grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY}
    identity, by_command, by_program = world.member(CONSUMER).folder, tmp_path / "command", tmp_path / "program"
    given = json.dumps({**asked, "predicate": "is_adult"}).encode()
    done = run("call", "--identity", identity, "--receipts", by_command, "ExchangeService/Check", "-", given=given)
    assert done.returncode == 0, done.stderr
    with connect(members_address(identity), identity, receipts=by_program) as hub:
        assert hub.check(predicate="is_adult", **asked).answer is CheckAnswer.YES
    for folder in (by_command, by_program):
        code, told = facts(folder, *comparing(world))
        assert (code, told["proven"]) == (0, 1), told
