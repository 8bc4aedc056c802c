"""What Windows' editors put in front of a text is no part of it, at every door through which a person's file comes in."""

import pytest

from hub.config import load as load_config
from licenses.type_file import _FILE
from licenses.type_file import load as load_types
from shuniu.cli.options import key_of
from shuniu.cli.receipts import _read
from shuniu.cli.verifying import _text_in
from shuniu.folder import read_system
from shuniu.provider.settings import load as load_settings

MARK = b"\xef\xbb\xbf"
READERS = {
    "shuniu.toml": (lambda path: load_config(path).hub, b'hub = "ningxia"\nauthority = "11640000XB0000027C"\n', "ningxia"),
    "types.toml": (lambda path: len(load_types(path)), _FILE.read_bytes(), len(load_types())),
    "log.vkey": (lambda path: key_of(str(path)), b"hub+1+A\n", "hub+1+A"),
    "code.txt": (lambda path: _text_in(path.read_bytes()), b"EL1:A\r\n", "EL1:A"),
    "answer.json": (_read, b"{}", "{}"),
    "system.json": (lambda path: read_system(path.parent), b'{"members": "a:1"}', {"members": "a:1"}),
    "provider.toml": (lambda path: load_settings(path).resource[0].key, b'[[resource]]\nfile = "a.csv"\nkey = "k"\n', "k"),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("mark", [b"", MARK], ids=["plain", "marked"])
def test_a_mark_in_front_is_skipped(tmp_path, name, mark):
    read, data, expected = READERS[name]
    place = tmp_path / name
    place.write_bytes(mark + data)
    assert read(place) == expected
