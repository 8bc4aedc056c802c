"""A hub for practice as its operator and its members meet it: on this machine alone, marked for ever, with a clock that goes on."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.clock import StoppedClock, SystemClock
from hub.config import Config, load
from hub.errors import ConfigError, InvalidInputError
from hub.practice import MOST, PracticeClock, check_here, is_mark, mark
from migrations.opening import open_database
from tests.cli.processes import make_hub, run, running

NOON = SystemClock().now()


@pytest.fixture
def practice(tmp_path: Path) -> dict[str, str]:
    return make_hub(tmp_path, "--practice")


def set_practice(settings: Path, said: str) -> None:
    text = settings.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip("# ").startswith("practice =")]
    first_table = next((number for number, line in enumerate(lines) if line.lstrip("# ").startswith("[")), len(lines))
    lines.insert(first_table, said)
    settings.write_text("\n".join(lines), encoding="utf-8")


def test_it_says_that_it_is_one_in_configuration_and_log(practice: dict[str, str], tmp_path: Path):
    config = load(tmp_path / "shuniu.toml")
    assert (config.practice, config.local) == (True, True)
    assert practice["log_origin"].endswith("/practice")


def test_it_runs_only_where_that_is_said(practice: dict[str, str], tmp_path: Path):
    del practice
    done = run("serve", "--config", tmp_path / "shuniu.toml")
    assert done.returncode == 2
    assert "PRACTICE_NOT_SAID" in done.stderr


def test_a_real_hub_is_never_run_for_practice(tmp_path: Path):
    make_hub(tmp_path)
    done = run("serve", "--practice", "--config", tmp_path / "shuniu.toml")
    assert done.returncode == 2
    assert "NOT_FOR_PRACTICE" in done.stderr


def test_a_real_hubs_database_is_refused_to_a_hub_for_practice(tmp_path: Path):
    make_hub(tmp_path)
    set_practice(tmp_path / "shuniu.toml", "practice = true")
    with pytest.raises(ConfigError) as refused:
        open_database(load(tmp_path / "shuniu.toml"), SystemClock())
    assert refused.value.reason == "DATABASE_IS_REAL"


def test_the_database_of_a_hub_for_practice_is_refused_to_a_real_one(practice: dict[str, str], tmp_path: Path):
    del practice
    set_practice(tmp_path / "shuniu.toml", "practice = false")
    with pytest.raises(ConfigError) as refused:
        open_database(load(tmp_path / "shuniu.toml"), SystemClock())
    assert refused.value.reason == "DATABASE_IS_FOR_PRACTICE"


@pytest.mark.parametrize(
    ("key", "address"),
    [("members", "0.0.0.0:7443"), ("public", "10.1.2.3:7444"), ("web", "[::]:7480"), ("web_url", "https://share.example.gov.cn")],
)
def test_it_listens_on_this_machine_alone(key: str, address: str):
    said: dict[str, Any] = {key: address}
    with pytest.raises(ConfigError) as refused:
        check_here(replace(Config(practice=True), **said))
    assert (refused.value.reason, key in refused.value.message) == ("PRACTICE_ELSEWHERE", True)
    check_here(replace(Config(), **said))


@pytest.mark.parametrize("address", ["127.0.0.1:0", "[::1]:7443", "localhost:7443"])
def test_every_name_of_this_machine_will_do(address: str):
    check_here(Config(practice=True, members=address, web_url=f"http://{address}/pages"))


def test_the_mark_is_no_fingerprint_and_fits_its_column():
    made = mark("a" * 64)
    assert (is_mark(made), is_mark("a" * 64), len(made), mark("")) == (True, False, 64, "")
    assert mark("a" * 64) != mark("b" * 64)


def test_its_clock_goes_on_and_never_back_and_is_where_it_was_after_a_restart(tmp_path: Path):
    clock = PracticeClock(StoppedClock(NOON), tmp_path / "clock")
    clock.move(48)
    assert (clock.now() - NOON).total_seconds() == 48 * 3600
    assert PracticeClock(StoppedClock(NOON), tmp_path / "clock").hours == 48
    for hours in (0, -1, MOST - 47):
        with pytest.raises(InvalidInputError) as refused:
            clock.move(hours)
        assert refused.value.reason == "CLOCK_NOT_MOVED"
    clock.move(MOST - 48)
    assert clock.hours == MOST


def test_the_whole_way_from_init_to_junit_in_processes_of_their_own(practice: dict[str, str], tmp_path: Path):
    settings, identities, junit = tmp_path / "shuniu.toml", tmp_path / "ids", tmp_path / "junit.xml"
    identities.mkdir()
    with running(tmp_path, "hub", "serve", "--practice", "--config", settings) as hub:
        ports = hub.facts()
        joined = run(
            "join", "--hub", ports["public"], "--members", ports["members"], "--ca", practice["ca"], "--token", practice["token"],
            "--out", identities / "authority",
        )  # fmt: skip
        assert joined.returncode == 0, joined.stderr
        done = run("tck", ports["members"], "--identities", identities, "--prepare", "--only", "[gq]*/*exp*", "--junit", junit, "--verbose")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "hours" not in done.stdout
        assert "2 days pass" in done.stdout
        assert "未通过 failed: 0" in done.stdout
        again = run("tck", ports["members"], "--identities", identities, "--prepare", "--only", "second-person/confirmed", "--json")
        assert json.loads(again.stdout)["not_run"] == 1
        moved = run("practice", "move-clock", "--hours", "24", "--identity", identities / "consumer", "--json")
        assert json.loads(moved.stdout)["moved_hours"] == 72
        # certificates stay with the machine's clock: whoever joins after the move is let in
        (identities / "other").rename(tmp_path / "former")
        third = run("tck", ports["members"], "--identities", identities, "--prepare", "--only", "request/unseen-by-others")
        assert third.returncode == 0, third.stdout + third.stderr
    document = ET.fromstring(junit.read_bytes())  # noqa: S314 - what this test made
    assert int(document.get("tests", "0")) >= 4
    with running(tmp_path, "again", "serve", "--practice", "--config", settings) as hub:
        address = hub.facts()["members"]
        system = identities / "consumer" / "system.json"
        system.write_text(json.dumps({**json.loads(system.read_text(encoding="utf-8")), "members": address}), encoding="utf-8")
        stand = run("practice", "move-clock", "--identity", identities / "consumer", "--json")
        assert json.loads(stand.stdout)["moved_hours"] == 72


def test_the_list_of_sequences_asks_no_hub():
    told = json.loads(run("tck", "--list", "--only", "grant/*", "--json").stdout)
    assert {"id", "kind", "article", "title", "title_zh"} == told[0].keys()
    assert run("tck", "--only", "nothing/*", "--list").returncode == 2
