"""What is wrong in a file of the operator's is told with its name and its line, in both languages, by doctor and at the start."""

import re
from pathlib import Path

import pytest

from hub.config import from_mapping
from hub.errors import ConfigError
from licenses.type_file import read, types_of
from timing.clock_file import parse_profiles, profile_of

ROOT = Path(__file__).parents[2]
CLOCKS, TYPES = ((ROOT / name).read_text(encoding="utf-8") for name in ("timing/clocks.toml", "licenses/types.toml"))
CHINESE = re.compile("[一-鿿]")


def line_with(text, part, nth=1):
    return [number for number, line in enumerate(text.splitlines(), 1) if part in line][nth - 1]


@pytest.mark.parametrize(
    ("parse", "text", "old", "new", "at"),
    [
        (parse_profiles, CLOCKS, "working_days = 20", "working_days = -1", "working_days = -1"),
        (parse_profiles, CLOCKS, "working_days = 20", "working_days = 0", "working_days = 0"),
        (parse_profiles, CLOCKS, 'starts = "request.approved"', "starts = 1", "starts = 1"),
        (parse_profiles, CLOCKS, 'id = "delivery"', 'id = "answer-conditional"', ("answer-conditional", 2)),
        (parse_profiles, CLOCKS, "working_days = 20", "days = 20\nworking_days = 20", "days = 20"),
        (parse_profiles, CLOCKS, "working_days = 20\n", "", ("[[profile.clock]]", 3)),
        (read, TYPES, "holders = 1", "holders = 0", "holders = 0"),
        (read, TYPES, 'holder_kinds = ["001"]', 'holder_kinds = ["002"]', "002"),
        (read, TYPES, 'name = "KZ_ZCZB"', 'name = "ZCZB"', '"ZCZB"'),
        (read, TYPES, "pattern = '\\S.{0,49}'", "pattern = '('", "pattern = '('"),
        (read, TYPES, 'zh = "营业执照"\n', "", ("[[type]]", 2)),
        (read, TYPES, 'code = "11100000MB0143028R001"', 'code = "1"', 'code = "1"'),
    ],
)
def test_the_line_is_told(parse, text, old, new, at):
    assert old in text
    changed = text.replace(old, new, 1)
    with pytest.raises(ConfigError) as refused:
        parse(changed, "/etc/shuniu/own.toml")
    part, nth = at if isinstance(at, tuple) else (at, 1)
    number = line_with(changed, part, nth)
    assert refused.value.message.startswith(f"/etc/shuniu/own.toml, line {number}: ")
    assert refused.value.zh.startswith(f"/etc/shuniu/own.toml 第{number}行有误：")
    assert CHINESE.search(refused.value.next_action_zh)


@pytest.mark.parametrize("parse", [parse_profiles, read])
@pytest.mark.parametrize("text", ["x = ", "[settings]\n", "", "profile = [1]", "type = [1]", "type = 1\n", "profile = [{}]\n", "type = [{}]"])
def test_what_is_no_such_file_is_told_with_its_name(parse, text):
    with pytest.raises(ConfigError) as refused:
        assert not parse(text, "own.toml")
    assert refused.value.message.startswith("own.toml")


def test_a_type_without_fields_is_told_which_block_is_missing():
    head = TYPES[TYPES.index("\n[[type]]") : TYPES.index("[[type.field]]")]
    with pytest.raises(ConfigError, match=re.escape("missing [[type.field]]")):
        read(head)


def test_the_configuration_names_both_files_beside_itself(tmp_path):
    (tmp_path / "clocks.toml").write_text(CLOCKS.replace("working_days = 20", "working_days = 15"), encoding="utf-8-sig")
    (tmp_path / "types.toml").write_text(TYPES, encoding="utf-8")
    config = from_mapping({"clocks": "clocks.toml", "license_types": "types.toml"}, tmp_path)
    assert profile_of(config.clock_profile, config.clocks).limit("delivery").working_days == 15
    assert len(types_of(config.license_types)) == len(types_of(""))
    for read_it, key in ((lambda file: profile_of("decree-809", file), "clocks"), (types_of, "license_types")):
        with pytest.raises(ConfigError, match=f"{key} names .*none.toml, which cannot be read") as refused:
            read_it(str(tmp_path / "none.toml"))
        assert CHINESE.search(refused.value.zh)
