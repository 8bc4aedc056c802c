"""From settings to what is served: schemas, comments and keys of real databases, and what is missing on a machine."""

import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from shuniu import FetchCall
from shuniu.errors import SourceError
from shuniu.provider.draft import draft_of
from shuniu.provider.files import FileProvider
from shuniu.provider.opening import open_source
from shuniu.provider.settings import ResourceSettings
from shuniu.provider.table.listing import TableLine, key_of, place_of, tables_in
from tests.cli.processes import ROOT
from tests.shuniu_sdk.tables import run

CALL = FetchCall(consumer="", purpose="", case_number="", log_index=-1, limit=10)
REGISTER = (
    "CREATE SCHEMA reg",
    'CREATE TABLE reg.holder ("SFZH" CHAR(18) PRIMARY KEY, "XM" VARCHAR(50) NOT NULL, n INTEGER)',
    "COMMENT ON TABLE reg.holder IS '持证人登记；每日更新'",
    """COMMENT ON COLUMN reg.holder."SFZH" IS '公民身份号码'""",
    "INSERT INTO reg.holder VALUES ('640102199001310017', '张三', 1)",
    "CREATE TABLE reg.pairs (a INTEGER, b INTEGER, PRIMARY KEY (a, b))",
    'CREATE TABLE "reg.dotted" (k TEXT PRIMARY KEY)',
    "CREATE TABLE reg.dotted (k TEXT PRIMARY KEY)",
)


@pytest.fixture(scope="module")
def register(postgres_url):
    run(postgres_url.replace("postgresql:", "postgresql+psycopg:"), *REGISTER)
    return postgres_url


@pytest.mark.postgres
def test_a_table_with_its_schema_in_front_is_found_where_no_table_has_that_very_name(register):
    assert place_of(register, "reg.holder") == ("reg", "holder")
    assert place_of(register, "reg.dotted") == (None, "reg.dotted")
    assert place_of(register, "reg.nothing") == (None, "reg.nothing")
    assert place_of(register, "reg.holder", "public") == ("public", "reg.holder")
    settings = ResourceSettings(table="reg.holder", key="id_number", url=register, names={"id_number": "SFZH", "name": "XM"})
    source = open_source(settings)
    try:
        assert settings.resource == "reg.holder"
        assert source.resource(settings.resource).fetch("640102199001310017", ["name"], CALL) == [{"name": "张三"}]
    finally:
        source.close()


@pytest.mark.postgres
def test_what_the_database_says_of_its_tables_becomes_a_list_and_a_draft(register):
    assert tables_in(register, "reg") == [
        TableLine("dotted", "k", ""),
        TableLine("holder", "SFZH", "持证人登记；每日更新"),
        TableLine("pairs", "", ""),
    ]
    assert key_of(register, "reg.holder") == "SFZH"
    source = open_source(ResourceSettings(table="reg.holder", key="SFZH", url=register))
    try:
        draft = draft_of(source.resource("reg.holder").to_message(), "main")
    finally:
        source.close()
    entry = draft.request["entry"]
    assert (entry["title"], entry["subject_domain"]) == ("持证人登记", "cn-id")
    assert [(one["name"], one["label"], one.get("length"), one.get("nullable")) for one in entry["fields"][:2]] == [
        ("id_number", "公民身份号码", 18, None),
        ("name", "姓名", 50, None),
    ]
    assert draft.names == {"id_number": "SFZH", "name": "XM"}


def test_a_database_that_cannot_be_read_is_told_without_its_password():
    for ask in (tables_in, lambda url: key_of(url, "a")):
        with pytest.raises(SourceError) as caught:
            ask("postgresql://reader:geheim@127.0.0.1:1/none")
        assert "geheim" not in str(caught.value)


def test_a_file_needs_no_database_library_and_a_table_names_what_to_install(tmp_path):
    (tmp_path / "a.csv").write_text("k,v\n1,2\n")
    program = "import sys; sys.modules['sqlalchemy'] = None; from shuniu.cli import main; sys.argv[0] = 'shuniu'; main()"

    def described(*options):
        command = [sys.executable, "-P", "-c", program, "provide", "--describe", "--key", "k", *options]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)

    file = described("--file", str(tmp_path / "a.csv"))
    assert file.returncode == 0, file.stderr
    table = described("--table", "a", "--url", "sqlite:///none.db")
    assert table.returncode == 2
    assert 'pip install "shuniu[table]"' in table.stderr


def test_fetches_go_on_while_a_file_is_replaced_again_and_again(tmp_path):
    place = tmp_path / "a.csv"
    place.write_text("k,v\n1,0\n")
    provider = FileProvider(place, "k", index=tmp_path, look_seconds=3600)
    stop, seen, wrong = threading.Event(), set(), []

    def fetch():
        while not stop.is_set():
            try:
                found = provider.quick("1", ["k", "v"], CALL) or provider.fetch("1", ["k", "v"], CALL)
                seen.add(found[0]["v"])
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is wrong
                wrong.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for one in threads:
        one.start()
    try:
        for number in range(1, 40):
            beside = tmp_path / "new"
            beside.write_text(f"k,v\n1,{number}\n")
            beside.replace(place)
            for _ in range(2):
                provider.look()
    finally:
        stop.set()
        for one in threads:
            one.join()
        last = provider.fetch("1", ["v"], CALL)
        provider.close()
    assert wrong == []
    assert len(seen) > 1
    assert last == [{"v": "39"}]


def test_a_url_of_a_resource_is_in_no_text():
    settings = replace(ResourceSettings(table="a", key="k"), url="postgresql://reader:geheim@db/x")
    assert "geheim" not in repr(settings)
