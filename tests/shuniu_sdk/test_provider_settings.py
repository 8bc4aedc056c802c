"""The configuration of a provider: read, or refused by the key that is wrong; the database's URL is nowhere to be read."""

import re
from contextlib import suppress
from dataclasses import fields
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuniu.catalogue import ConfigError
from shuniu.provider.settings import ProviderSettings, ResourceSettings, from_mapping, load, zone_of
from shuniu.zone import CHINA
from tests.cli.processes import ROOT

SECRET = "postgresql://reader:geheim@db/registry"
GOOD = """
identity = "identity"
listen = "0.0.0.0:7500"
url_env = "SOURCE"

[[resource]]
table = "reg.RESIDENT"
name = "resident"
key = "id_number"
zone = "UTC"
as_text = ["born"]
names = { id_number = "SFZH", name = "姓名" }

[[resource]]
file = "permits.csv"
key = "number"
encoding = "gb18030"
delimiter = ";"
types = { issued = "date" }
"""


@pytest.fixture
def read(tmp_path):
    def make(text, **environment) -> ProviderSettings:
        place = tmp_path / "provider.toml"
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(place, environment)

    return make


def test_everything_that_may_be_said_is_read(read, tmp_path):
    found = read(GOOD, SOURCE=SECRET)
    table, file = found.resource
    assert (found.identity, found.listen, found.log_level) == (str(tmp_path / "identity"), "0.0.0.0:7500", "info")
    assert (table.resource, table.table, table.url, table.as_text) == ("resident", "reg.RESIDENT", SECRET, ("born",))
    assert table.names == {"id_number": "SFZH", "name": "姓名"}
    assert str(table.tzinfo) == "UTC"
    assert (file.resource, file.file, file.encoding, file.delimiter) == ("permits", str(tmp_path / "permits.csv"), "gb18030", ";")
    assert file.tzinfo is CHINA


@pytest.mark.parametrize("name", ["Asia/Shanghai", "PRC", "Asia/Chongqing", "Asia/Harbin"])
@pytest.mark.parametrize("year", [1900, 1940, 1986, 1990, 2026])
def test_china_s_time_is_utc_plus_8_in_every_summer(name, year):
    assert datetime(year, 7, 1, tzinfo=zone_of(name)).utcoffset() == timedelta(hours=8)
    assert datetime(2026, 7, 1, tzinfo=zone_of("Asia/Urumqi")).utcoffset() == timedelta(hours=6)


def test_the_url_is_in_no_text(read):
    found = read(GOOD, SOURCE=SECRET)
    assert "geheim" not in repr(found)


def test_the_url_may_stand_in_a_file_of_its_own(read, tmp_path):
    (tmp_path / "url").write_text(f"{SECRET}\n", encoding="utf-8-sig")
    assert read(GOOD.replace("url_env", "url_file").replace("SOURCE", "url")).resource[0].url == SECRET


def test_a_resource_may_have_a_database_of_its_own(read):
    text = '[[resource]]\ntable = "a"\nkey = "k"\nurl_env = "A"\n[[resource]]\ntable = "b"\nkey = "k"\nurl = "sqlite:///b.db"\n'
    assert [one.url for one in read(text, A=SECRET).resource] == [SECRET, "sqlite:///b.db"]


def test_a_service_is_named_by_its_address_alone(read, tmp_path):
    (service,) = read(SERVICE + 'header_file = "h"\ntimeout = 5\nabsent = [404, 410]\ngood = { code = "0" }\n').resource
    assert (service.is_service, service.resource, service.url) == (True, "a", "https://svc/{key}")
    assert (service.header_file, service.timeout, service.absent, service.good) == (str(tmp_path / "h"), 5.0, (404, 410), {"code": "0"})
    (secret,) = read(SERVICE.replace('url = "https://svc/{key}"', 'url_env = "A"'), A="https://svc/{key}?appkey=geheim").resource
    assert "geheim" not in repr(secret)


def test_a_byte_order_mark_is_skipped(read):
    assert read(b"\xef\xbb\xbf" + GOOD.encode(), SOURCE=SECRET).resource


@pytest.mark.parametrize("guide", ["provider.md", "provider.zh-CN.md"])
def test_the_configuration_of_the_guide_is_read_and_every_key_is_in_the_guide(read, guide):
    text = (ROOT / "docs" / "guides" / guide).read_text(encoding="utf-8")
    example, *more = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert all(read(one, SHUNIU_SOURCE_URL=SECRET).resource for one in more)
    found = read(example, SHUNIU_SOURCE_URL=SECRET)
    assert [one.resource for one in found.resource] == ["resident", "permits", "vehicle"]
    missing = {one.name for kind in (ProviderSettings, ResourceSettings) for one in fields(kind)} - set(re.findall(r"[a-z_]+", text))
    assert missing == set()


TABLE = '[[resource]]\ntable = "a"\nkey = "k"\nurl = "sqlite:///a.db"\n'
SERVICE = '[[resource]]\nname = "a"\nurl = "https://svc/{key}"\nkey = "k"\n'
FILE = '[[resource]]\nfile = "a.csv"\nkey = "k"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "resource"),
        ("identity = 1\n" + TABLE, "identity"),
        ("lissten = 'a'\n" + TABLE, "lissten"),
        (TABLE + 'tabel = "x"\n', "resource[0].tabel"),
        (TABLE + TABLE, "a"),
        (TABLE + 'file = "a.csv"\n', "resource[0]"),
        ('[[resource]]\nkey = "k"\n', "resource[0]"),
        ('[[resource]]\nfile = "a.csv"\n', "resource[0].key"),
        ('[[resource]]\ntable = "a"\nkey = "k"\n', "resource[0].url_env"),
        (TABLE + 'encoding = "gbk"\n', "resource[0].encoding"),
        (TABLE + 'method = "POST"\n', "resource[0].method"),
        (FILE + 'header_file = "h"\n', "resource[0].header_file"),
        (SERVICE + 'delimiter = ";"\n', "resource[0].delimiter"),
        (SERVICE + 'method = "PUT"\n', "resource[0].method"),
        (SERVICE + 'timeout = "5"\n', "resource[0].timeout"),
        (SERVICE + 'absent = ["404"]\n', "resource[0].absent"),
        (SERVICE.replace("name", "# name"), "resource[0].name"),
        (TABLE + 'types = {a = "date"}\n', "resource[0].types"),
        (FILE + 'schema = "x"\n', "resource[0].schema"),
        (FILE + 'encoding = "latin-1"\n', "resource[0].encoding"),
        (FILE + 'format = "xlsx"\n', "resource[0].format"),
        (FILE + 'types = {born = "datum"}\n', "resource[0].types.born"),
        (FILE + 'types = {born = "bytes"}\n', "resource[0].types.born"),
        (FILE + "types = {born = 1}\n", "resource[0].types"),
        (FILE + 'delimiter = "||"\n', "resource[0].delimiter"),
        (FILE + 'as_text = "born"\n', "resource[0].as_text"),
        (FILE + "as_text = [1]\n", "resource[0].as_text"),
        (FILE + 'names = ["a"]\n', "resource[0].names"),
        (FILE + 'zone = "Beijing"\n', "Beijing"),
        (FILE + 'zone = "../etc/passwd"\n', "passwd"),
        (FILE + 'zone = ""\n', "''"),
        ("log_level = 'loud'\n" + FILE, "log_level"),
        ("resource = 1\n", "resource"),
        ("resource = [1]\n", "resource"),
        ("[resource]\ntable = 'a'\n", "resource"),
        ('url = "a"\nurl_env = "B"\n' + FILE, "url_env"),
        ('url_env = "NOT_SET"\n' + FILE, "NOT_SET"),
        ("identity = \n", "line 1"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_what_is_wrong_stops_the_start_and_is_named(read, text, said):
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert said in caught.value.message
    assert caught.value.next_action
    assert caught.value.message_zh != caught.value.message


def test_a_wrong_file_with_a_password_does_not_show_it(read):
    for text in (
        f'url = "{SECRET}"\nx = \n',
        f'url = "{SECRET}"\nurl_env = "A"\n{FILE}',
        f'url = "{SECRET}\xff"'.encode("latin-1"),
        f'url = ["{SECRET}"]\n',
    ):
        with pytest.raises(ConfigError) as caught:
            read(text)
        assert "geheim" not in str(caught.value) + caught.value.message_zh + caught.value.next_action


KEYS = ["table", "file", "url", "name", "key", "names", "types", "zone", "absent", "timeout", "good"]
VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["resource", "identity", "listen", "url", "url_file", "index", "log_level"]), VALUES, max_size=4))
def test_any_toml_is_read_or_refused_in_words(tmp_path, raw):
    with suppress(ConfigError, OSError):
        from_mapping(raw, tmp_path, {})
