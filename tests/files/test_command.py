"""`shuniu file`: what people type, and what they read when a file does not fit."""

import json

import pytest
from click.testing import CliRunner, Result

from shuniu.cli.command import DAILY, DEPARTMENT, program
from tests.files.test_service import GOOD, HEADER, ROW, an_entry
from tests.world import KEY, PROVIDER, World


def typed(world: World, *words: str) -> Result:
    identity = str(world.as_(PROVIDER).folder)
    return CliRunner().invoke(program([DEPARTMENT, DAILY]), ["file", *words, "--identity", identity])


@pytest.fixture
def resident(tmp_path):
    path = tmp_path / "resident.csv"
    path.write_bytes(GOOD)
    return path


def test_a_file_is_uploaded_listed_shown_and_deleted(world, resident):
    entry = an_entry(world)
    said = ("--reason", "月度更新", "--officer", "GA-1")
    done = typed(world, "upload", str(resident), "--entry", entry.name.partition("/")[2], *said, "--json")
    assert done.exit_code == 0, done.output
    name = json.loads(done.stdout)["name"]
    assert name.partition("/")[2] in typed(world, "list", "--entry", entry.name).output
    assert "有效" in typed(world, "show", name).output
    gone = typed(world, "delete", name, "--reason", "数据有误", "--officer", "GA-1", "--yes")
    assert gone.exit_code == 0, gone.output
    assert "已清除" in typed(world, "show", name).output


def test_each_fault_is_told_by_row_and_column_and_no_value(world, tmp_path):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(HEADER + ROW + f"{KEY},王小明,,,1990-02-30,二\n", encoding="utf-8")
    done = typed(world, "upload", str(wrong), "--entry", an_entry(world).name, "--reason", "月度更新", "--officer", "GA-1")
    assert done.exit_code != 0
    told = done.output + str(done.exception or "")
    assert "2:birth_date  值的类型不符 value_type" in told
    assert "2:children  值的类型不符 value_type" in told
    assert "1990-02-30" not in told
    assert KEY not in told
