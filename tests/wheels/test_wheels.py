"""The wheel `shuniu` alone, on each Python that it promises: a department joins, serves, calls and checks with nothing else installed.

`make test` runs the story of a department on each interpreter of the machine and the SDK's own tests on the oldest; `make wheel-test` runs
both on each. An interpreter that is not there is skipped.
"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from cli.command import HUB
from shuniu.cli.command import DAILY, DEPARTMENT, OF_HUB
from tests.wheels.environments import MINORS, ROOT, Environment, build, environment, interpreter
from tests.world import AUTHORITY, CASE, CONSUMER, KEY, OFFICER, PROVIDER, PURPOSE, Member, World

OURS = "|".join((*HUB.packages, "server", "migrations", r"tests\.(?!shuniu_sdk|postgres)"))
OF_REPOSITORY = re.compile(rf"^ *(?:from|import) (?:{OURS})\b", re.MULTILINE)
IMPORT_ALL = """
import importlib, pkgutil, sys, shuniu
names = [one.name for one in pkgutil.walk_packages(shuniu.__path__, 'shuniu.') if not one.name.endswith('__main__')]
for name in names:
    importlib.import_module(name)
print(len(names), shuniu.__file__)
"""
CALLS = """
import json, sys
from shuniu import connect
address, folder, asked = sys.argv[1:]
with connect(address, folder) as hub:
    answer = hub.query(**json.loads(asked))
print(json.dumps({'records': answer.records, 'index': answer.receipt.index, 'covered': len(answer.data) > 0}))
"""
SERVES = """
import sys
from shuniu import Provider, run
provider = Provider(sys.argv[1])

@provider.resource('resident', key='id_number', columns=['id_number', 'name'])
def resident(key, fields, call):
    return [{'id_number': key, 'name': 'by a function'}]

run(provider, '127.0.0.1:0', lambda port: print(port, flush=True))
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="module", params=MINORS, ids=[f"3.{minor}" for minor in MINORS])
def place(request: pytest.FixtureRequest, wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Environment:
    python = interpreter(request.param)
    if python is None:
        pytest.skip(f"Python 3.{request.param} is not on this machine")
    return environment(python, request.param, wheels["shuniu"], tmp_path_factory.mktemp("away"))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(provider_timeout=5.0) as started:
        yield started


def test_every_source_of_the_sdk_is_read_by_every_interpreter():
    reads = "import sys; [compile(open(one, encoding='utf-8').read(), one, 'exec', dont_inherit=True) for one in sys.argv[1:]]"
    sources = [str(path) for path in sorted((ROOT / "shuniu").rglob("*.py"))]
    for python in filter(None, map(interpreter, MINORS)):
        ended = subprocess.run([python, "-I", "-c", reads, *sources], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr


def test_the_same_sources_give_the_same_bytes(wheels: dict[str, Path], tmp_path: Path):
    again = build(tmp_path)
    assert {name: path.read_bytes() for name, path in again.items()} == {name: path.read_bytes() for name, path in wheels.items()}


def test_each_wheel_holds_its_own_packages_its_licence_and_what_they_read(wheels: dict[str, Path]):
    held = {name: set(zipfile.ZipFile(path).namelist()) for name, path in wheels.items()}
    assert {name.split("/")[0] for name in held["shuniu"] if "dist-info" not in name} == {"shuniu"}
    assert {"shuniu/py.typed", "shuniu/fields.toml", "shuniu/v1/exchange_pb2.pyi"} <= held["shuniu"]
    assert {name.split("/")[0] for name in held["shuniu_hub"] if "dist-info" not in name} == {*HUB.packages, "migrations", "server.py"}
    assert {"web/templates/layout.html", "licenses/types.toml", "timing/holidays.toml"} <= held["shuniu_hub"]
    for names in held.values():
        assert any(name.endswith("licenses/LICENSE") for name in names)
        assert not any("__pycache__" in name or name.startswith("tests/") for name in names)


def test_both_wheels_have_one_version_and_the_hub_asks_for_it():
    sdk, hub = (tomllib.loads((ROOT / path).read_text(encoding="utf-8"))["project"] for path in ("pyproject.toml", "packaging/hub/pyproject.toml"))
    assert sdk["version"] == hub["version"]
    (own,) = (one for one in hub["dependencies"] if one.startswith("shuniu"))
    assert own.endswith(f"=={sdk['version']}")


def test_the_commands_of_the_other_wheel_are_known_by_name():
    assert set(HUB.commands) - set(DEPARTMENT.commands) == OF_HUB


def test_the_hubs_wheel_adds_its_commands_by_its_entry_point(wheels: dict[str, Path], tmp_path: Path):
    for wheel in wheels.values():
        zipfile.ZipFile(wheel).extractall(tmp_path)
    shows = "import json, sys; sys.path.insert(0, sys.argv[1]); from shuniu.cli.command import installed; "
    shows += "print(json.dumps([name for part in installed() for name in part.commands]))"
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-P", "-c", shows, str(tmp_path)], env=bare, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == {*HUB.commands, *DEPARTMENT.commands, *DAILY.commands}


def test_every_module_is_imported_from_the_wheel(place: Environment):
    ended = place.process([place.python, "-I", "-W", "error::DeprecationWarning:shuniu", "-c", IMPORT_ALL])
    assert ended.returncode == 0, ended.stderr
    assert str(place.folder) in ended.stdout


def test_the_command_alone_shows_what_it_can_do_and_names_the_wheel_of_what_it_cannot(place: Environment):
    shown = place.shuniu("--help")
    assert shown.returncode == 0, shown.stderr
    assert all(f"  {name} " in shown.stdout for name in (*DEPARTMENT.commands, *DAILY.commands))
    assert not any(f"  {name} " in shown.stdout for name in OF_HUB)
    for name in ("serve", "doctor"):
        refused = place.shuniu(name)
        assert (refused.returncode, "COMMAND_OF_HUB" in refused.stderr, "pip install shuniu-hub" in refused.stderr) == (2, True, True)
    assert place.shuniu("nonsense").returncode == 2
    listed = place.shuniu("errors", "--json")
    assert "COMMAND_OF_HUB" in {row["reason"] for row in json.loads(listed.stdout)}


@contextmanager
def serving(place: Environment, *command: str) -> Iterator["subprocess.Popen[str]"]:
    started = subprocess.Popen(list(command), cwd=place.away, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            started.kill()
            started.communicate()


def address_in(ready: Path, process: "subprocess.Popen[str]") -> str:
    end = time.monotonic() + 60
    while not ready.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "the provider is not ready"
        time.sleep(0.05)
    return str(json.loads(ready.read_text(encoding="utf-8"))["address"])


def test_a_department_joins_serves_a_table_calls_and_checks_its_receipt(place: Environment, world: World, tmp_path: Path):
    ca, system = tmp_path / "ca.pem", f"wheel-{world.number()}"
    ca.write_bytes(world.ca)
    ruler, uscc = world.member(AUTHORITY), world.member(PROVIDER).department
    token = ruler.do("CreateEnrollmentToken", department=uscc, system=system, roles=["ROLE_MEMBER"]).token
    doors = ("--hub", world.addresses["public"], "--members", world.addresses["members"], "--ca", ca)
    identity = tmp_path / "identity"
    joined = place.shuniu("join", *doors, "--token", "-", "--out", identity, "--host", "127.0.0.1", "--json", given=token)
    assert joined.returncode == 0, joined.stderr
    assert place.shuniu("renew", identity).returncode == 0

    with sqlite3.connect(tmp_path / "source.db") as db:
        db.execute("CREATE TABLE resident (id_number TEXT PRIMARY KEY, name TEXT, address TEXT, phone TEXT, birth_date DATE, children INTEGER)")
        db.execute("INSERT INTO resident VALUES (?, '王小明', '银川市金凤区', '09510000000', NULL, 2)", (KEY,))
    db.close()
    by = Member(PROVIDER, uscc, system, identity, world.addresses["members"])
    ready = tmp_path / "ready.json"
    url = f"sqlite:///{tmp_path / 'source.db'}"
    command = place.start("provide", "--identity", identity, "--url", url, "--table", "resident:id_number", "--ready", ready)
    with serving(place, *command) as process:
        address_in(ready, process)
        entry = world.entry(by)
        grant = _grant(world, entry, by)
        asked = {"grant": grant, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY}
        caller = world.member(CONSUMER).folder
        kept, record = tmp_path / "kept.json", tmp_path / "record.json"
        answered = place.shuniu("call", "--identity", caller, "--keep", kept, "ExchangeService/Query", "-", given=json.dumps(asked))
        assert answered.returncode == 0, answered.stderr
        index = json.loads(kept.read_text(encoding="utf-8"))["index"]
        found = place.shuniu(
            "call", "--identity", caller, "AuditService/GetAuditRecord", json.dumps({"index": index, "searcher": OFFICER, "reason": "核对存证回执"})
        )
        assert found.returncode == 0, found.stderr
        record.write_text(found.stdout, encoding="utf-8")
        assert place.shuniu("receipt", kept, record).returncode == 0
        folder, ask = tmp_path / "receipts", ("--identity", caller, "--officer", OFFICER)
        answered = place.shuniu("call", "--identity", caller, "--receipts", folder, "ExchangeService/Query", "-", given=json.dumps(asked))
        assert answered.returncode == 0, answered.stderr
        compared = place.shuniu("receipts", "verify", folder, "--compare", *ask)
        assert compared.returncode == 0, compared.stdout + compared.stderr
        offline = place.shuniu("receipts", "verify", folder, "--vkey", folder / "log.vkey")
        assert offline.returncode == 0, offline.stdout + offline.stderr
        said = place.process([place.python, "-I", "-c", CALLS, world.addresses["members"], str(caller), json.dumps(asked)])
        assert said.returncode == 0, said.stderr
        assert json.loads(said.stdout)["records"][0]["address"] == "银川市金凤区"
    by.client.close()


def test_a_function_of_a_few_lines_is_served(place: Environment, world: World):
    by = world.member(PROVIDER, f"function-{world.number()}")
    with serving(place, place.python, "-I", "-c", SERVES, str(by.folder)) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port, process.communicate()
        by.do("SetEndpoint", endpoint=f"127.0.0.1:{port}")
        fields = [one for one in world.usual_entry.fields if one.name in {"id_number", "name"}]
        grant = _grant(world, world.entry(by, fields=fields), by, ("id_number", "name"))
        reply = world.member(CONSUMER).query(grant)
        assert reply.ok, reply.message


def _grant(world: World, entry: object, by: Member, fields: tuple[str, ...] = ("id_number", "name", "address")) -> str:
    world._members.setdefault((by.kind, by.system), by)
    return str(world.grant(entry, fields).name)


def test_the_sdks_own_tests_pass_there(place: Environment, tmp_path: Path):
    whole = os.environ.get("SHUNIU_WHEEL_TEST") == "all"
    if not whole and not place.folder.name.endswith(".9"):
        pytest.skip("make wheel-test runs them on each interpreter")
    copy = tmp_path / "tests"
    shutil.copytree(ROOT / "tests/shuniu_sdk", copy / "shuniu_sdk", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("postgres.py", "ports.py"):
        shutil.copy(ROOT / "tests" / name, copy)
    shutil.copytree(ROOT / "docs/guides", tmp_path / "docs/guides")  # whose examples some of them read
    (copy / "__init__.py").touch()
    # tests that hold the SDK against the hub's own packages run in the repository
    for path in copy.rglob("test_*.py"):
        if OF_REPOSITORY.search(path.read_text(encoding="utf-8")):
            path.unlink()
    chosen = ["tests"] if whole else [f"tests/shuniu_sdk/test_{name}.py" for name in ("steady", "client", "turns", "records")]
    options = ["-q", "-p", "no:cacheprovider", "-m", "not postgres", "-o", "markers=postgres: a database", "--import-mode=importlib"]
    command = [place.python, "-c", "import sys; sys.path.insert(0, '.'); import pytest; sys.exit(pytest.main(sys.argv[1:]))", *options, *chosen]
    ended = replace(place, away=tmp_path).process(command)
    assert ended.returncode == 0, ended.stdout[-4000:]
