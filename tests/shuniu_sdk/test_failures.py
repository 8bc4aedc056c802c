"""Each fetch that fails is one line in the provider's own log, the same failure once a minute, with nothing of a record or a key."""

import hashlib
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest

from shuniu import FetchError, Provider
from shuniu.errors import call_error
from shuniu.provider import failures
from shuniu.provider.failures import FailureLog
from shuniu.provider.table import TableProvider
from shuniu.v1.provider_pb2 import FetchRequest, FetchResponse
from shuniu.v1.provider_pb2_grpc import ProviderServiceStub
from tests.shuniu_sdk.tables import path_of

DEPARTMENT, KEY = "11640000000000001A", "640102199001310017"


def failure(reason: str = "BAD_RECORD", **facts: str) -> FetchError:
    return FetchError(grpc.StatusCode.DATA_LOSS, reason, "text", facts=facts, cause="DataError 22P02")


def test_the_same_failure_is_one_line_a_minute_with_a_count(caplog: pytest.LogCaptureFixture):
    now = [0.0]
    log = FailureLog(lambda: now[0])
    for _ in range(5):
        log.tell(failure(resource="resident", column="born"), DEPARTMENT, 0.012)
    log.tell(failure(resource="resident", column="name"), "x\n2026 a forged line", 0.5)
    now[0] = 60.0
    log.tell(failure(resource="resident", column="born"), DEPARTMENT, 0.012)
    start = "a fetch failed: BAD_RECORD, resource resident, column"
    assert [record.getMessage() for record in caplog.records] == [
        f"{start} born, consumer {DEPARTMENT}, 12 ms; DataError 22P02",
        f"{start} name, consumer -, 500 ms; DataError 22P02",
        f"{start} born, consumer {DEPARTMENT}, 12 ms; DataError 22P02; 4 more since the last such line",
    ]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_what_is_told_apart_is_bounded(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setattr(failures, "MOST_KEPT", 3)
    log = FailureLog(lambda: 0.0)
    for number in range(10):
        log.tell(failure("no reason\n" if number % 2 else f"R{number}"), "", 0)
    assert len(log._known) == 3
    assert "no reason" not in caplog.text


def test_a_damaged_row_reaches_the_hub_with_reason_resource_and_column_and_the_log_without_data(
    sqlite_url: str, folder: Path, serve: Callable[[Provider], int], stub_of: Callable[..., ProviderServiceStub], caplog: pytest.LogCaptureFixture
):
    with sqlite3.connect(path_of(sqlite_url)) as connection:
        connection.execute("UPDATE resident SET born = '1990/5/6'")
    connection.close()
    provider = Provider(folder)
    provider.add(TableProvider(sqlite_url, "resident", "birth_id", names={"birth_id": "id_number", "birth": "born"}).resource("residents"))
    stub, request = stub_of(serve(provider)), FetchRequest(resource="residents", key_field="birth_id", key=KEY, fields=["birth"], consumer=DEPARTMENT)
    for _ in range(3):
        with pytest.raises(grpc.RpcError) as refused:
            stub.Fetch(request, timeout=10)
        error = call_error(refused.value)
        assert (error.code, error.reason) == (grpc.StatusCode.DATA_LOSS, "BAD_RECORD")
        assert error.facts == {"column": "birth", "resource": "residents"}
        assert "birth" in error.message_zh
    lines = [record.getMessage() for record in caplog.records if record.name == failures.__name__]
    assert len(lines) == 1
    assert lines[0].startswith(f"a fetch failed: BAD_RECORD, resource residents, column birth, consumer {DEPARTMENT}, ")
    assert KEY not in caplog.text + str(error)
    assert "1990" not in caplog.text + error.message


def test_an_answer_repeats_the_digest_of_its_request_as_its_last_bytes(
    sqlite_url: str, folder: Path, serve: Callable[[Provider], int], stub_of: Callable[..., ProviderServiceStub]
):
    provider = Provider(folder)
    provider.add(TableProvider(sqlite_url, "resident", "id_number").resource())
    stub = stub_of(serve(provider))
    for key in (KEY, "nobody"):
        request = FetchRequest(resource="resident", key_field="id_number", key=key, fields=["name"], limit=3)
        digest = hashlib.sha256(request.SerializeToString()).digest()
        answer: FetchResponse = stub.Fetch(request, timeout=10)
        assert answer.asked == digest
        assert answer.SerializeToString().endswith(digest)
