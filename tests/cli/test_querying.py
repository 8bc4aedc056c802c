"""`shuniu query-many`: keys one a line, answers as lines of JSON, none of them on the command line."""

import json

import pytest

from shuniu.receipts import KeptAnswer
from tests.cli.processes import run
from tests.exchange.test_many import NOBODY
from tests.world import CASE, CONSUMER, KEY, OFFICER, PURPOSE


@pytest.fixture
def ask(world):
    grant, by = world.grant(), world.member(CONSUMER)
    return ("query-many", "--identity", by.folder, "--grant", grant.name, "--purpose", PURPOSE, "--case-number", CASE, "--officer", OFFICER)


def lines(done):
    return {one["place"]: one for one in map(json.loads, done.stdout.splitlines())}


def test_each_line_is_a_key_and_each_answer_a_line(world, ask, tmp_path):
    done = run(*ask, "--keep", tmp_path / "kept", given=f"\ufeff{KEY}\r\n\n{NOBODY}\n".encode())
    assert done.returncode == 0, done.stderr
    came = lines(done)
    assert sorted(came) == [1, 2]
    assert came[1]["answer"]["records"][0]["fields"]["id_number"] == {"string_value": KEY}
    assert "records" not in came[2]["answer"]
    kept = KeptAnswer.from_json((tmp_path / "kept" / "1.json").read_text())
    assert kept.receipt.index == came[1]["receipt"]["index"]
    assert kept.receipt.covers(kept.answer, world.records(kept.receipt.index)[0].digest)
    assert (tmp_path / "kept" / "1.json").stat().st_mode & 0o077 == 0


def test_a_file_is_read_and_a_key_that_is_refused_is_told_and_counts(ask, tmp_path):
    file = tmp_path / "keys.txt"
    file.write_text(f"{KEY}\n640104199003070000\n")
    done = run(*ask, "--field", "address", file)
    assert done.returncode == 1
    came = lines(done)
    assert list(came[1]["answer"]["records"][0]["fields"]) == ["address"]
    assert came[2]["refusal"]["code"] == "INVALID_ARGUMENT"
    assert "640104199003070000" not in done.stdout


def test_what_ends_the_stream_is_an_error_as_everywhere(ask):
    done = run(*ask[:-6], "--purpose", "another", *ask[-4:], given=KEY.encode())
    assert done.returncode == 1
    assert "PURPOSE_NOT_GRANTED" in done.stderr


def test_keys_that_are_no_text_are_told_as_such(ask):
    done = run(*ask, given=b"\xff\xfe\n")
    assert done.returncode == 2
    assert "KEYS_NOT_UTF8" in done.stderr


def test_call_names_the_command_for_a_stream_of_requests(world):
    done = run("call", "--identity", world.member(CONSUMER).folder, "ExchangeService/QueryMany")
    assert done.returncode == 2
    assert "shuniu query-many" in done.stderr
