"""Rare names are issued, and what cannot be shown is refused by field and character."""

import subprocess

import pytest

from hub.db import Database
from hub.errors import InvalidInputError
from licenses.license_type import holder_short
from licenses.model import Holder
from licenses.spelling import STANDARD, plain
from shuniu.codes import code
from shuniu.codes.code import text_of
from tests.licenses.counter import CITIZEN, PERMIT_FIELDS, Counter


@pytest.fixture
def counter(sqlite_database: Database) -> Counter:
    made = Counter(sqlite_database)
    made.admitted()
    return made


def test_the_private_characters_of_gbk_are_what_glibc_says_of_gb_18030() -> None:
    encoded = b"".join(bytes((0xFE, low)) for low in range(0x50, 0xA1) if low != 0x7F)
    judged = subprocess.run(["iconv", "-f", "GB18030", "-t", "UTF-8"], input=encoded, capture_output=True, check=True).stdout.decode()
    assert "".join(STANDARD.values()) == judged
    assert (len(STANDARD), min(STANDARD), max(STANDARD), STANDARD[0xE863]) == (80, 0xE815, 0xE864, "䶮")


NAMES = [
    ("张小\ue863", "张小䶮", "张*䶮"),
    ("张三\u3000", "张三", "张*"),
    ("\ufeff张小明", "张小明", "张*明"),
    ("张小明\u200b", "张小明", "张*明"),
    ("张小明\u200e", "张小明", "张*明"),
    ("张小明\r", "张小明", "张*明"),
    ("\u3000 张小明\r\n", "张小明", "张*明"),
    ("Rene\u0301", "Rene\u0301", "R**e\u0301"),
    ("阿卜杜拉·买买提", "阿卜杜拉·买买提", "阿******提"),
    ("葛\U000e0100明", "葛\U000e0100明", "葛\U000e0100*"),
    ("𠮷野家", "𠮷野家", "𠮷*家"),
    ("李\u3000明明", "李 明明", "李**明"),
]


@pytest.mark.parametrize(("given", "kept", "shown"), NAMES)
def test_a_name_is_issued_as_people_write_it(counter: Counter, given: str, kept: str, shown: str) -> None:
    one = counter.issued(holders=(Holder(given, CITIZEN, "111"),))
    assert one.holders[0].title == kept
    assert code.decode(text_of(one.signed_bytes)).claims.holder_short == shown == holder_short(kept, "111")


@pytest.mark.parametrize(("given", "point"), [("张\n明", "U+000A"), ("张\ue000明", "U+E000"), ("张\x00明", "U+0000"), ("张\U000f0000", "U+F0000")])
def test_what_cannot_be_shown_is_refused_by_field_and_character(counter: Counter, given: str, point: str) -> None:
    holders = (Holder("马明", CITIZEN, "111"), Holder(given, CITIZEN, "111"))
    for changes, field in (
        ({"holders": (holders[1],)}, "holders[0].title"),
        ({"fields": {**PERMIT_FIELDS, "KZ_JZDZ": f"银川市{given}号"}}, "KZ_JZDZ"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            counter.prepared(**changes)
        assert (refused.value.field, point in refused.value.message, point in refused.value.zh) == (field, True, True)
        assert "张" not in refused.value.message


def test_the_texts_of_a_license_lose_their_outer_blanks_too(counter: Counter) -> None:
    assert counter.prepared(fields={**PERMIT_FIELDS, "KZ_HJDZ": "\u3000某村 "}).fields["KZ_HJDZ"] == "某村"
    assert plain("a\u00a0b", "x") == "a b"
