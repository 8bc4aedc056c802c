"""The one spelling of a text for the search."""

import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from catalog.characters import _DROPPED, _SIMPLIFIED, one_spelling
from shuniu.identifiers.spelling import INVISIBLE


def test_every_mark_that_nobody_sees_is_dropped():
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        if unicodedata.category(character) == "Cf" or INVISIBLE.fullmatch(character):
            assert number in _DROPPED, hex(number)


def test_a_character_becomes_one_that_becomes_no_other():
    assert len(_SIMPLIFIED) > 3_000
    assert not {ord(new) for new in _SIMPLIFIED.values()} & set(_SIMPLIFIED)
    assert one_spelling("臺灣居住證與衛生健康委員會") == "台湾居住证与卫生健康委员会"


@given(st.text())
def test_a_spelling_is_its_own(text):
    assert one_spelling(one_spelling(text)) == one_spelling(text)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_ascii_is_folded_in_its_case_alone(text):
    assert one_spelling(text) == unicodedata.normalize("NFKC", text.casefold())
