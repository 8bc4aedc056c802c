"""What `shuniu provide` reads, drafts, compares and serves, against a running hub."""

import asyncio
import json
import sqlite3
import time
from types import SimpleNamespace
from typing import cast

import grpc
import pytest

from shuniu.cli.provider_process import tell_differences
from shuniu.client import AsyncClient
from shuniu.errors import ShuniuCallError
from shuniu.v1 import catalog_pb2
from tests.cli.processes import run, running
from tests.world import CONSUMER, FIELDS, KEY, OTHER, PROVIDER

CONFIG = """
listen = "127.0.0.1:0"
url = "{source}"

[[resource]]
table = "T_RESIDENT"
key = "id_number"
names = {{ id_number = "SFZH", name = "姓名", address = "DZ" }}

[[resource]]
file = "permits.csv"
name = "permit"
key = "id_number"
encoding = "gb18030"
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.db"
    with sqlite3.connect(path) as db:
        db.execute('CREATE TABLE T_RESIDENT (SFZH VARCHAR(18) PRIMARY KEY, "姓名" VARCHAR(60) NOT NULL, DZ VARCHAR(200), born DATE)')
        db.execute("INSERT INTO T_RESIDENT VALUES (?, '王小明', '银川市金凤区', '1990-03-07')", (KEY,))
        db.execute("CREATE TABLE household (number INTEGER, head TEXT)")
    return f"sqlite:///{path}"


@pytest.fixture
def config(source, tmp_path):
    path = tmp_path / "provider.toml"
    path.write_text(CONFIG.format(source=source), encoding="utf-8-sig")
    write_permits(tmp_path, "银川市兴庆区")
    return path


def write_permits(folder, address):
    text = f"id_number,name,address\r\n{KEY},王小明,{address}\r\n"
    beside = folder / "permits.new"
    beside.write_bytes(text.encode("gb18030"))
    beside.replace(folder / "permits.csv")


def fields_of(answer):
    return answer.answer.records[0].fields


def a_field(name, label="项", kind=catalog_pb2.FIELD_TYPE_STRING, **said):
    return catalog_pb2.Field(name=name, label=label, type=kind, sensitivity=2, **said)


# serving


def test_a_table_with_capitals_and_a_file_are_served_from_one_configuration(world, config, tmp_path):
    by = world.member(PROVIDER, "configured")
    table, file = world.grant(world.entry(by, "T_RESIDENT")), world.grant(world.entry(by, "permit"))
    with running(tmp_path, "provider", "provide", "--identity", by.folder, "--config", config) as provider:
        assert provider.facts()["resources"] == ["T_RESIDENT", "permit"]
        for grant, address in ((table, "银川市金凤区"), (file, "银川市兴庆区")):
            answer = world.member(CONSUMER).query(grant)
            assert answer.ok, answer.message
            assert fields_of(answer)["address"].string_value == address
        write_permits(tmp_path, "石嘴山市")
        end = time.monotonic() + 20
        while fields_of(world.member(CONSUMER).query(file))["address"].string_value != "石嘴山市":
            assert time.monotonic() < end, provider.output
            time.sleep(0.2)
        assert provider.stop() == 0
    assert "permits.csv is served: 1 rows" in provider.output
    assert KEY not in provider.output


def test_the_quick_options_map_columns_and_name_a_schema(world, source, tmp_path):
    by = world.member(PROVIDER, "quick")
    grant = world.grant(world.entry(by, "main.T_RESIDENT"))
    maps = ["--map", "id_number=SFZH", "--map", "name=姓名", "--map", "address=DZ", "--zone", "UTC", "--as-text", "born"]
    with running(
        tmp_path, "provider", "provide", "--identity", by.folder, "--url", source, "--table", "main.T_RESIDENT:id_number", *maps
    ) as provider:
        assert provider.facts()["resources"] == ["main.T_RESIDENT"]
        answer = world.member(CONSUMER).query(grant)
        assert answer.ok, answer.message
        assert fields_of(answer)["address"].string_value == "银川市金凤区"


def test_a_file_is_served_without_a_database(world, config, tmp_path):
    by = world.member(PROVIDER, "file-alone")
    grant = world.grant(world.entry(by, "permits"))
    command = ["provide", "--identity", by.folder, "--file", tmp_path / "permits.csv", "--key", "id_number", "--encoding", "gbk"]
    with running(tmp_path, "provider", *command) as provider:
        assert provider.facts()["resources"] == ["permits"]
        assert world.member(CONSUMER).query(grant).ok


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--config"),
        (["--table", "t:k"], "--url"),
        (["--config", "CONFIG", "--table", "t:k"], "--config"),
        (["--config", "CONFIG", "--schema", "x"], "--config"),
        (["--config", "CONFIG", "--describe", "--check", "entries/x"], "--check"),
        (["--file", "permits.csv"], "--key"),
        (["--file", "none.csv", "--key", "k"], "none.csv"),
        (["--url", "sqlite:///none.db", "--table", "a:k", "--map", "x"], "--map"),
        (["--url", "sqlite:///none.db", "--table", "a:k", "--map", "x=1", "--map", "x=2"], "--map"),
        (["--url", "sqlite:///none.db", "--table", "a:k", "--table", "b:k", "--map", "x=1"], "--map"),
        (["--url", "sqlite:///none.db", "--table", "a:k", "--zone", "Beijing"], "Beijing"),
        (["--url", "sqlite:///none.db", "--table", "a:k", "--log-level", "loud"], "--log-level"),
    ],
)
def test_options_that_do_not_go_together_are_told(world, config, monkeypatch, options, said):
    monkeypatch.chdir(config.parent)
    by = world.member(OTHER, "refused")
    done = run("provide", "--identity", by.folder, *(config if one == "CONFIG" else one for one in options))
    assert done.returncode == 2, done.stderr
    assert said in done.stderr


def test_a_configuration_with_a_wrong_key_stops_the_start(world, config):
    config.write_text(config.read_text(encoding="utf-8-sig") + 'encodng = "gbk"\n', encoding="utf-8")
    done = run("provide", "--identity", world.member(OTHER, "refused").folder, "--config", config)
    assert done.returncode == 2
    assert "resource[1].encodng" in done.stderr


def test_the_variable_of_the_url_does_not_disturb_a_configuration(world, config, monkeypatch):
    monkeypatch.setenv("SHUNIU_SOURCE_URL", "postgresql://elsewhere")
    done = run("provide", "--config", config, "--describe")
    assert "elsewhere" not in done.stderr
    assert "--describe" in done.stderr  # two resources, of which one is to be named


# drafting


def test_the_tables_are_listed_before_anybody_knows_their_names(source):
    done = run("provide", "--url", source, "--describe")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["T_RESIDENT\tSFZH", "household\t-"]


def test_the_tables_and_a_draft_are_there_for_programs_too(source):
    tables = json.loads(run("provide", "--url", source, "--describe", "--json").stdout)
    assert all(set(one) == {"name", "key", "comment"} for one in tables)
    assert tables


def test_a_draft_becomes_an_entry_once_its_blanks_are_filled_in(world, source, tmp_path):
    by = world.member(PROVIDER, "drafting")
    done = run("provide", "--identity", by.folder, "--url", source, "--describe", "--table", "T_RESIDENT")
    assert done.returncode == 0, done.stderr
    draft = json.loads(done.stdout)
    entry = draft["entry"]
    assert (entry["serving_system"], entry["serving_resource"], entry["subject_domain"]) == ("drafting", "T_RESIDENT", "cn-id")
    assert [one["name"] for one in entry["fields"]] == ["id_number", "name", "address", "born"]
    assert 'id_number = "SFZH"' in done.stderr
    assert "王小明" not in done.stdout
    place = tmp_path / "entry.json"
    place.write_text(done.stdout, encoding="utf-8")
    refused = run("call", "--identity", by.folder, "CatalogService/CreateEntry", f"@{place}")
    assert refused.returncode == 2
    assert "DRAFT_BLANKS" in refused.stderr or "blanks" in refused.stderr
    entry.update(title="居住证登记信息", abstract="一条记录对应一人", resource_code="307010001/000900", region="640000", steward="信息中心")
    entry.update(steward_phone="0951-0000002", legal_basis="《居住证暂行条例》", level="LEVEL_PROVINCE", share_type="SHARE_TYPE_UNCONDITIONAL")
    entry.update(open_type="OPEN_TYPE_CLOSED", update_period="UPDATE_PERIOD_DAILY", class_path=["人口", "居住"])
    for one in entry["fields"]:
        one.update(sensitivity=2, personal=True, label="项")
    # Windows' editors put a byte order mark in front
    place.write_text(json.dumps(draft, ensure_ascii=False), encoding="utf-8-sig")
    made = run("call", "--identity", by.folder, "CatalogService/CreateEntry", f"@{place}")
    assert made.returncode == 0, made.stderr
    name = json.loads(made.stdout)["name"]
    # under the proposed map, table and draft agree
    maps = ["--map", "id_number=SFZH", "--map", "name=姓名", "--map", "address=DZ"]
    agreed = run("provide", "--identity", by.folder, "--url", source, "--table", "T_RESIDENT:id_number", *maps, "--check", name)
    assert agreed.returncode == 0, agreed.stdout + agreed.stderr
    assert "is as served" in agreed.stdout


def test_a_table_without_a_primary_key_needs_to_be_told_one(source):
    done = run("provide", "--url", source, "--describe", "--table", "household")
    assert done.returncode == 2
    assert "--table household:COLUMN" in done.stderr
    assert json.loads(run("provide", "--url", source, "--describe", "--table", "household:number").stdout)["entry"]["fields"][0]["key"]


# comparing


def output_with(provider, text):
    end = time.monotonic() + 20
    while text not in provider.output:
        assert time.monotonic() < end, provider.output
        time.sleep(0.05)
    return provider.output


def test_what_differs_from_the_directory_is_told_at_the_start(world, source, tmp_path):
    by = world.member(PROVIDER, "differing")
    fields = [a_field("id_number", key=True), a_field("name"), a_field("born", kind=catalog_pb2.FIELD_TYPE_STRING, nullable=True)]
    entry, good = world.entry(by, "T_RESIDENT", fields), world.entry(by, "T_RESIDENT", fields[:2])
    options = ["--url", source, "--table", "T_RESIDENT:id_number", "--map", "id_number=SFZH", "--map", "name=姓名"]
    with running(tmp_path, "provider", "provide", "--identity", by.folder, *options) as provider:
        provider.facts()
        output = output_with(provider, "the hub compared 2 entries")
        assert provider.stop() == 0
    assert f"{entry.name} version 1 contradicts what is served, field born: OTHER_TYPE" in output
    assert good.name not in output
    assert output.count("WARNING") == 1, output


def test_a_hub_that_does_not_compare_is_no_error(caplog):
    def hub(code):
        async def compare(_request: object, **_given: object) -> None:
            raise ShuniuCallError(code, "refused")

        return cast("AsyncClient", SimpleNamespace(catalog=SimpleNamespace(CheckEntries=compare)))

    asyncio.run(tell_differences(hub(grpc.StatusCode.UNIMPLEMENTED)))
    assert caplog.messages == []
    asyncio.run(tell_differences(hub(grpc.StatusCode.UNAVAILABLE)))
    assert caplog.messages == ["the hub did not compare its entries with what is served: refused"]


def test_a_contradiction_is_printed_with_what_to_do_and_ends_with_1(world, source):
    by = world.member(PROVIDER, "comparing")
    entry = world.entry(by, "T_RESIDENT", [*FIELDS, a_field("born", kind=catalog_pb2.FIELD_TYPE_STRING, nullable=True), a_field("more")])
    command = ["provide", "--identity", by.folder, "--url", source, "--table", "T_RESIDENT:id_number", "--map", "id_number=SFZH"]
    done = run(*command, "--check", entry.name)
    assert done.returncode == 1, done.stdout
    assert "矛盾 contradicts [OTHER_TYPE] born" in done.stdout
    assert "矛盾 contradicts [COLUMN_MISSING] more" in done.stdout
    assert done.stdout.count("next: ") == done.stdout.count("下一步: ") > 2


def test_notes_alone_end_with_0(world, source):
    by = world.member(PROVIDER, "comparing-notes")
    fields = [a_field("id_number", key=True, length=18), a_field("name", length=50)]
    entry = world.entry(by, "T_RESIDENT", fields)
    maps = ["--map", "id_number=SFZH", "--map", "name=姓名"]
    done = run("provide", "--identity", by.folder, "--url", source, "--table", "T_RESIDENT:id_number", *maps, "--check", entry.name)
    assert done.returncode == 0, done.stdout
    assert "提示 note [COLUMN_LONGER] name" in done.stdout


def test_a_draft_that_names_no_system_yet_is_compared_with_the_only_table(world, source):
    by = world.member(PROVIDER, "comparing-drafts")
    published = world.entry(by, "T_RESIDENT", [a_field("id_number", key=True)])
    content = catalog_pb2.Entry()
    content.CopyFrom(published)
    content.ClearField("serving_system")
    content.ClearField("serving_resource")
    content.resource_code += "0"
    draft = by.do("CreateEntry", entry=content)
    options = ["--url", source, "--table", "T_RESIDENT:id_number", "--map", "id_number=SFZH"]
    done = run("provide", "--identity", by.folder, *options, "--check", draft.name)
    assert done.returncode == 0, done.stdout + done.stderr


def test_another_resource_or_another_system_is_told(world, source):
    by = world.member(PROVIDER, "comparing-others")
    command = ["provide", "--identity", by.folder, "--url", source, "--table", "household:number", "--check"]
    done = run(*command, world.entry(by, "T_RESIDENT").name)
    assert (done.returncode, "RESOURCE_NOT_SERVED" in done.stdout) == (1, True)
    done = run(*command, world.entry(world.member(PROVIDER, "another"), "T_RESIDENT").name)
    assert done.returncode == 2
    assert "another" in done.stderr
    done = run(*command, world.entry(world.member(OTHER, "comparing-others"), "T_RESIDENT").name)
    assert done.returncode == 2
    assert f"{world.member(OTHER).department}/comparing-others" in done.stderr
    done = run(*command, "entries/00000000000000000000000000")
    assert done.returncode == 1
    assert "NOT_FOUND" in done.stderr
