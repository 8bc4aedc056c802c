"""The example programs in Go, Java and Node against a real hub: what a department with systems in these languages meets.

Go and Java are too heavy for `make test` to install: `sh scripts/languages.sh` does, and without them their tests are skipped. Node's run where
Node is.
"""

import json
import shutil
import socket
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import grpc

from shuniu.errors import FetchError
from shuniu.receipts import KeptAnswer
from tests.languages.conftest import Query
from tests.shuniu_sdk.authority import Authority
from tests.world import CONSUMER, KEY, PROVIDER, RESIDENT, World, a_field

EVERYTHING = {
    "id_number": ("string", KEY, ("string_value", KEY)),
    "note": ("string", "甲\t\u202e乙", ("string_value", "甲\t\u202e乙")),
    "visits": ("int64", 2**53 + 1, ("int64_value", str(2**53 + 1))),
    "weight": ("double", 61.5, ("double_value", 61.5)),
    "alive": ("bool", True, ("bool_value", True)),
    "income": ("decimal", Decimal("120.50"), ("decimal_value", "120.50")),
    "born": ("date", date(1990, 3, 7), ("date_value", "1990-03-07")),
    "seen": ("timestamp", datetime(2026, 1, 2, 3, 4, 5, 250_000, tzinfo=UTC), ("timestamp_value", "2026-01-02T03:04:05.25Z")),
    "photo": ("bytes", b"\x00\xff", ("bytes_value", "AP8=")),
    "phone": ("string", None, ("null_value", None)),
}
"""Of each type: as the provider has it, as the programs print it."""


def fields_of_everything():
    return [a_field(name, type=kind, nullable=True, key=name == "id_number", length=0) for name, (kind, *_) in EVERYTHING.items()]


def like_python_s(told: str) -> str:
    return told.replace("05.250Z", "05.25Z")


def test_a_record_comes_with_every_type_of_value_as_it_was(world: World, query: Query):
    row = {name: value for name, (_, value, _) in EVERYTHING.items()}
    by = world.member(PROVIDER, f"system-{world.number()}")
    world.provider(lambda *_: [row], by, columns=tuple(EVERYTHING))
    grant = world.grant(world.entry(by, fields=fields_of_everything()), tuple(EVERYTHING))
    run = query(grant)
    assert run.returncode == 0, run.output
    kind, seen = run.fields["seen"]
    assert {**run.fields, "seen": (kind, like_python_s(seen))} == {name: told for name, (_, _, told) in EVERYTHING.items()}
    assert (run.said["masked"], run.said["tries"]) == ([], 1)
    assert "\u202e" in run.output
    assert "\t" not in run.output


def test_the_receipt_that_it_keeps_is_of_the_record_on_the_log(world: World, query: Query, tmp_path: Path):
    run = query(world.grant())
    assert run.returncode == 0, run.output
    assert run.fields == {"id_number": ("string_value", KEY), "name": ("string_value", "王**"), "address": ("string_value", RESIDENT["address"])}
    kept_file = tmp_path / "kept.json"
    kept = KeptAnswer.from_json(kept_file.read_text(encoding="utf-8"))
    record = world.records()[kept.receipt.index]
    assert kept.receipt.covers(kept.answer, record.digest)
    assert run.said["receipt"] == f"{world.config.origin} {record.index} {kept.receipt.leaf_hash.hex()}"
    assert kept_file.stat().st_mode & 0o777 == 0o600


def test_a_refusal_tells_its_reason_in_chinese_with_the_next_action_and_is_not_repeated(world: World, query: Query):
    grant = world.grant()
    run, size = query(grant, purpose="640000-XX-1"), world.log_size
    python = world.member(CONSUMER).query(grant, purpose="640000-XX-1").error
    assert run.returncode == 1
    assert (run.said["code"], run.said["reason"], run.said["tries"]) == ("PERMISSION_DENIED", "PURPOSE_NOT_GRANTED", 1)
    assert (run.said["messageZh"], run.said["nextAction"], run.said["nextActionZh"]) == (
        python.message_zh, python.next_action, python.next_action_zh,
    )  # fmt: skip
    assert python.next_action_zh
    # each call has a decision of its own
    assert {**run.said["facts"], "decision": ""} == {**python.facts, "decision": ""}
    assert world.log_size == size + 1


def test_the_field_that_is_to_blame_is_named(world: World, query: Query):
    run = query(world.grant(), case_number="")
    assert (run.returncode, run.said["reason"], run.said["fields"]) == (1, "MISSING_CASE_NUMBER", ["case_number"])


def test_a_busy_provider_is_asked_again_after_the_time_that_the_hub_gives(world: World, query: Query):
    calls: list[float] = []

    def rows(*_):
        calls.append(time.monotonic())
        if len(calls) == 1:
            raise FetchError(grpc.StatusCode.RESOURCE_EXHAUSTED, "BUSY", "busy", message_zh="繁忙", retry_after=1)
        return [RESIDENT]

    run = query(world.private(rows))
    assert (run.returncode, run.said["tries"]) == (0, 2), run.output
    assert calls[1] - calls[0] >= 1


def test_what_trying_again_does_not_mend_is_not_tried_again(world: World, query: Query):
    run = query(world.private(lambda *_: [{**RESIDENT, "id_number": None}]))
    assert (run.returncode, run.said["reason"], run.said["tries"]) == (1, "PROVIDER_KEY_MISSING", 1)


def test_a_slow_provider_costs_the_deadline_and_no_more(world: World, query: Query):
    def rows(*_):
        time.sleep(3)
        return [RESIDENT]

    began = time.monotonic()
    run = query(world.private(rows), seconds=1.5)
    assert run.returncode == 1
    assert (run.said["code"], run.said["reason"]) in {("UNAVAILABLE", "PROVIDER_UNAVAILABLE"), ("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED")}
    assert run.said["tries"] == 1
    assert time.monotonic() - began < 8


def moved(world: World, place: Path, address: str = "", ca: bytes = b"") -> Path:
    """A copy of the consumer's identity that looks for the hub elsewhere, or trusts another CA."""
    shutil.copytree(world.member(CONSUMER).folder, place)
    system = json.loads((place / "system.json").read_text(encoding="utf-8"))
    (place / "system.json").write_text(json.dumps({**system, "members": address or system["members"]}), encoding="utf-8")
    if ca:
        (place / "ca.pem").write_bytes(ca)
    return place


def test_a_hub_that_is_not_there_is_tried_three_times(world: World, query: Query, tmp_path: Path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        run = query(world.grant(), identity=moved(world, tmp_path / "moved", f"127.0.0.1:{nobody.getsockname()[1]}"))
    assert (run.returncode, run.said["code"], run.said["reason"], run.said["tries"]) == (1, "UNAVAILABLE", "UNAVAILABLE", 3)
    assert not (tmp_path / "kept.json").exists()


def test_a_hub_of_another_ca_is_told_nothing(world: World, query: Query, tmp_path: Path):
    grant, size = world.grant(), world.log_size
    run = query(grant, seconds=3, identity=moved(world, tmp_path / "fooled", ca=Authority.new("another CA").pem))
    assert (run.returncode, run.said["code"]) == (1, "UNAVAILABLE")
    assert world.log_size == size


def test_a_key_that_others_may_read_is_not_used(world: World, query: Query, tmp_path: Path):
    open_to_all = moved(world, tmp_path / "open")
    (open_to_all / "key.pem").chmod(0o644)
    run = query(world.grant(), identity=open_to_all)
    assert run.returncode == 1
    assert "chmod 600" in run.output
