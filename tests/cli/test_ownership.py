"""A database belongs to one hub: who has other keys, or comes second, is refused at every door and told so; the hub's own operator is not."""

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text

from cli.process import shuniu_command
from hub.clock import SystemClock
from hub.config import from_mapping, load
from hub.db import Database, OwnerStore
from hub.key_set import fingerprint
from hub.keys import KeyRing
from migrations.opening import found_database, open_database
from tests.cli.processes import AUTHORITY, DOORS, ROOT, Result, facts_from, make_hub, run, run_process, running
from tests.keys import a_ring


@pytest.fixture
def hub(url: str, tmp_path: Path) -> Path:
    """A hub that was made on it."""
    (tmp_path / "place").mkdir()
    (tmp_path / "hub").mkdir()
    make_hub(tmp_path / "hub", "--database", url)
    return tmp_path / "hub"


@pytest.fixture
def other(template: Path, url: str, hub: Path, tmp_path: Path) -> Path:
    """Another hub, with keys of its own, whose configuration names the first one's database."""
    shutil.copytree(template, tmp_path / "other")
    settings = tmp_path / "other" / "shuniu.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('# database = ""', f'database = "{url}"'), encoding="utf-8")
    assert load(settings).database == url
    return tmp_path / "other"


def everything_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def init(folder: Path, url: str) -> list[str]:
    return [
        "init", "--config", str(folder / "shuniu.toml"), "--authority", AUTHORITY.uscc, "--title", AUTHORITY.name, "--database", url, *DOORS,
    ]  # fmt: skip


def assert_refused(done: Result, reason: str) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    assert reason in done.stderr
    assert "下一步" in done.stderr


def test_init_refuses_a_database_that_holds_a_log_before_it_makes_anything(hub: Path, url: str, tmp_path: Path):
    before = everything_in(tmp_path)
    assert_refused(run(*init(tmp_path / "new", url)), "DATABASE_HOLDS_A_LOG")
    assert everything_in(tmp_path) == before


def test_init_refuses_also_when_the_row_of_the_owner_or_the_rows_of_the_log_alone_are_left(hub: Path, url: str, tmp_path: Path):
    database = Database(url)
    with database.begin() as tx:
        owner = tx.execute(text("SELECT id, fingerprint, at FROM hub_owner")).one()
        tx.execute(text("DELETE FROM hub_owner"))
    assert_refused(run(*init(tmp_path / "new", url)), "DATABASE_HOLDS_A_LOG")
    with database.begin() as tx:
        for table in ("audit_records", "audit_batches", "audit_checkpoints"):
            tx.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - names of this test
        tx.execute(text("INSERT INTO hub_owner (id, fingerprint, at) VALUES (:id, :fingerprint, :at)"), owner._asdict())
    database.close()
    assert_refused(run(*init(tmp_path / "new", url)), "DATABASE_HOLDS_A_LOG")
    assert not (tmp_path / "new").exists()


def test_of_many_inits_at_once_one_makes_a_hub_and_the_others_no_key(url: str, tmp_path: Path):
    (tmp_path / "place").mkdir()
    folders = [tmp_path / f"racer-{number}" for number in range(4)]
    racers = [subprocess.Popen(shuniu_command(*init(folder, url)), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for folder in folders]
    said = [racer.communicate(timeout=60)[1].decode() for racer in racers]
    assert sorted(racer.returncode for racer in racers) == [0, 2, 2, 2], said
    for folder, racer, text_said in zip(folders, racers, said, strict=True):
        made = list(folder.rglob("*.pem")) + list(folder.rglob("*.secret"))
        assert bool(made) is (racer.returncode == 0), made
        assert (folder / "shuniu.toml").exists() is (racer.returncode == 0)
        assert racer.returncode == 0 or "DATABASE_" in text_said, text_said


def test_an_init_that_broke_off_before_its_first_record_may_be_run_again(url: str, tmp_path: Path):
    (tmp_path / "place").mkdir()
    config = from_mapping({"database": url, "authority": AUTHORITY.uscc}, tmp_path)
    found_database(config, SystemClock())  # keys and owner are there; no record, no configuration
    assert facts_from(*init(tmp_path, url))["token"]


def test_other_keys_are_refused_at_every_door_and_told_by_the_doctor(other: Path):
    config = other / "shuniu.toml"
    before = everything_in(other)
    for command in (
        ["serve", "--parent", 2**22 + 1],
        ["token", "--department", AUTHORITY.uscc, "--system", "x"],
        ["revoke", "--serial", "1", "--reason", "x"],
        ["appoint", "SJ-0001"],
    ):
        assert_refused(run(*command, "--config", config), "DATABASE_OF_OTHER_KEYS")
    doctor = run("doctor", "--config", config)
    assert doctor.returncode == 1
    assert "✗ database owner:" in doctor.stdout
    assert everything_in(other) <= before | {"var/hub.lock"}


def test_a_second_hub_with_the_same_keys_is_refused_by_name_and_the_operator_is_not(hub: Path, tmp_path: Path):
    shutil.copytree(hub, tmp_path / "copy")
    with running(tmp_path, "hub", "serve", "--config", hub / "shuniu.toml") as first:
        pid = first.facts()["pid"]
        second = run_process("serve", "--config", tmp_path / "copy" / "shuniu.toml")
        assert_refused(second, "DATABASE_IN_USE")
        assert str(pid) in second.stderr
        assert facts_from("token", "--config", hub / "shuniu.toml", "--department", AUTHORITY.uscc, "--system", "second")["token"]
        doctor = run("doctor", "--config", hub / "shuniu.toml")
        assert f"database lock: 已有枢纽在其上运行：{pid}@" in doctor.stdout
        assert first.stop() == 0, first.output
    assert "当前没有枢纽" in run("doctor", "--config", hub / "shuniu.toml").stdout


def test_a_hub_whose_database_another_one_took_stops_by_name(hub: Path, url: str, tmp_path: Path):
    with running(tmp_path, "hub", "serve", "--config", hub / "shuniu.toml") as process:
        process.facts()
        thief = Database(url)
        take(thief, tmp_path)
        assert process.process.wait(30) == 2, process.output
        assert "DATABASE_IN_USE" in process.output
        thief.close()


def take(thief: Database, folder: Path) -> None:
    """End the holder's session, or delete the lock's file, and be quicker than its next look."""
    if thief.dialect == "sqlite":
        (folder / "place" / "hub.db.lock").unlink()
    else:
        with thief.read() as tx:
            ended = tx.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'shuniu _%'")).all()
        assert len(ended) == 1
    thief.hold()


def test_a_database_of_the_release_before_is_claimed_by_its_own_hub_alone(hub: Path, other: Path, url: str, tmp_path: Path):
    with running(tmp_path, "hub", "serve", "--config", hub / "shuniu.toml") as process:  # signs a checkpoint
        process.facts()
        assert process.stop() == 0
    database = Database(url)
    with database.begin() as tx:
        tx.execute(text("DELETE FROM hub_owner"))
    assert_refused(run("serve", "--parent", 2**22 + 1, "--config", other / "shuniu.toml"), "DATABASE_OF_OTHER_KEYS")
    config = load(hub / "shuniu.toml")
    open_database(config, SystemClock()).close()
    with database.read() as tx:
        assert OwnerStore(tx).fingerprint() == fingerprint(KeyRing(config.data / "keys"))
    database.close()


def test_an_operators_command_does_not_migrate_and_a_newer_schema_is_told(template: Path, tmp_path: Path):
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    token = ["token", "--config", tmp_path / "shuniu.toml", "--department", AUTHORITY.uscc, "--system", "x"]
    for version, reason in (("0001", "SCHEMA_BEHIND"), ("9999", "SCHEMA_UNKNOWN")):
        with sqlite3.connect(tmp_path / "var/shuniu.db") as db:
            db.execute("UPDATE alembic_version SET version_num = ?", (version,))
        assert_refused(run(*token), reason)
    assert_refused(run("serve", "--parent", 2**22 + 1, "--config", tmp_path / "shuniu.toml"), "SCHEMA_UNKNOWN")


def test_the_fingerprint_is_of_the_public_keys_of_log_and_ca_and_of_nothing_else(template: Path, tmp_path: Path):
    shutil.copytree(template / "var/keys", tmp_path / "keys")
    whose = fingerprint(KeyRing(tmp_path / "keys"))
    (tmp_path / "keys/hub-server.pem").unlink()
    assert fingerprint(KeyRing(tmp_path / "keys")) == whose
    for name in ("log", "ca"):
        kept = (tmp_path / f"keys/{name}.pem").read_bytes()
        (tmp_path / f"keys/{name}.pem").unlink()
        a_ring(tmp_path / "keys")  # makes another one
        assert fingerprint(KeyRing(tmp_path / "keys")) != whose
        (tmp_path / f"keys/{name}.pem").write_bytes(kept)
