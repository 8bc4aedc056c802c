"""What is sealed of a question opens in its own place, in its own hub, unchanged; and nowhere else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import IntegrityError
from questions.model import WaitingQuestion
from questions.sealing import QuestionBox
from tests.questions.test_model import a_question

BOX, OTHER_HUB = QuestionBox(b"a" * 32), QuestionBox(b"b" * 32)
ONE = a_question()
BYTES = st.binary(max_size=200)


@given(BYTES)
def test_what_was_sealed_is_opened(asked: bytes):
    assert BOX.open(ONE, BOX.seal(ONE, asked)) == asked


@given(st.binary(max_size=300))
def test_what_nobody_sealed_is_refused(forged: bytes):
    with pytest.raises(IntegrityError):
        BOX.open(ONE, forged)


@given(BYTES, st.integers(0, 7), st.data())
def test_one_bit_of_it_that_is_changed_is_noticed(asked: bytes, bit: int, data: st.DataObject):
    sealed = bytearray(BOX.seal(ONE, asked))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << bit
    with pytest.raises(IntegrityError):
        BOX.open(ONE, bytes(sealed))


@given(BYTES, st.integers(min_value=1))
def test_what_is_cut_short_is_noticed(asked: bytes, cut: int):
    sealed = BOX.seal(ONE, asked)
    with pytest.raises(IntegrityError):
        BOX.open(ONE, sealed[: max(0, len(sealed) - cut)])


ELSEWHERE = (replace(ONE, id="elsewhere"), replace(ONE, grant="elsewhere"), replace(ONE, consumer="elsewhere"), replace(ONE, system="elsewhere"))


@given(BYTES, st.sampled_from(ELSEWHERE))
def test_moved_to_another_question_grant_department_or_system_it_does_not_open(asked: bytes, elsewhere: WaitingQuestion):
    with pytest.raises(IntegrityError):
        BOX.open(elsewhere, BOX.seal(ONE, asked))


@given(BYTES)
def test_sealed_by_another_hub_it_does_not_open(asked: bytes):
    with pytest.raises(IntegrityError):
        BOX.open(ONE, OTHER_HUB.seal(ONE, asked))


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3), st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3))
def test_two_questions_have_one_digest_where_they_are_the_same_and_only_in_one_hub(first: dict[str, str], second: dict[str, str]):
    assert (BOX.digest(first) == BOX.digest(second)) is (first == second)
    assert BOX.digest(first) != OTHER_HUB.digest(first)


def test_the_same_question_is_never_sealed_to_the_same_bytes():
    assert BOX.seal(ONE, b"x") != BOX.seal(ONE, b"x")
