"""The operator's commands on the hub's own log, beside a running hub: verify, acknowledge, reindex; and what the doctor says meanwhile."""

import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from audit.batch import pack, unpack
from tests.cli.processes import Result, facts_from, run, running

OLD = 0


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path / "hub")
    return tmp_path / "hub"


@pytest.fixture
def hub(folder: Path) -> Iterator[dict[str, Any]]:
    with running(folder, "hub", "serve", "--config", folder / "shuniu.toml") as started:
        yield started.facts()
        assert started.stop() == 0


def of(folder: Path) -> tuple[str, Path]:
    return "--config", folder / "shuniu.toml"


def health(hub: dict[str, Any]) -> dict[str, Any]:
    with urlopen(f"{hub['web']}/health", timeout=5) as answer:  # noqa: S310 - the hub of this test
        found: dict[str, Any] = json.loads(answer.read())["log"]
    return found


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def touch(folder: Path, index: int = OLD) -> None:
    """Change the salt of a record behind the hub's back."""
    with sqlite3.connect(folder / "var" / "shuniu.db", timeout=10) as connection:
        first, count, body = connection.execute(
            'SELECT "first", "count", body FROM audit_batches WHERE "first" <= ? ORDER BY "first" DESC LIMIT 1', (index,)
        ).fetchone()
        held = unpack(count, body)
        held[index - first] = held[index - first]._replace(salt=b"x" * 32)
        connection.execute('UPDATE audit_batches SET body = ? WHERE "first" = ?', (pack(held), first))


def doctor(folder: Path) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in json.loads(run("doctor", *of(folder), "--json").stdout)["checks"] if not one["ok"]}


def token(folder: Path) -> None:
    """Have something written to the log."""
    authority = facts_of_config(folder)
    assert run("token", *of(folder), "--department", authority, "--system", f"s{time.monotonic_ns()}").returncode == 0


def facts_of_config(folder: Path) -> str:
    line = next(one for one in (folder / "shuniu.toml").read_text(encoding="utf-8").splitlines() if one.startswith("authority ="))
    return line.split('"')[1]


def verify(folder: Path) -> tuple[Result, dict[str, Any]]:
    done = run("audit", "verify", *of(folder), "--json")
    return done, json.loads(done.stdout)


def test_damage_is_told_taken_note_of_and_signed_over_beside_a_running_hub(folder: Path, hub: dict[str, Any]):
    until(lambda: health(hub)["records_unsigned"] == 0)
    done, found = verify(folder)
    assert (done.returncode, found["ok"], found["damage"], found["findings"]) == (0, True, [], [])
    assert done.stderr == ""
    assert doctor(folder) == {}

    touch(folder)
    until(lambda: health(hub)["damaged"] == 1)  # the patrol comes by: the log is short
    told = doctor(folder)
    assert set(told) == {"log damage"}
    assert f"shuniu audit acknowledge {OLD} --reason" in told["log damage"]["mend"]
    done, found = verify(folder)
    assert (done.returncode, found["ok"]) == (1, False)
    assert [(one["first"], one["last"], one["acknowledged"]) for one in found["damage"]] == [(OLD, OLD, None)]
    token(folder)
    until(lambda: (health(hub)["last_error"] or {}).get("reason") == "LOG_DAMAGED")
    assert health(hub)["refusing"] is None

    said = facts_from("audit", "acknowledge", OLD, *of(folder), "--reason", "磁盘故障，已更换", "--officer", "SJ-1")
    assert (said["first"], said["last"]) == (OLD, OLD)
    until(lambda: (health(hub)["records_unsigned"], health(hub)["last_error"]) == (0, None))
    assert health(hub)["damaged"] == 0
    assert doctor(folder) == {}
    done, found = verify(folder)
    assert (done.returncode, [one["acknowledged"] for one in found["damage"]]) == (0, [said["acknowledged"]])
    again = run("audit", "acknowledge", OLD, *of(folder), "--reason", "once more")
    assert again.returncode == 2
    assert "ALREADY_ACKNOWLEDGED" in again.stderr
    sound = run("audit", "acknowledge", 1, *of(folder), "--reason", "no")
    assert "NOT_DAMAGED" in sound.stderr


def test_no_damage_is_taken_note_of_while_the_running_hub_refuses(folder: Path, hub: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    touch(folder)
    until(lambda: health(hub)["damaged"] == 1)
    refusing = {"refusing": {"reason": "LOG_ROLLED_BACK", "message": {"zh": "数据库已被回退", "en": "it was put back"}}}
    monkeypatch.setattr("cli.logbook.ask_log", lambda _config: refusing)
    done = run("audit", "acknowledge", OLD, *of(folder), "--reason", "no")
    assert done.returncode == 2
    assert "LOG_REFUSES" in done.stderr
    assert "it was put back" in done.stderr
    assert "数据库已被回退" in done.stderr


def test_the_index_is_made_anew_beside_a_running_hub_and_without_one(folder: Path):
    with running(folder, "hub", "serve", "--config", folder / "shuniu.toml") as started:
        started.facts()
        done = run("audit", "reindex", *of(folder), "--json")
        assert done.returncode == 0, done.stderr
        assert verify(folder)[1]["ok"]
        assert started.stop() == 0
    with sqlite3.connect(folder / "var" / "shuniu.db") as connection:
        connection.execute("UPDATE audit_index SET officer = 'x'")
    assert verify(folder)[0].returncode == 1
    done = run("audit", "reindex", *of(folder))
    assert done.stderr == ""
    assert verify(folder)[0].returncode == 0
    orders = "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'audit_index' AND name LIKE 'ix_%'"
    with sqlite3.connect(folder / "var" / "shuniu.db") as connection:
        assert connection.execute(orders).fetchone() == (10,)


def test_verify_asks_for_a_copy_or_a_configuration(folder: Path):
    assert run("audit", "verify").returncode == 2
    assert run("audit", "verify", folder, *of(folder)).returncode == 2
