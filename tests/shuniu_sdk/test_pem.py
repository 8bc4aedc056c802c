"""PEM is written and read as RFC 7468 has it; the judge is asn1crypto."""

import pytest
from asn1crypto import pem as judge
from hypothesis import given
from hypothesis import strategies as st

from shuniu.pem import armor, unarmor


@given(st.binary(min_size=1, max_size=400))
def test_what_is_written_is_read_back_and_the_judge_writes_and_reads_the_same(data):
    text = armor("PUBLIC KEY", data)
    assert text == judge.armor("PUBLIC KEY", data)
    assert judge.unarmor(text)[2] == data
    assert unarmor(b"before\n" + text + b"after", "PUBLIC KEY") == data


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_nothing_or_a_block(data):
    assert unarmor(data, "PUBLIC KEY") is None
    unarmor(b"-----BEGIN PUBLIC KEY-----\n" + data + b"\n-----END PUBLIC KEY-----", "PUBLIC KEY")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"-----BEGIN PUBLIC KEY-----\nAA==\n",
        b"-----BEGIN PUBLIC KEY-----\nAA==\n-----END PRIVATE KEY-----",
        b"-----BEGIN PUBLIC KEY-----\nA\n-----END PUBLIC KEY-----",
        b"-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\n\nAA==\n-----END PUBLIC KEY-----",
        armor("PRIVATE KEY", b"a") + armor("PUBLIC KEY", b"b"),  # the first block decides
    ],
)
def test_what_is_no_such_block_is_nothing(text):
    assert unarmor(text, "PUBLIC KEY") is None
