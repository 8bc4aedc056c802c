"""The doctor finds what is wrong, names it, and the command it prints mends it."""

import json
import re
import resource
import shlex
import shutil
import socket
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from audit.log import AuditLog
from audit.model import Actor, Event, Kind
from cli.doctor import machine, storage
from cli.doctor.addresses import addresses
from cli.doctor.result import results_of
from hub.clock import SystemClock
from hub.config import Config, load
from hub.db import Database
from hub.errors import ConfigError
from hub.key_set import KEYS
from migrations.opening import found_database, open_database
from shuniu.cli.daily.commands import command_of
from shuniu.cli.daily.departments import DEPARTMENT
from shuniu.identifiers.uscc import build
from tests.cli.processes import ROOT, make_hub, run, run_process, running
from tests.world import CONSUMER, OTHER

BUREAU = build("11", "640122", "00000001")
CHINESE = re.compile("[一-鿿]")


@pytest.fixture
def folder(template, tmp_path):
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path


def asked(*options, ok):
    """Run the doctor; return the failing findings by name."""
    done = run("doctor", *options, "--json")
    facts = json.loads(done.stdout)
    assert facts["ok"] is ok, facts
    answered = any(not check["ok"] and not check["unanswered"] for check in facts["checks"])
    assert done.returncode == (0 if ok else 1 if answered else 3)
    for check in facts["checks"]:
        assert check["en"]
        assert CHINESE.search(check["zh"]) or check["name"] == "python"
        assert bool(check["mend"]) is not check["ok"]
    return {check["name"]: check for check in facts["checks"] if not check["ok"]}


def of_hub(folder, *, ok=False):
    found = asked("--config", folder / "shuniu.toml", ok=ok)
    found.pop("font", None)  # a machine for tests may have none
    return found


def test_a_hub_that_was_just_made_is_well(folder):
    done = run("doctor", "--config", folder / "shuniu.toml")
    assert done.returncode == 0, done.stdout
    assert "全部正常 all checks passed" in done.stdout
    names = {line[2:].split(":")[0] for line in done.stdout.splitlines() if line.startswith("✓")}
    assert names >= {
        "python",
        "clock",
        "keys",
        "certificate ca",
        "certificate hub-server",
        "database",
        "schema",
        "durability",
        "disk",
        "port web",
        "sm2",
    }


def test_the_command_that_is_printed_mends_it(folder):
    data = folder / "var"
    (data / "keys/log.pem").chmod(0o644)
    (data / "keys").chmod(0o755)
    found = of_hub(folder)
    assert set(found) == {"keys", "key log.pem"}
    for check in found.values():
        subprocess.run(check["mend"], shell=True, check=True)  # noqa: S602 - that is what an operator does with it
    of_hub(folder, ok=True)


@pytest.mark.parametrize("name", [key.file for key in KEYS])
def test_a_lost_key_is_named_and_not_made_anew(folder, name):
    (folder / "var/keys" / name).unlink()
    found = of_hub(folder)
    assert f"key {name}" in found
    assert f"keys/{name}" in found[f"key {name}"]["mend"]
    assert not (folder / "var/keys" / name).exists()


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    folder = tmp_path_factory.mktemp("other")
    make_hub(folder)
    return folder


@pytest.mark.parametrize(
    ("file", "culprit"),
    [
        ("certs/ca.crt.pem", "certificate ca"),
        ("certs/hub-server.crt.pem", "certificate hub-server"),
        ("certs/sm2-ca.crt.pem", "certificate sm2-ca"),
        ("certs/seal-maker.crt.pem", "certificate seal-maker"),
        ("keys/ca.pem", "certificate ca"),
        ("keys/hub-server.pem", "certificate hub-server"),
        ("keys/sm2-ca.pem", "certificate sm2-ca"),
        ("keys/seal-maker.pem", "certificate seal-maker"),
    ],
)
def test_a_file_of_another_hub_is_found(folder, other, file, culprit):
    shutil.copy2(other / "var" / file, folder / "var" / file)
    assert culprit in of_hub(folder)


@pytest.mark.parametrize("file", ["certs/ca.crt.pem", "certs/hub-server.crt.pem", "certs/seal-maker.crt.pem", "keys/ca.pem", "keys/sm2-ca.pem"])
def test_a_broken_file_is_found(folder, file):
    for content in (b"", b"-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n"):
        (folder / "var" / file).write_bytes(content)
        assert of_hub(folder)
    (folder / "var" / file).unlink()
    assert of_hub(folder)


def test_a_certificate_that_ends_is_told_before_it_does(folder, monkeypatch):
    monkeypatch.setattr("cli.doctor.command.SystemClock.now", lambda _self: datetime.now(UTC) + timedelta(days=340))
    found = of_hub(folder)
    assert set(found) == {"certificate hub-server"}
    assert "systemctl restart" in found["certificate hub-server"]["mend"]


def test_a_clock_behind_the_log_is_found(folder):
    config = load(folder / "shuniu.toml")
    db = open_database(config, SystemClock())
    with db.begin() as tx:
        event = Event(
            kind=Kind.CHANGE, at=datetime.now(UTC) + timedelta(hours=1), action="certs.Enroll", actor=Actor("", "operator", ""), status="ok"
        )
        AuditLog(config.origin, bytes(32)).append(tx, event)
    db.close()
    found = of_hub(folder)
    assert set(found) == {"clock and log"}
    assert found["clock and log"]["mend"].startswith(machine.SET_CLOCK)
    assert re.search(r"clock_checked_from = \d+ in shuniu\.toml$", found["clock and log"]["mend"])


def test_a_clock_from_before_the_hub_is_found():
    (found,) = machine.clock(datetime(1970, 1, 1, tzinfo=UTC))
    assert not found.ok


def test_a_missing_database_is_not_made_by_looking(folder):
    (folder / "var/shuniu.db").unlink()
    found = of_hub(folder)
    assert set(found) == {"database"}
    assert not (folder / "var/shuniu.db").exists()


def test_an_old_schema_is_found_and_left_alone(folder):
    with sqlite3.connect(folder / "var/shuniu.db") as db:
        db.execute("UPDATE alembic_version SET version_num = '0000'")
    assert set(of_hub(folder)) == {"schema"}
    (folder / "var/shuniu.db").unlink()
    sqlite3.connect(folder / "var/shuniu.db").close()
    (folder / "var/shuniu.db").chmod(0o600)
    assert set(of_hub(folder)) == {"schema"}


def test_a_file_that_is_no_database_is_found(folder):
    (folder / "var/shuniu.db").write_bytes(b"nothing of the kind" * 1000)
    assert set(of_hub(folder)) == {"database"}


def test_a_locked_database_fails_the_write_test(folder, monkeypatch):
    monkeypatch.setattr("hub.db.engine.BUSY_MS", 100)
    with sqlite3.connect(folder / "var/shuniu.db", isolation_level=None) as db:
        db.execute("BEGIN IMMEDIATE")
        assert of_hub(folder)["database"]["unanswered"]


def test_a_full_disk_is_found(folder, monkeypatch):
    usage = shutil.disk_usage(folder)._replace(free=storage.ROOM - 1)
    monkeypatch.setattr("cli.doctor.storage.shutil.disk_usage", lambda _path: usage)
    assert set(of_hub(folder)) == {"disk"}


def test_a_port_is_free_or_taken_or_held_by_this_hub(folder):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
        text = (folder / "shuniu.toml").read_text()
        (folder / "shuniu.toml").write_text(text.replace('members = "127.0.0.1:0"', f'members = "{address}"'))
        found = of_hub(folder)
        assert set(found) == {"port members"}
        assert "ss -ltnp" in found["port members"]["mend"]
    of_hub(folder, ok=True)
    with running(folder, "hub", "serve", "--config", folder / "shuniu.toml") as hub:
        hub.facts()
        done = run("doctor", "--config", folder / "shuniu.toml")
        assert f"{address} is used by this hub (process {hub.process.pid})" in done.stdout
        assert done.returncode == 0, done.stdout
        (folder / "shuniu.toml").write_text(text.replace('web = "127.0.0.1:0"', f'web = "{address}"'))
        assert set(of_hub(folder)) == {"port web"}
        assert hub.stop() == 0


@pytest.mark.parametrize(("text", "culprit"), [("colour = 1", "configuration"), ('data = "elsewhere"', "data"), ('font = "/none.ttf"', "font")])
def test_a_wrong_configuration_is_a_finding(folder, text, culprit):
    (folder / "shuniu.toml").write_text(f"{text}\n")
    found = asked("--config", folder / "shuniu.toml", ok=False)
    assert culprit in found
    assert not (folder / "elsewhere").exists()


def test_a_check_that_fails_is_a_finding_too():
    def broken():
        yield from ()
        raise ConfigError("no libcrypto", zh="缺少", next_action="apt-get install libssl3")

    (found,) = results_of("sm2", broken)
    assert (found.ok, found.mend) == (False, "apt-get install libssl3")


@pytest.mark.postgres
def test_postgresql_is_examined_alike(postgres_url, tmp_path):
    admin = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as one:
        one.exec_driver_sql("CREATE DATABASE doctor")
    config = Config(data=tmp_path, database=postgres_url.replace("/postgres", "/doctor"), local=True)
    assert [found.name for found in storage.database(config, tmp_path, datetime.now(UTC)) if not found.ok] == ["schema"]
    found_database(config, SystemClock())
    found = {one.name: one for one in storage.database(config, tmp_path, datetime.now(UTC))}
    assert [name for name, one in found.items() if not one.ok] == []
    with admin.connect() as one:
        one.exec_driver_sql("ALTER DATABASE doctor SET synchronous_commit = off")
    weak = {one.name: one for one in storage.database(config, tmp_path, datetime.now(UTC)) if not one.ok}
    assert set(weak) == {"durability"}
    assert "ALTER SYSTEM SET synchronous_commit = on" in weak["durability"].mend
    late = {one.name: one for one in storage.database(config, tmp_path, datetime.now(UTC) - timedelta(minutes=1))}
    assert not late["clock and database"].ok
    with admin.connect() as one:
        one.exec_driver_sql("DROP DATABASE doctor WITH (FORCE)")
    admin.dispose()
    with pytest.raises(Exception, match="database"):
        list(storage.database(config, tmp_path, datetime.now(UTC)))


# a department's machine


def copied(member, tmp_path):
    return Path(shutil.copytree(member.folder, tmp_path / "identity"))


def test_an_identity_is_well_when_the_hub_knows_it(world, tmp_path):
    folder = copied(world.member(CONSUMER), tmp_path)
    asked("--identity", folder, ok=True)
    done = run("doctor", "--identity", folder)
    assert world.member(CONSUMER).name in done.stdout


def test_an_open_key_is_found_and_mended(world, tmp_path):
    folder = copied(world.member(CONSUMER), tmp_path)
    (folder / "key.pem").chmod(0o644)
    found = asked("--identity", folder, ok=False)
    subprocess.run(found["identity"]["mend"], shell=True, check=True)  # noqa: S602 - that is what an operator does with it
    asked("--identity", folder, ok=True)


@pytest.mark.parametrize("name", ["key.pem", "cert.pem", "ca.pem"])
def test_a_file_of_another_identity_or_a_broken_one_is_found(world, other, tmp_path, name):
    folder = copied(world.member(CONSUMER), tmp_path)
    kept = (folder / name).read_bytes()
    foreign = other / "var/certs/ca.crt.pem" if name == "ca.pem" else world.member(OTHER).folder / name
    for content in (foreign.read_bytes(), b"", b"nonsense"):
        (folder / name).write_bytes(content)
        assert set(asked("--identity", folder, ok=False)) & {"identity", "identity certificate"}
    (folder / name).unlink()
    assert "identity" in asked("--identity", folder, ok=False)
    (folder / name).write_bytes(kept)


def test_a_certificate_in_its_last_third_is_to_be_renewed(world, tmp_path, monkeypatch):
    folder = copied(world.member(CONSUMER), tmp_path)
    for days, mend in ((70, f"shuniu renew {folder}"), (100, "shuniu join")):
        monkeypatch.setattr("cli.doctor.command.SystemClock.now", lambda _self, days=days: datetime.now(UTC) + timedelta(days=days))
        assert mend in asked("--identity", folder, ok=False)["identity certificate"]["mend"]


def test_a_hub_that_is_gone_or_does_not_know_the_system_is_told(world, tmp_path):
    lost = world.member(CONSUMER, "revoked")
    lost.do("RevokeCertificate", serial=lost.do("WhoAmI").certificates[0].serial, reason="介质遗失")
    found = asked("--identity", lost.folder, ok=False)
    assert "revoked" in found["hub"]["en"]
    folder = copied(world.member(CONSUMER), tmp_path)
    known = json.loads((folder / "system.json").read_text())
    (folder / "system.json").write_text(json.dumps({**known, "members": "127.0.0.1:1"}))
    assert asked("--identity", folder, ok=False)["hub"]["unanswered"]
    (folder / "system.json").write_text(json.dumps({**known, "members": ""}))
    assert "system.json" in asked("--identity", folder, ok=False)["hub"]["mend"]


def test_without_a_hub_or_an_identity_nothing_is_called_well(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("doctor")
    assert done.returncode == 3, done.stdout
    assert "全部正常" not in done.stdout
    found = json.loads(run("doctor", "--json").stdout)["checks"]
    assert {one["name"] for one in found if one["ok"]} == {"python", "clock", "sm2"}
    assert [one["name"] for one in found if not one["ok"]] == ["hub or department"]
    assert "--identity" in found[-1]["mend"]


def test_a_wrong_file_of_the_operator_is_told_by_doctor_and_stops_the_start(folder):
    config = folder / "shuniu.toml"
    text = config.read_text()
    for key, name, shipped, old in (
        ("clocks", "clocks", "timing/clocks.toml", "working_days = 1\n"),
        ("license_types", "license types", "licenses/types.toml", "holders = 1\n"),
    ):
        config.write_text(f'{key} = "own.toml"\n{text}')
        own = folder / "own.toml"
        shutil.copy(ROOT / shipped, own)
        assert of_hub(folder, ok=True) == {}
        own.write_text(own.read_text(encoding="utf-8").replace(old, f"# mine\n{old.split(' ')[0]} = -1\n", 1), encoding="utf-8")
        found = of_hub(folder)
        assert set(found) == {name}
        line = next(number for number, line in enumerate(own.read_text(encoding="utf-8").splitlines(), 1) if "= -1" in line)
        assert f"own.toml, line {line}:" in found[name]["en"]
        assert f"own.toml 第{line}行" in found[name]["zh"]
        done = run_process("serve", "--config", config)
        assert (done.returncode, f"own.toml, line {line}" in done.stderr) == (2, True), done.stderr
        own.unlink()
        assert "cannot be read" in of_hub(folder)[name]["en"]


def test_an_address_that_reaches_nobody_is_told_before_anything_bears_it(folder):
    config = folder / "shuniu.toml"
    text = config.read_text().replace("local = true", "local = false")
    config.write_text(text)
    found = of_hub(folder)
    assert set(found) == {"web address", "log origin"}
    assert "web_url" in found["web address"]["mend"]
    for url, origin in (("http://0.0.0.0:7480", "hub.invalid/log"), ("https://127.0.0.1", "localhost/log")):
        config.write_text(f'web_url = "{url}"\nlog_origin = "{origin}"\n{text}')
        assert set(of_hub(folder)) == {"web address", "log origin"}
    config.write_text(f'web_url = "https://share.example.gov.cn"\nlog_origin = "share.example.gov.cn/log"\n{text}')
    assert of_hub(folder, ok=True) == {}


def test_an_address_that_licenses_and_checkpoints_bear_already_stays(folder):
    config = Config(data=folder / "var")
    assert [one.ok for one in told_addresses(config, folder)] == [False, False]
    (config.data / "log").mkdir(exist_ok=True)
    (config.data / "log/checkpoint").write_text("shuniu.invalid/ningxia\n1\n")
    with sqlite3.connect(folder / "var/shuniu.db") as db:
        columns = [row[1:4] for row in db.execute("PRAGMA table_info(licenses)")]
        values = ["2026-11-26" if kind.startswith("DATE") else 0 if "INT" in kind else "x" for _, kind, _ in columns]
        db.execute("PRAGMA foreign_keys=OFF")
        db.execute(f"INSERT INTO licenses VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608 - question marks alone
    found = told_addresses(config, folder)
    assert [(one.name, one.ok, "stays" in one.en) for one in found] == [("web address", True, True), ("log origin", True, True)]


def told_addresses(config, folder):
    db = Database(config.database_url)
    try:
        with db.read() as tx:
            return list(addresses(tx, config, folder / "shuniu.toml"))
    finally:
        db.close()


def test_a_provider_whose_address_the_hub_does_not_dial_is_told_with_the_networks_to_name(folder):
    with sqlite3.connect(folder / "var/shuniu.db") as db:
        db.execute("INSERT INTO systems (department, system, roles, endpoint) SELECT uscc, 'near', '[\"member\"]', '127.0.0.1:7500' FROM departments")
        db.execute("INSERT INTO systems (department, system, roles, endpoint) SELECT uscc, 'far', '[\"member\"]', '10.1.2.3:7500' FROM departments")
    assert "providers" not in of_hub(folder, ok=False)  # the rows themselves are noticed: nobody but the hub writes them
    config = folder / "shuniu.toml"
    text = config.read_text()
    for setting, told in (('provider_networks = ["10.0.0.0/8"]', "near"), ('provider_networks = ["127.0.0.0/8"]', "far")):
        config.write_text(f"{setting}\n{text}")
        found = of_hub(folder)["providers"]
        assert told in found["en"]
        assert "provider_networks" in found["mend"]
    config.write_text(f'provider_networks = ["10.0.0.0/33"]\n{text}')
    assert "provider_networks" in asked("--config", config, ok=False)["configuration"]["en"]


def test_fewer_files_than_the_doors_want_are_told_with_both_numbers(folder, monkeypatch):
    monkeypatch.setattr(machine, "allowed_to", lambda _pid: 4_096)
    found = of_hub(folder)
    assert set(found) == {"files"}
    assert "4096" in found["files"]["en"]
    assert "LimitNOFILE" in found["files"]["mend"]


def test_the_files_of_a_running_hub_are_those_that_its_process_may_have(folder):
    with running(folder, "hub", "serve", "--config", folder / "shuniu.toml") as hub:
        hub.facts()
        hard = resource.prlimit(hub.process.pid, resource.RLIMIT_NOFILE)
        assert hard[0] == hard[1]  # the hub takes all it may
        resource.prlimit(hub.process.pid, resource.RLIMIT_NOFILE, (1_000, 1_000))
        found = of_hub(folder)
        assert "1000" in found["files"]["en"]


def test_a_department_whose_level_nobody_has_said_is_told_with_the_command_that_says_it(folder):
    assert "department levels" not in of_hub(folder, ok=True)
    with sqlite3.connect(folder / "var/shuniu.db") as db:
        # as an earlier release wrote it
        row = (BUREAU, "某县公安局", "", "640122", "2026-01-01")
        db.execute("INSERT INTO departments (uscc, title, short_title, region, create_time) VALUES (?, ?, ?, ?, ?)", row)
    found = of_hub(folder)["department levels"]
    assert BUREAU in found["en"]
    assert "某县公安局" in found["zh"]
    words = shlex.split(found["mend"], comments=True)  # the identity folder is the authority's own: here any folder
    assert words[:3] == ["shuniu", "department", "update"]
    parsed = command_of(DEPARTMENT, next(row for row in DEPARTMENT.rows if row.command == "update")).make_context(
        "update", [str(folder) if word == "authority" else word for word in words[3:]]
    )
    assert (parsed.params["names"], parsed.params["department__level"]) == ((BUREAU,), "县级")
