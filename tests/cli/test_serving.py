"""A hub is made, run, stopped; what is wrong is told in two languages and without a traceback."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from cli.process import shuniu_command
from cli.settings import DELIVERY, LIMITS, MEANINGS, SIGN_IN, settings_text
from hub.config import Config, from_mapping, load
from hub.delivery import Delivery
from hub.key_set import KEYS
from hub.limits import Limits
from hub.sign_in import SignIn
from shuniu import ShuniuCallError, connect, join
from shuniu.enrolment import renew
from shuniu.joining.invitation import read_invitation
from shuniu.v1.identity_pb2 import WhoAmIRequest
from tests.cli.processes import AUTHORITY, DOORS, facts_from, make_hub, run, run_process, running

CHINESE = re.compile("[一-鿿]")
ORPHANED = ["--parent", 2**22 + 1]  # no such process: should the hub start after all, it ends at once and the test fails


@pytest.fixture
def folder(template, tmp_path):
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="module")
def hub(template, tmp_path_factory):
    """A running hub and the authority's identity."""
    place = tmp_path_factory.mktemp("hub")
    facts = make_hub(place)
    with running(place, "hub", "serve", "--config", place / "shuniu.toml") as process:
        doors = process.facts()
        ca = (place / "var/certs/ca.crt.pem").read_bytes()
        join(doors["public"], ca, facts["token"], place / "authority", members_address=doors["members"])
        yield place, doors
        assert process.stop() == 0, process.output


def assert_refusal(done, *said):
    assert done.returncode == 2, done.stderr
    assert CHINESE.search(done.stderr)
    assert "next:" in done.stderr
    for text in said:
        assert str(text) in done.stderr


def test_init_makes_every_key_for_the_owner_alone(template):
    found = {path.name: path.stat().st_mode & 0o777 for path in (template / "var/keys").iterdir()}
    assert found == dict.fromkeys((key.file for key in KEYS), 0o600)
    assert (template / "var").stat().st_mode & 0o077 == 0


def test_init_tells_the_token_and_the_next_commands(tmp_path):
    done = run("init", "--config", tmp_path / "shuniu.toml", "--authority", AUTHORITY.uscc, "--title", AUTHORITY.name, *DOORS, "--hub", "gansu")
    assert done.returncode == 0, done.stderr
    assert f"shuniu serve --config {tmp_path / 'shuniu.toml'}" in done.stdout
    assert re.search(r"shuniu join .*--token [\w-]{43} ", done.stdout)
    config = load(tmp_path / "shuniu.toml")
    assert (config.hub, config.authority, config.authority_title) == ("gansu", AUTHORITY.uscc, AUTHORITY.name)
    assert config.data == tmp_path / "var"


NAMED = ("--authority", AUTHORITY.uscc, "--title", AUTHORITY.name, *DOORS[:6])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--web-url"),
        (("--web-url", "http://0.0.0.0:7480"), "0.0.0.0:7480"),
        (("--web-url", "https://127.0.0.1"), "只指本机"),
        (("--web-url", "share.example.gov.cn"), "https://"),
        (("--web-url", "https://share.example.gov.cn", "--log-origin", "shuniu.invalid/ningxia"), "log_origin"),
    ],
)
def test_init_refuses_an_address_that_would_stand_in_each_license_and_reaches_nobody(tmp_path, options, said):
    assert_refusal(run("init", "--config", tmp_path / "shuniu.toml", *NAMED, *options), said, "--local")
    assert not [*tmp_path.iterdir()]


def test_init_writes_down_the_two_addresses_that_are_never_changed(tmp_path):
    url = "https://share.example.gov.cn"
    facts = facts_from("init", "--config", tmp_path / "shuniu.toml", *NAMED, "--web-url", f"{url}/")
    config = load(tmp_path / "shuniu.toml")
    assert (config.web_url, config.log_origin, config.local) == (url, "share.example.gov.cn/log", False)
    assert (facts["web_url"], facts["log_origin"]) == (url, "share.example.gov.cn/log")


def test_init_asks_at_a_terminal(tmp_path, monkeypatch):
    monkeypatch.setattr("cli.serving.is_terminal", lambda: True)
    answers = b"https://share.example.gov.cn\n\nSJ-0001\n"
    done = run("init", "--config", tmp_path / "shuniu.toml", *NAMED, given=answers)
    assert done.returncode == 0, done.stderr
    config = load(tmp_path / "shuniu.toml")
    assert (config.web_url, config.log_origin) == ("https://share.example.gov.cn", "share.example.gov.cn/log")
    assert config.registers_officers
    assert re.search(r"SJ-0001\n.*https://share.example.gov.cn/login/[\w-]{43}\n", done.stdout)


def test_a_local_hub_prints_localhost(tmp_path):
    done = run("init", "--config", tmp_path / "shuniu.toml", *NAMED[:4], "--members", "127.0.0.1:0", "--public", "127.0.0.1:0", "--local")
    assert "http://localhost:7480" in done.stdout
    assert load(tmp_path / "shuniu.toml").local


def test_every_key_of_the_configuration_stands_in_the_file_with_its_default():
    assert set(MEANINGS) | {"limits", "delivery", "sign_in"} == {item.name for item in fields(Config)}
    assert set(LIMITS) == {item.name for item in fields(Limits)}
    assert set(DELIVERY) == {item.name for item in fields(Delivery)}
    assert set(SIGN_IN) == {item.name for item in fields(SignIn)}
    shown = "\n".join(
        line.removeprefix("# ") for line in settings_text({}).splitlines() if " = " in line or line in {"[limits]", "[delivery]", "[sign_in]"}
    )
    assert from_mapping(tomllib.loads(shown), Config().data.parent) == Config()


def test_strange_titles_survive_the_file():
    title = 'a "quoted" \\ title = [x] \x7f\t#'
    assert tomllib.loads(settings_text({"authority_title": title}))["authority_title"] == title


def test_init_overwrites_nothing(folder):
    before = (folder / "shuniu.toml").read_bytes()
    assert_refusal(
        run("init", "--config", folder / "shuniu.toml", "--authority", AUTHORITY.uscc, "--title", AUTHORITY.name, "--local"), "shuniu.toml"
    )
    assert (folder / "shuniu.toml").read_bytes() == before


@pytest.mark.parametrize("wrong", [{"--authority": "11640000XB0000019X"}, {"--title": " "}, {"--region": "64"}, {"--hub": "Ning Xia"}])
def test_init_with_a_wrong_word_makes_nothing_that_could_be_served(tmp_path, wrong):
    options = {"--authority": AUTHORITY.uscc, "--title": AUTHORITY.name, **wrong}
    done = run("init", "--config", tmp_path / "shuniu.toml", *[part for pair in options.items() for part in pair], *DOORS)
    assert done.returncode == 2
    assert CHINESE.search(done.stderr)
    assert not (tmp_path / "shuniu.toml").exists()


def test_a_hub_says_where_it_serves_and_stops_cleanly(folder):
    for number in (signal.SIGTERM, signal.SIGINT):
        with running(folder, "hub", "serve", "--config", folder / "shuniu.toml", "--json") as hub:
            facts = hub.facts()
            assert set(facts) == {"members", "public", "web", "pid"}
            assert facts["pid"] == hub.process.pid
            for key in ("members", "public"):
                host, _, port = facts[key].rpartition(":")
                socket.create_connection((host, int(port)), timeout=5).close()
            assert hub.stop(number) == 0, hub.output
            assert not hub.ready.exists()
            assert "Traceback" not in hub.output
            events = [json.loads(line) for line in hub.output.splitlines() if line.startswith("{")]
            assert events == [{"event": "serving", **{name: facts[name] for name in ("members", "public", "web")}}, {"event": "stopped"}]


def test_a_hub_ends_with_the_process_that_wanted_it(folder):
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with parent, running(folder, "hub", "serve", "--config", folder / "shuniu.toml", "--parent", parent.pid) as hub:
        hub.facts()
        parent.communicate(b"\n")
        assert hub.process.wait(15) == 0, hub.output


def test_a_child_sees_its_parent_go(folder):
    script = "import os, subprocess, sys; subprocess.Popen([*sys.argv[1:], '--parent', str(os.getpid())]); input()"
    ready = folder / "hub.ready"
    command = shuniu_command("serve", "--config", str(folder / "shuniu.toml"), "--ready", str(ready), "--log-level", "error")
    with subprocess.Popen([sys.executable, "-c", script, *command], stdin=subprocess.PIPE) as parent:
        wait(ready.exists)
        pid = int(ready.read_text().split('"pid": ')[1].split("}")[0])
        parent.communicate(b"\n")
    wait(lambda: not alive(pid))


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return stat.rpartition(")")[2].split()[0] != "Z"  # an orphan in a container without an init stays as a zombie


def wait(holds):
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_two_hubs_do_not_share_a_data_folder(hub):
    place, doors = hub
    assert_refusal(run("serve", "--config", place / "shuniu.toml", *ORPHANED), "DATA_FOLDER_IN_USE", doors["pid"])


def test_a_taken_port_is_named(folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        for key in ("members", "public", "web"):
            text = (folder / "shuniu.toml").read_text()
            (folder / "other.toml").write_text(re.sub(rf'^{key} = ".*"$', f'{key} = "{taken}"', text, flags=re.MULTILINE))
            assert_refusal(run("serve", "--config", folder / "other.toml", *ORPHANED), f"{key} {taken}", "ss -ltnp")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('data = "elsewhere"', "NO_HUB"),
        ("colour = 1", "unknown key 'colour'"),
        ("hub = 3", "hub must be of type str"),
        ("hub = ", "cannot be read as TOML"),
    ],
)
def test_a_wrong_configuration_stops_the_start(tmp_path, text, said):
    (tmp_path / "shuniu.toml").write_text(text)
    for command in (["serve", *ORPHANED], ["token", "--department", AUTHORITY.uscc, "--system", "x"], ["revoke", "--serial", "1", "--reason", "x"]):
        assert_refusal(run(*command, "--config", tmp_path / "shuniu.toml"), said)
    assert not (tmp_path / "elsewhere").exists()


def test_no_configuration_at_all_leads_to_init(tmp_path):
    assert_refusal(run("serve", "--config", tmp_path / "none.toml", *ORPHANED), "shuniu init --config")


def test_a_log_that_was_touched_stops_the_start(folder):
    with running(folder, "hub", "serve", "--config", folder / "shuniu.toml") as hub:
        hub.facts()
        assert hub.stop() == 0
    with sqlite3.connect(folder / "var/shuniu.db") as db:
        db.execute('UPDATE audit_tree SET size = 0, "range" = zeroblob(8)')
    assert_refusal(run_process("serve", "--config", folder / "shuniu.toml"), "INTEGRITY")


def test_a_token_works_once(hub, tmp_path):
    place, doors = hub
    given = facts_from("token", "--config", place / "shuniu.toml", "--department", AUTHORITY.uscc, "--system", "second", "--role", "member")
    assert given["next"][0].startswith("shuniu join ")
    door = ["--hub", doors["public"], "--members", doors["members"], "--ca", place / "var/certs/ca.crt.pem", "--token", given["token"]]
    joined = facts_from("join", *door, "--out", tmp_path / "a")
    assert (joined["department"], joined["system"], joined["hub"]) == (AUTHORITY.uscc, "second", "ningxia")
    again = run("join", *door, "--out", tmp_path / "b")
    assert again.returncode == 1
    assert "ENROLLMENT_TOKEN_INVALID" in again.stderr
    assert CHINESE.search(again.stderr)


def test_a_token_for_an_unknown_department_is_refused(hub):
    unknown = "11640000MB1000000G"
    done = run("token", "--config", hub[0] / "shuniu.toml", "--department", unknown, "--system", "x")
    assert done.returncode == 2
    assert CHINESE.search(done.stderr)


def test_a_revocation_counts_within_a_second_on_an_open_connection(hub, tmp_path):
    place, doors = hub
    given = facts_from("token", "--config", place / "shuniu.toml", "--department", AUTHORITY.uscc, "--system", "lost")
    join(doors["public"], (place / "var/certs/ca.crt.pem").read_bytes(), given["token"], tmp_path / "lost", members_address=doors["members"])
    with connect(doors["members"], tmp_path / "lost") as lost:
        serial = lost.identity.WhoAmI(WhoAmIRequest()).certificates[0].serial
        revoked = facts_from("revoke", "--config", place / "shuniu.toml", "--serial", serial, "--reason", "介质遗失")
        assert revoked["serial"] == serial
        time.sleep(1.0)
        with pytest.raises(ShuniuCallError) as refusal:
            lost.identity.WhoAmI(WhoAmIRequest())
    assert refusal.value.code.name == "UNAUTHENTICATED"
    assert_refusal(run("revoke", "--config", place / "shuniu.toml", "--serial", "0" * 31 + "1", "--reason", "x"))
    again = run("revoke", "--config", place / "shuniu.toml", "--serial", serial, "--reason", "x")
    assert again.returncode == 2
    assert "ILLEGAL_STATE" in again.stderr


def test_a_system_is_revoked_whole_and_the_answer_says_what_else_lives(hub, tmp_path):
    place, doors = hub
    config, ca = place / "shuniu.toml", (place / "var/certs/ca.crt.pem").read_bytes()

    def token(system):
        return facts_from("token", "--config", config, "--department", AUTHORITY.uscc, "--system", system, "--role", "member")["token"]

    for system in ("stolen", "spared"):
        join(doors["public"], ca, token(system), tmp_path / system, members_address=doors["members"])
    renew(tmp_path / "stolen", force=True)
    unused = token("stolen")
    with connect(doors["members"], tmp_path / "stolen") as thief, connect(doors["members"], tmp_path / "spared") as spared:
        known = {one.serial for one in thief.identity.WhoAmI(WhoAmIRequest()).certificates}
        done = facts_from("revoke", "--config", config, "--system", f"{AUTHORITY.uscc}/stolen", "--reason", "介质遗失")
        assert (set(done["revoked"]), done["tokens"]) == (known, 1)
        assert "spared" in {one["system"] for one in done["living"]}
        assert "stolen" not in {one["system"] for one in done["living"]}
        time.sleep(1.0)
        with pytest.raises(ShuniuCallError) as refusal:
            thief.identity.WhoAmI(WhoAmIRequest())
        serial = spared.identity.WhoAmI(WhoAmIRequest()).certificates[0].serial
    assert refusal.value.reason == "CERTIFICATE_REVOKED"
    with pytest.raises(ShuniuCallError) as late:
        join(doors["public"], ca, unused, tmp_path / "again", members_address=doors["members"])
    assert late.value.reason == "ENROLLMENT_TOKEN_INVALID"
    shown = run("revoke", "--config", config, "--serial", serial, "--cause", "superseded", "--reason", "已续期")
    assert shown.returncode == 0
    assert re.search(f"已吊销 revoked: {serial}", shown.stdout)
    for options in ((), ("--serial", serial, "--system", f"{AUTHORITY.uscc}/stolen"), ("--system", "stolen"), ("--system", f"{AUTHORITY.uscc}/")):
        refused = run("revoke", "--config", config, *options, "--reason", "x")
        assert (refused.returncode, bool(CHINESE.search(refused.stderr))) == (2, True), options


def test_a_fault_of_the_program_shows_a_traceback_only_when_asked(folder):
    script = (
        "import sys, cli.command, cli.serving\n"
        "def broken(*_): raise ZeroDivisionError('inner detail')\n"
        "cli.serving.load = broken\n"
        "sys.argv = ['shuniu', *sys.argv[1:]]\n"
        "cli.command.run()\n"
    )
    quiet, loud = (
        subprocess.run([sys.executable, "-c", script, *debug, "serve"], capture_output=True, text=True, check=False) for debug in ([], ["--debug"])
    )
    assert quiet.returncode == 70
    assert "inner detail" not in quiet.stderr
    assert "shuniu --debug" in quiet.stderr
    assert "ZeroDivisionError: inner detail" in loud.stderr


def test_the_command_for_joining_names_an_address_that_others_can_call(tmp_path):
    named = ("--members", "0.0.0.0:7443", "--public", "0.0.0.0:7444", "--server-name", "hub.example", "--server-name", "localhost")
    given = facts_from("init", "--config", tmp_path / "shuniu.toml", "--authority", AUTHORITY.uscc, "--title", AUTHORITY.name, *named, "--local")
    assert f"shuniu join '{given['invitation']}' --out authority" == given["next"][1]
    said = read_invitation(given["invitation"])
    assert (said.public, said.members, said.system, said.token) == ("hub.example:7444", "hub.example:7443", "authority", given["token"])
