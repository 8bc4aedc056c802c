"""What is private in the data folder is its owner's alone, whatever the umask; what an older release left open is closed at the start."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.clock import SystemClock
from hub.config import load
from hub.db import Database, open_to_others
from migrations.opening import open_database
from tests.cli.processes import make_hub, run, running

PUBLIC = {"certs", "log"}
"""Certificates and the published log are for everybody."""


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_files(data: Path) -> set[str]:
    """Return the private files in a data folder that others may touch."""
    files = {path.relative_to(data): path for path in data.rglob("*") if path.is_file()}
    return {str(name) for name, path in files.items() if name.parts[0] not in PUBLIC and path.stat().st_mode & 0o077}


@pytest.mark.usefixtures("usual_umask")
def test_every_private_file_of_a_hub_that_runs_is_its_users_alone(tmp_path: Path):
    make_hub(tmp_path)
    assert open_files(tmp_path / "var") == set()
    with running(tmp_path, "hub", "serve", "--config", tmp_path / "shuniu.toml") as hub:
        hub.facts()
        assert {"shuniu.db", "shuniu.db-wal", "shuniu.db-shm", "shuniu.db.lock", "hub.lock", "keys"} <= {
            path.name for path in (tmp_path / "var").iterdir()
        }
        assert open_files(tmp_path / "var") == set()
        assert hub.stop() == 0
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "var").iterdir() if path.is_dir()}["keys"] == 0o700
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("usual_umask")
def test_a_database_elsewhere_is_private_too(tmp_path: Path):
    (tmp_path / "place").mkdir()
    (tmp_path / "hub").mkdir()
    make_hub(tmp_path / "hub", "--database", f"sqlite:///{tmp_path / 'place' / 'hub.db'}")
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "place").iterdir()} == {"hub.db": 0o600, "hub.db.lock": 0o600}


def test_what_an_older_release_left_open_is_told_by_the_doctor_and_closed_by_the_start(template: Path, tmp_path: Path):
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    config = load(tmp_path / "shuniu.toml")
    database = Database(config.database_url)
    with database.read():
        for end in ("", "-wal", "-shm"):
            (config.data / f"shuniu.db{end}").chmod(0o644)
        assert {path.name for path in open_to_others(config.database_url)} == {"shuniu.db", "shuniu.db-wal", "shuniu.db-shm"}
        doctor = run("doctor", "--config", tmp_path / "shuniu.toml")
        assert doctor.returncode == 1
        assert "✗ database files:" in doctor.stdout
        assert f"chmod 600 {config.data / 'shuniu.db'} " in doctor.stdout
        open_database(config, SystemClock()).close()
        assert open_to_others(config.database_url) == []
    database.close()
    assert run("doctor", "--config", tmp_path / "shuniu.toml").returncode == 0


@pytest.mark.usefixtures("usual_umask")
def test_a_database_is_private_from_its_first_moment(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    with database.begin() as tx:
        tx.connection.exec_driver_sql("CREATE TABLE t (a)")
        found = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    database.close()
    assert found == dict.fromkeys(("new.db", "new.db-wal", "new.db-shm"), 0o600)
