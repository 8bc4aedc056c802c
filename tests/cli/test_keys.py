"""The hub's keys are made by `init` and by `keys add` alone; one that is missing, swapped or changed stops the start by its name."""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

import server
from audit.row_check import BOUND_ALL
from audit.store import RecordStore, log_size
from cli.process import shuniu_command
from hub.clock import SystemClock
from hub.config import Config, from_mapping, load
from hub.db import Database, KeyCheckStore, lock_of
from hub.errors import ConfigError
from hub.key_check import KeyCheck
from hub.key_set import CA, HUB_SERVER, KEYS, LOG, PSEUDONYM, ROWS, fingerprint
from hub.keys import KINDS, KeyRing
from hub.signer import HubKey, Maker
from migrations import alembic_config, schema_of
from migrations.opening import add_keys, found_database, open_database
from tests.cli.processes import AUTHORITY, DOORS, ROOT, facts_from, run
from tests.keys import a_ring

ORPHANED = ["--parent", 2**22 + 1]  # no such process: should the hub start after all, it ends at once and the test fails
NAMES = [key.name for key in KEYS]
LASTING = [key for key in KEYS if key is not HUB_SERVER]
SAME_KIND = [(one, other) for one, other in permutations(KEYS, 2) if one.kind == other.kind]


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path


def keys_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "var/keys").iterdir())}


def refused(reason: str, *files: str, folder: Path, commands: int = 3) -> None:
    """See that a start, a command of the operator and `keys add` are refused by the key's name, that the doctor names it, and nothing is made."""
    before, config = keys_of(folder), folder / "shuniu.toml"
    for words in (["serve", *ORPHANED], ["token", "--department", AUTHORITY.uscc, "--system", "x"], ["keys", "add"])[:commands]:
        done = run(*words, "--config", config)
        assert done.returncode == 2, done.stdout + done.stderr
        assert reason in done.stderr
        assert "下一步" in done.stderr
        for file in files:
            assert file in done.stderr
    doctor = json.loads(run("doctor", "--config", config, "--json").stdout)
    found = {check["name"]: check for check in doctor["checks"] if not check["ok"]}
    assert {f"key {file}" for file in files} <= set(found)
    assert "register" not in found  # a wrong key must not look like a database in which every row was changed
    assert keys_of(folder) == before


def starts(folder: Path) -> None:
    open_database(load(folder / "shuniu.toml"), SystemClock()).close()


# missing, swapped, changed


@pytest.mark.parametrize("key", LASTING, ids=[key.name for key in LASTING])
def test_a_missing_key_is_refused_by_its_name_and_never_made_anew(folder: Path, key: HubKey):
    (folder / "var/keys" / key.file).unlink()
    refused("KEY_MISSING", key.file, folder=folder)


def test_all_missing_keys_are_named_at_once(folder: Path):
    for key in (PSEUDONYM, CA):
        (folder / "var/keys" / key.file).unlink()
    refused("KEY_MISSING", PSEUDONYM.file, CA.file, folder=folder)


@pytest.mark.parametrize(("one", "other"), SAME_KIND, ids=[f"{one.name} in {other.name}" for one, other in SAME_KIND])
def test_a_key_in_the_place_of_another_of_its_kind_is_refused_by_name(folder: Path, one: HubKey, other: HubKey):
    keys = folder / "var/keys"
    shutil.copy2(keys / one.file, keys / other.file)
    if one is HUB_SERVER:  # it has no check value, so the place is known and what is in it is not
        refused("KEY_CHANGED", other.file, folder=folder)
    else:
        refused("KEY_SWAPPED", other.file, folder=folder)
        with pytest.raises(ConfigError, match=f"{other.file} holds the key that belongs into {one.file}"):
            starts(folder)


PAIRS = [(one, other) for one, other in SAME_KIND if one.name < other.name]


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[f"{one.name} and {other.name}" for one, other in PAIRS])
def test_two_keys_that_were_swapped_are_refused_by_name(folder: Path, one: HubKey, other: HubKey):
    keys = folder / "var/keys"
    (keys / one.file).rename(keys / "kept")
    (keys / other.file).rename(keys / one.file)
    (keys / "kept").rename(keys / other.file)
    refused("KEY_", *{one.file, other.file} - {HUB_SERVER.file}, folder=folder)


@pytest.mark.parametrize("key", LASTING, ids=[key.name for key in LASTING])
def test_another_key_of_the_same_kind_is_refused_by_name(folder: Path, key: HubKey):
    (folder / "var/keys" / key.file).unlink()
    KeyRing(folder / "var/keys").make(key)
    refused("KEY_CHANGED", key.file, folder=folder)


def test_the_folder_of_another_hub_is_told_as_such(folder: Path):
    shutil.rmtree(folder / "var/keys")
    a_ring(folder / "var/keys")
    with pytest.raises(ConfigError) as error:
        starts(folder)
    assert error.value.reason == "DATABASE_OF_OTHER_KEYS"


def test_a_check_value_that_was_edited_in_the_database_stops_the_start_and_opens_nothing(folder: Path):
    with sqlite3.connect(folder / "var/shuniu.db") as db:
        db.execute('UPDATE key_checks SET "check" = zeroblob(32) WHERE name = ?', (PSEUDONYM.name,))
    refused("KEY_CHANGED", PSEUDONYM.file, folder=folder)


@pytest.mark.parametrize("key", [key for key in LASTING if key.maker is Maker.INIT], ids=lambda key: key.name)
def test_a_lost_check_value_gives_nobody_a_reason_to_make_a_key_of_the_first_release(folder: Path, key: HubKey):
    (folder / "var/keys" / key.file).unlink()
    with sqlite3.connect(folder / "var/shuniu.db") as db:
        db.execute("DELETE FROM key_checks")
    with pytest.raises(ConfigError) as error:
        add_keys(load(folder / "shuniu.toml"), SystemClock())
    assert error.value.reason == "KEY_MISSING"
    assert not (folder / "var/keys" / key.file).exists()


# what may be replaced


def test_the_key_of_the_ports_may_be_replaced_by_keys_add(folder: Path):
    (folder / "var/keys" / HUB_SERVER.file).unlink()
    refused("KEY_NOT_MADE", HUB_SERVER.file, folder=folder, commands=2)
    assert facts_from("keys", "add", "--config", folder / "shuniu.toml")["made"] == [HUB_SERVER.file]
    hub = server.Hub(load(folder / "shuniu.toml"), SystemClock())  # makes its certificate anew
    hub.close()
    assert run("doctor", "--config", folder / "shuniu.toml").returncode == 0


def test_keys_add_makes_nothing_where_every_key_is_there(folder: Path):
    before = keys_of(folder)
    done = run("keys", "add", "--config", folder / "shuniu.toml")
    assert done.returncode == 0
    assert "every key is there" in done.stdout
    assert keys_of(folder) == before


def test_keys_add_is_refused_beside_a_running_hub(folder: Path):
    lock = lock_of(load(folder / "shuniu.toml").database_url)
    lock.take()
    done = run("keys", "add", "--config", folder / "shuniu.toml")
    lock.release()
    assert done.returncode == 2
    assert "DATABASE_IN_USE" in done.stderr


# the release before, on both databases


@pytest.fixture
def former(url: str, tmp_path: Path) -> Config:
    """A hub as the release before left it: no `rows.secret`, no check values, a schema that knows neither; with a department in the register."""
    config = from_mapping({"database": url, "data": "var", "authority": AUTHORITY.uscc, "authority_title": AUTHORITY.name, **doors()}, tmp_path)
    (tmp_path / "place").mkdir(exist_ok=True)
    a_ring(config.keys)
    (config.keys / ROWS.file).unlink()
    command.upgrade(alembic_config(url), "0002")
    at = datetime(2026, 3, 1, tzinfo=UTC)
    database = Database(url)
    with database.begin() as tx:
        tx.execute(text("INSERT INTO audit_tree (id, size, range) VALUES (1, 0, :none)"), {"none": bytes(8)})
        tx.execute(text("INSERT INTO audit_index_state (id, size) VALUES (1, 0)"))
        tx.execute(
            text("INSERT INTO hub_owner (id, fingerprint, at) VALUES (1, :own, :at)"), {"own": fingerprint(KeyRing(config.keys)), "at": f"{at:%F %T}"}
        )
        tx.execute(
            text("INSERT INTO departments (uscc, title, short_title, region, create_time) VALUES (:uscc, :title, '', '640000', :at)"),
            {"uscc": AUTHORITY.uscc, "title": AUTHORITY.name, "at": f"{at:%F %T}"},
        )
    database.close()
    return config


def doors() -> dict[str, str]:
    doors = DOORS[:6]  # after them stands --local
    return dict(zip((name[2:] for name in doors[::2]), doors[1::2], strict=True))


def schema(config: Config) -> str:
    database = Database(config.database_url)
    with database.read() as tx:
        found = schema_of(tx.connection)
    database.close()
    return found


def test_a_hub_of_the_release_before_gets_its_new_key_by_keys_add_and_its_next_start_binds_all_rows(former: Config):
    with pytest.raises(ConfigError, match=ROWS.file) as error:
        server.Hub(former, SystemClock())
    assert error.value.reason == "KEY_NOT_MADE"
    assert "shuniu keys add --config" in error.value.next_action
    assert schema(former) == "0002"  # the release before can still be run
    assert [key.file for key in add_keys(former, SystemClock())] == [ROWS.file]
    assert schema(former) == "0002"
    hub = server.Hub(former, SystemClock())
    with hub.db.read() as tx:
        assert set(KeyCheckStore(tx).all()) == {key.name for key in LASTING}
        actions = [RecordStore(tx).get(index)[0].action for index in range(log_size(tx))]
    assert actions == [BOUND_ALL]
    hub.close()
    (former.keys / ROWS.file).unlink()
    with pytest.raises(ConfigError) as lost:  # from now on it is a key like the others
        add_keys(former, SystemClock())
    assert lost.value.reason == "KEY_MISSING"


@pytest.mark.parametrize("key", [PSEUDONYM, LOG], ids=["pseudonym", "log"])
def test_a_restore_of_the_release_before_that_forgot_a_key_gets_none_made_anew(former: Config, key: HubKey):
    (former.keys / key.file).unlink()
    for opening in (add_keys, open_database):
        with pytest.raises(ConfigError, match=key.file) as error:
            opening(former, SystemClock())
        assert error.value.reason == "KEY_MISSING"
    assert not (former.keys / ROWS.file).exists()
    assert not (former.keys / key.file).exists()


def test_of_two_keys_add_at_once_one_makes_the_key(folder: Path):
    (folder / "var/keys" / ROWS.file).unlink()
    with sqlite3.connect(folder / "var/shuniu.db") as db:
        db.execute("DELETE FROM key_checks WHERE name = ?", (ROWS.name,))
    words = shuniu_command("keys", "add", "--config", str(folder / "shuniu.toml"), "--json")
    both = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [one.communicate(timeout=60)[0] for one in both]
    assert {one.returncode for one in both} <= {0, 2}
    made = [json.loads(one)["made"] for one in said if one]
    assert sorted(made) in ([[ROWS.file]], [[], [ROWS.file]])
    starts(folder)


# killed in the middle


class KilledError(BaseException):
    """What ends a maker in these tests, as a kill would: nothing after it is run."""


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, int], pytest.MonkeyPatch]:
    """Return what lets a function end its process at its n-th call."""

    def at(owner: Any, name: str, call: int) -> pytest.MonkeyPatch:
        real, calls = getattr(owner, name), iter(range(call))

        def dying(*arguments: Any, **more: Any) -> Any:
            if next(calls, None) is None:
                raise KilledError
            return real(*arguments, **more)

        monkeypatch.setattr(owner, name, dying)
        return monkeypatch

    return at


def test_a_keys_add_that_was_killed_between_key_and_check_value_is_gone_on_with(folder: Path, killed: Any):
    config = load(folder / "shuniu.toml")
    (config.keys / ROWS.file).unlink()
    with sqlite3.connect(folder / "var/shuniu.db") as db:
        db.execute("DELETE FROM key_checks WHERE name = ?", (ROWS.name,))
    patch = killed(KeyCheck, "write", 0)
    with pytest.raises(KilledError):
        add_keys(config, SystemClock())
    patch.undo()
    made = (config.keys / ROWS.file).read_bytes()
    assert add_keys(config, SystemClock()) == []
    assert (config.keys / ROWS.file).read_bytes() == made
    with sqlite3.connect(folder / "var/shuniu.db") as db:
        assert db.execute('SELECT "check" FROM key_checks WHERE name = ?', (ROWS.name,)).fetchall() == [(KeyRing(config.keys).check(ROWS),)]


@pytest.mark.parametrize(
    ("owner", "name", "call"),
    [*((KeyRing, "make", call) for call in range(len(KEYS))), (KeyCheck, "write", 0), *((os, "fsync", call) for call in range(6))],
)
def test_an_init_that_was_killed_is_gone_on_with_by_the_next(tmp_path: Path, killed: Any, owner: object, name: str, call: int):
    patch = killed(owner, name, call)
    config = from_mapping({"authority": AUTHORITY.uscc}, tmp_path)
    with pytest.raises(KilledError):
        found_database(config, SystemClock())
    patch.undo()
    left = {path.name: path.read_bytes() for path in config.keys.glob("[!.]*")} if config.keys.exists() else {}
    words = ["init", "--config", tmp_path / "shuniu.toml", "--authority", AUTHORITY.uscc, "--title", AUTHORITY.name, *DOORS]
    assert facts_from(*words)["token"]
    found = keys_of(tmp_path)
    assert set(found) == {key.file for key in KEYS}
    assert {file: found[file] for file in left} == left
    assert run("doctor", "--config", tmp_path / "shuniu.toml").returncode == 0


def test_an_init_makes_no_key_that_the_database_knows(tmp_path: Path):
    config = from_mapping({"authority": AUTHORITY.uscc}, tmp_path)
    found_database(config, SystemClock())
    (config.keys / PSEUDONYM.file).unlink()
    done = run("init", "--config", tmp_path / "shuniu.toml", "--authority", AUTHORITY.uscc, "--title", AUTHORITY.name, *DOORS)
    assert done.returncode == 2
    assert "KEY_MISSING" in done.stderr
    assert PSEUDONYM.file in done.stderr
    assert not (config.keys / PSEUDONYM.file).exists()


# one list


@pytest.mark.parametrize(("page", "language"), [("install.md", "en"), ("install.zh-CN.md", "zh")])
def test_the_guide_has_a_row_for_each_key_and_for_nothing_else(page: str, language: str):
    text_of = (ROOT / "docs/guides" / page).read_text(encoding="utf-8")
    rows = [line for line in text_of.splitlines() if line.startswith("| `") and (".pem` |" in line or ".secret` |" in line)]
    assert rows == [row_of(key, language) for key in KEYS]


def row_of(key: HubKey, language: str) -> str:
    """Return the row of a key in the guide's table."""
    return f"| `{key.file}` | {getattr(KINDS[key.kind], language)} | {getattr(key.use, language)} |"
