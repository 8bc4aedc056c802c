"""`shuniu database check` finds what is damaged, names it, says what it could not check, and writes nothing."""

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.cli.processes import AUTHORITY, make_hub, run, running
from tests.postgres import cluster

PAGE = 8192
INDEXES = "SELECT relname FROM pg_class WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace"
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path


def checked(folder: Path, *, ok: bool) -> dict[str, dict[str, Any]]:
    """Run the check; return what it found by name, in both ways of telling it."""
    shown = run("database", "check", "--config", folder / "shuniu.toml")
    done = run("database", "check", "--config", folder / "shuniu.toml", "--json")
    facts = json.loads(done.stdout)
    assert facts["ok"] is ok, facts
    assert done.returncode == shown.returncode == (0 if ok else 1)
    assert ("no damage found" in shown.stdout) is ok
    for check in facts["checks"]:
        assert bool(check["mend"]) is not check["ok"]
        assert f"{'✓' if check['ok'] else '✗'} {check['name']}: " in shown.stdout
    return {check["name"]: check for check in facts["checks"]}


def test_a_sound_sqlite_database_is_sound_also_beside_a_running_hub(folder: Path):
    assert set(checked(folder, ok=True)) == {"file", "foreign keys"}
    with running(folder, "hub", "serve", "--config", folder / "shuniu.toml") as hub:
        hub.facts()
        checked(folder, ok=True)
        assert hub.stop() == 0, hub.output


def test_a_damaged_page_of_a_copy_is_found_wherever_it_is(folder: Path, tmp_path: Path):
    file = folder / "var/shuniu.db"
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = db.execute("PRAGMA page_size").fetchone()[0]
        roots = dict(
            db.execute("SELECT name, rootpage FROM sqlite_master WHERE rootpage > 1 AND name IN ('departments', 'certificates', 'pk_changes')")
        )
    db.close()
    sound = file.read_bytes()
    assert len(roots) >= 2
    for name, page in roots.items():
        file.write_bytes(sound[: (page - 1) * size] + bytes(range(256)) * (size // 256) + sound[page * size :])
        found = checked(folder, ok=False)
        assert not found["file"]["ok"], name
        assert "backup" in found["file"]["mend"]
        assert file.read_bytes()[: len(sound)] != sound
    file.write_bytes(sound[: len(sound) // 2])
    assert run("database", "check", "--config", folder / "shuniu.toml").returncode == 1


def test_an_index_that_does_not_fit_its_table_and_a_row_without_its_parent_are_found(folder: Path):
    with sqlite3.connect(folder / "var/shuniu.db") as db:
        db.execute("PRAGMA foreign_keys = OFF")
        table, parent = next(
            (name, row[2]) for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for row in db.execute(f"PRAGMA foreign_key_list({name})").fetchall()
        )  # fmt: skip
        assert parent
        columns = db.execute(f"PRAGMA table_info({table})").fetchall()
        values = [{"INTEGER": 7, "BIGINT": 7}.get(column[2], "x") for column in columns]
        db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608 - a name of the schema
    db.close()
    found = checked(folder, ok=False)
    assert found["file"]["ok"]
    assert table in found["foreign keys"]["en"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, Path]]:
    """A hub that was made on a cluster of its own with page checksums; its folder, the URL and the cluster's files."""
    with cluster("--data-checksums", shared_buffers="1MB") as url:
        folder = tmp_path_factory.mktemp("hub")
        make_hub(folder, "--database", url)
        with psycopg.connect(url) as connection:
            found = connection.execute("SHOW data_directory").fetchone()
        assert found is not None
        yield folder, url, Path(found[0])


@pytest.mark.postgres
def test_postgresql_is_read_wholly_and_what_was_not_checked_is_said(served: tuple[Path, str, Path]):
    folder, url, _ = served
    found = checked(folder, ok=True)
    assert found["page checksums"]["en"] == "sound"
    assert "CREATE EXTENSION IF NOT EXISTS amcheck" in found["index"]["en"]
    with psycopg.connect(url, autocommit=True) as connection:
        tables = {f"table public.{name}" for (name,) in connection.execute(TABLES)}
        assert {name for name in found if name.startswith("table ")} == tables
        connection.execute("CREATE EXTENSION amcheck")
        indexes = {f"index public.{name}" for (name,) in connection.execute(INDEXES)}
        found = checked(folder, ok=True)
        assert {name for name in found if name.startswith("index")} == indexes
        words = found["index public.ix_entry_words_words"]  # of a kind that amcheck does not know
        assert words["en"] == "not checked: gin"
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute("GRANT pg_read_all_data TO reader")
        settings = folder / "shuniu.toml"
        kept = settings.read_text(encoding="utf-8")
        settings.write_text(kept.replace("shuniu@", "reader@"), encoding="utf-8")
        assert "GRANT EXECUTE ON FUNCTION bt_index_check" in checked(folder, ok=True)["index"]["en"]
        settings.write_text(kept, encoding="utf-8")


@pytest.mark.postgres
def test_a_damaged_file_of_a_table_and_of_an_index_is_found(served: tuple[Path, str, Path]):
    folder, url, data = served
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        connection.execute("CHECKPOINT")
        files = {name: data / str(path_of(connection, name)) for name in ("departments", "pk_departments")}
    for name, file in files.items():
        sound = file.read_bytes()
        assert len(sound) >= PAGE
        file.write_bytes(sound[: PAGE - 40] + b"\xff" * 8 + sound[PAGE - 32 :])  # in a row or an entry, which stand at a page's end
        forget_pages(url)
        found = {key: check for key, check in checked(folder, ok=False).items() if not check["ok"]}
        file.write_bytes(sound)
        forget_pages(url)
        kind = "index" if name.startswith("pk_") else "table"
        assert f"{kind} public.{name}" in found, found
        assert re.search("invalid page|XX001", found[f"{kind} public.{name}"]["en"])
        assert AUTHORITY.uscc not in str(found)
    checked(folder, ok=True)


def path_of(connection: "psycopg.Connection[Any]", name: str) -> str:
    row = connection.execute("SELECT pg_relation_filepath(%s::regclass)", (name,)).fetchone()
    assert row is not None
    return str(row[0])


def forget_pages(url: str) -> None:
    """Push every page out of the server's memory, which would hide what is on the disk."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS big AS SELECT repeat('x', 900) AS t FROM generate_series(1, 40000)")
        connection.execute("CHECKPOINT")
        connection.execute("UPDATE big SET t = t || 'y' WHERE length(t) < 905")
        connection.execute("DROP TABLE big")
        connection.execute("CHECKPOINT")
