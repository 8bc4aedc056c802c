"""What the other side says about a failed call is read whole or left out; foreign bytes cannot break the error itself."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shuniu
from shuniu.catalogue import ShuniuError
from shuniu.errors import DETAILS, MAX_DETAILS, FetchError, ShuniuCallError, call_error, status_bytes

REFUSED = FetchError(
    grpc.StatusCode.UNAVAILABLE,
    "NIGHT",
    "closed at night",
    message_zh="夜间停机",
    next_action="try at 8",
    next_action_zh="请于8时后重试",
    retry_after=1.5,
)
ERRORS = {"FetchError", "IdentityError", "InvalidValueError", "ShuniuError", "SourceError", "Details"}
TEXTS = {"message_zh", "next_action", "next_action_zh"}


class Failure(grpc.RpcError):
    """A failed call as gRPC raises it."""

    def __init__(self, code: grpc.StatusCode, text: str | None, trailers: Any) -> None:
        super().__init__()
        self._said = (code, text, trailers)

    def code(self) -> grpc.StatusCode:
        return self._said[0]

    def details(self) -> str | None:
        return self._said[1]

    def trailing_metadata(self) -> Any:
        return self._said[2]


def read(blob: bytes, code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE) -> ShuniuCallError:
    return call_error(Failure(code, str(REFUSED), ((DETAILS, blob),)))


def test_details_come_back_as_they_were_said():
    error = read(status_bytes(REFUSED))
    assert (error.code, error.reason, error.message, error.message_zh) == (REFUSED.code, "NIGHT", "closed at night", "夜间停机")
    assert (error.next_action, error.retry_after, dict(error.facts)) == ("try at 8", 1.5, {})
    assert error.next_action_zh == "请于8时后重试"
    assert str(error) == "closed at night; try at 8"


def test_an_older_provider_s_next_action_stands_for_its_chinese_one():
    older = FetchError(grpc.StatusCode.UNAVAILABLE, "NIGHT", "closed at night", next_action="try at 8")
    assert (older.message_zh, older.next_action_zh) == ("closed at night", "try at 8")
    assert ShuniuError("closed").next_action_zh == ""


def test_every_error_of_the_sdk_is_raised_with_chinese_and_the_next_action_in_both_languages():
    room = Path(shuniu.__file__).parent
    calls = [
        (f"{path.name}:{node.lineno}", {keyword.arg for keyword in node.keywords})
        for path in room.rglob("*.py")
        if path.parent.name != "v1" and path.name != "errors.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS
    ]
    assert len(calls) > 20
    assert [place for place, given in calls if not given >= TEXTS] == []


def test_details_for_another_status_are_not_believed():
    error = read(status_bytes(REFUSED), grpc.StatusCode.PERMISSION_DENIED)
    assert (error.reason, error.retry_after) == ("PERMISSION_DENIED", 0.0)


@pytest.mark.parametrize("trailers", [None, (), ((DETAILS, "text"),), ((DETAILS, b"\x00" * (MAX_DETAILS + 1)),), (("other", b"x"),)])
def test_an_error_without_readable_details_still_says_what_to_do(trailers: Any):
    error = call_error(Failure(grpc.StatusCode.UNAVAILABLE, None, trailers))
    assert (error.reason, error.message_zh) == ("UNAVAILABLE", "无法连接对方")
    assert error.next_action


@given(st.data())
def test_damaged_details_never_break_the_error(data: st.DataObject):
    blob = bytearray(status_bytes(REFUSED))
    for _ in range(data.draw(st.integers(1, 5))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    assert read(bytes(blob)).code is grpc.StatusCode.UNAVAILABLE


@given(st.binary(max_size=200))
def test_noise_never_breaks_the_error(blob: bytes):
    assert read(blob).code is grpc.StatusCode.UNAVAILABLE
