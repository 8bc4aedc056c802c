"""Whatever keeps a database from being used is told at every door in words, with its place and a command that finds out more: never as a fault."""

import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import click
import psycopg
import pytest
from sqlalchemy import make_url

from cli.command import shuniu
from shuniu import patience
from tests.cli.processes import AUTHORITY, DOORS, Result, run
from tests.postgres import cluster, frozen
from tests.world import PROVIDER, World

CHINESE = re.compile("[一-鿿]")
OF_A_HUB = {
    "serve": ["--parent", "4194305"],
    "token": ["--department", AUTHORITY.uscc, "--system", "x"],
    "revoke": ["--serial", "1", "--reason", "x"],
    "doctor": [],
    "appoint": ["SJ-0001"],
    "keys add": [],
    "database check": [],
    "audit verify": [],
    "audit reconcile": [],
    "audit reindex": [],
    "audit acknowledge": ["0", "--reason", "核对完毕"],
    "seal trust list": [],
    "seal trust remove": ["sealTrusts/1", "--reason", "x", "--officer", "SJ-1"],
    "seal trust add": [str(Path(__file__)), "--title", "x", "--reason", "x", "--officer", "SJ-1"],
}
"""Every command that opens the hub's database, and what it must be told."""
LONGEST = 10
"""Seconds that a command may take to say so, on a busy machine and with a connection that is tried for two: by default it is tried for five."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "CONNECT_SECONDS", 2)


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path / "hub")
    return tmp_path / "hub"


def at_every_door(folder: Path, url: str) -> Iterator[tuple[str, Result]]:
    """Run each command that opens the database against a URL; none may take long or make a thing."""
    settings = folder / "shuniu.toml"
    settings.write_text(re.sub(r'^(# )?database = ".*"$', f'database = "{url}"', settings.read_text(encoding="utf-8"), flags=re.MULTILINE))
    new = folder / "new"
    init = ["init", "--config", new / "shuniu.toml", "--authority", AUTHORITY.uscc, "--title", AUTHORITY.name, "--database", url, *DOORS]
    for name, command in {"init": init, **{door: [*door.split(), "--config", settings, *more] for door, more in OF_A_HUB.items()}}.items():
        began = time.monotonic()
        yield name, run(*command)
        assert time.monotonic() - began < LONGEST, name
    assert not new.exists()


def leaves(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for part in command.list_commands(context):
            yield from leaves(command.get_command(context, part) or command, f"{name} {part}".strip())
    else:
        yield name, command


def test_every_command_that_reads_a_hub_s_configuration_is_walked():
    with_a_hub = {name for name, command in leaves(shuniu) if any(option.name == "config" for option in command.params)}
    assert with_a_hub == {"init", "provide", *OF_A_HUB}  # what a department provides has a configuration of its own


def assert_told(name: str, done: Result, reason: str, *said: str) -> None:
    words = done.stdout + done.stderr
    assert done.returncode == 3, (name, words)
    assert "FAULT" not in words
    assert name == "doctor" or reason in words, (name, words)
    for one in said:
        assert one in words, (name, words)
    assert any(CHINESE.search(line) for line in words.splitlines())
    mend = [line for line in words.splitlines() if re.match(r"\s*(next|下一步|mend|修复)", line)]
    assert mend, (name, words)
    assert not any("shuniu doctor" in line for line in mend), (name, mend)  # that would send the operator in a circle


@contextmanager
def nobody() -> Iterator[tuple[str, str]]:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: whoever comes is refused
        yield f"postgresql://shuniu:geheim@127.0.0.1:{closed.getsockname()[1]}/hub", "DATABASE_UNREACHABLE"


@contextmanager
def unknown() -> Iterator[tuple[str, str]]:
    yield "postgresql://shuniu:geheim@no-such-host.invalid:5432/hub", "DATABASE_UNREACHABLE"


@contextmanager
def somebody_else() -> Iterator[tuple[str, str]]:
    """Another server, which answers in words of its own that nobody asked for."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def answer() -> None:
            server.settimeout(0.2)
            while not ended.is_set():
                with suppress(OSError), server.accept()[0] as one:
                    one.sendall(b"HTTP/1.1 400 \x1b[2J geheim\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield f"postgresql://shuniu:geheim@127.0.0.1:{server.getsockname()[1]}/hub", "DATABASE_UNREACHABLE"
        finally:
            ended.set()
            thread.join()


@contextmanager
def silence() -> Iterator[tuple[str, str]]:
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes connections and never says a word
        yield f"postgresql://shuniu:geheim@127.0.0.1:{server.getsockname()[1]}/hub", "DATABASE_SILENT"


Fault = Callable[[], AbstractContextManager[tuple[str, str]]]


@pytest.mark.parametrize("fault", [nobody, silence, unknown, somebody_else])
def test_a_server_that_is_not_there_or_does_not_answer(folder: Path, fault: Fault):
    with fault() as (url, reason):
        for name, done in at_every_door(folder, url):
            assert_told(name, done, reason, str(make_url(url).port), f"pg_isready -h {make_url(url).host}")
            assert "geheim" not in done.stdout + done.stderr
            assert "shuniu@" not in done.stdout + done.stderr
            assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.postgres
def test_a_frozen_server(folder: Path, postgres_url: str):
    doors = at_every_door(folder, postgres_url)
    with frozen(postgres_url):
        for name, done in doors:
            assert_told(name, done, "DATABASE_SILENT", "pg_isready -h 127.0.0.1")


@pytest.mark.postgres
def test_a_database_that_does_not_exist_a_user_that_does_not_and_a_server_that_is_full(folder: Path, postgres_url: str):
    for url, said in ((postgres_url.replace("/postgres", "/nowhere"), "nowhere"), (postgres_url.replace("shuniu@", "stranger@"), "stranger")):
        for name, done in at_every_door(folder, url):
            assert_told(name, done, "DATABASE_UNREACHABLE", said, "pg_isready")
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE crowded CONNECTION LIMIT 0")
        admin.execute("CREATE ROLE guest LOGIN")
        url = postgres_url.replace("shuniu@", "guest@").replace("/postgres", "/crowded")
        for name, done in at_every_door(folder, url):
            assert_told(name, done, "DATABASE_UNREACHABLE", "crowded", "pg_isready")
        admin.execute("DROP DATABASE crowded")
        admin.execute("DROP ROLE guest")


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    """A server of its own that asks for passwords; the role `shuniu` has one."""
    with cluster() as url:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("ALTER ROLE shuniu PASSWORD 'richtig'")
            (file,) = admin.execute("SHOW hba_file").fetchone() or ("",)
            Path(file).write_text("host all all 127.0.0.1/32 scram-sha-256\n", encoding="utf-8")
            admin.execute("SELECT pg_reload_conf()")
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                psycopg.connect(url, password="falsch", connect_timeout=2).close()
            except psycopg.OperationalError:
                break
        yield url


@pytest.mark.postgres
def test_a_wrong_password_and_none(folder: Path, guarded: str):
    for url in (guarded.replace("shuniu@", "shuniu:geheim@"), guarded):
        for name, done in at_every_door(folder, url):
            assert_told(name, done, "DATABASE_UNREACHABLE", "password", "pg_isready")
            assert "geheim" not in done.stdout + done.stderr


@pytest.mark.postgres
def test_a_read_only_server_and_a_user_without_rights(folder: Path, postgres_url: str, tmp_path: Path):
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE standby")
        admin.execute("ALTER DATABASE standby SET default_transaction_read_only = on")
        admin.execute("CREATE ROLE visitor LOGIN")
        url = postgres_url.replace("/postgres", "/standby")
        init = ["--authority", AUTHORITY.uscc, "--title", AUTHORITY.name, *DOORS]
        done = run("init", "--config", tmp_path / "a/shuniu.toml", *init, "--database", url)
        assert_told("init", done, "DATABASE_READ_ONLY", "target_session_attrs")
        admin.execute("ALTER DATABASE standby RESET default_transaction_read_only")
        done = run("init", "--config", tmp_path / "b/shuniu.toml", *init, "--database", url.replace("shuniu@", "visitor@"))
        assert done.returncode == 2
        assert "DATABASE_RIGHTS" in done.stderr
        admin.execute("DROP DATABASE standby")
        admin.execute("DROP ROLE visitor")


@pytest.mark.parametrize("fault", [nobody, silence, unknown, somebody_else])
def test_a_department_s_own_database_that_is_not_there_or_does_not_answer(world: World, fault: Fault):
    member = world.member(PROVIDER)
    with fault() as (url, _):
        began = time.monotonic()
        done = run("provide", "--identity", member.folder, "--url", url, "--table", "resident:id_number")
        assert time.monotonic() - began < LONGEST
    words = done.stdout + done.stderr
    assert_told("provide", done, "UNREACHABLE", str(make_url(url).host))
    assert "geheim" not in words
    assert "shuniu@" not in words
    assert "\x1b" not in words


def test_a_file_that_is_no_database_and_a_place_where_none_can_be(folder: Path, tmp_path: Path):
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"not a database" * 1000)
    for url, reason in ((f"sqlite:///{garbage}", "DATABASE_DAMAGED"), (f"sqlite:///{tmp_path}/no/such/x.db", "DATABASE_FILE")):
        for name, done in at_every_door(folder, url):
            words = done.stdout + done.stderr
            found = name == "doctor" or (name == "database check" and reason == "DATABASE_DAMAGED")  # a result of a check that ran
            assert done.returncode == (1 if found else 2), (name, words)
            assert "FAULT" not in words
            assert found or reason in words, (name, words)
            assert str(tmp_path) in words
            assert CHINESE.search(words)


def test_the_file_of_a_running_hub_is_never_made_anew_by_a_command(folder: Path, tmp_path: Path):
    for door in ("token", "revoke", "doctor", "database check"):
        settings = folder / "shuniu.toml"
        (folder / "var/shuniu.db").unlink(missing_ok=True)
        done = run(*door.split(), "--config", settings, *OF_A_HUB[door])
        assert done.returncode == (1 if door == "doctor" else 2)
        assert "cp -p BACKUP/shuniu.db" in done.stdout + done.stderr
        assert not (folder / "var/shuniu.db").exists()
