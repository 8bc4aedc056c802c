"""The client over real mTLS: receipts, deadlines and refusals, in threads and in asyncio alike."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest

import shuniu
from shuniu import Answer, IdentityError, InvalidValueError, KeptAnswer, Receipt, ShuniuCallError, connect, connect_async, connect_public
from shuniu.records import Python, to_record
from shuniu.v1.catalog_pb2 import ExportDirectoryRequest
from shuniu.v1.exchange_pb2 import QueryRequest, QueryResponse
from tests.shuniu_sdk.authority import Authority
from tests.shuniu_sdk.hub import TRAILERS, Hub, running

ASKED: dict[str, Any] = {"grant": "grants/1", "purpose": "640000-11", "case_number": "2026-1", "officer": "A17", "subject_key": "640102199001310017"}
ROW: dict[str, Python] = {"name": "张三", "born": date(1990, 1, 31), "income": Decimal("120.50"), "note": None}
Ask = Callable[..., Answer]


@pytest.fixture
def hub(authority: Authority) -> Iterator[Hub]:
    with running(authority) as hub:
        hub.exchange.answer = QueryResponse(records=[to_record(ROW)], masked_fields=["name"])
        yield hub


@pytest.fixture(params=["threads", "asyncio"])
def ask(request: pytest.FixtureRequest, hub: Hub, folder: Path) -> Ask:
    def in_threads(deadline: float = 10.0, **given: Any) -> Answer:
        with connect(hub.members, folder, deadline=deadline) as client:
            return client.query(**{**ASKED, **given})

    async def later(deadline: float, given: dict[str, Any]) -> Answer:
        async with connect_async(hub.members, folder, deadline=deadline) as client:
            return await client.query(**{**ASKED, **given})

    return in_threads if request.param == "threads" else lambda deadline=10.0, **given: asyncio.run(later(deadline, given))


def test_a_query_gives_records_and_a_receipt(hub: Hub, ask: Ask):
    answer = ask(fields=["name", "born"], entry="entries/1", request_id="r1")
    assert answer == Answer([ROW], ("name",), Receipt("hub.test/log", 41, bytes(range(32))))
    assert hub.exchange.requests == [QueryRequest(**ASKED, fields=["name", "born"], entry="entries/1", request_id="r1")]


def test_a_call_without_a_timeout_has_the_default_deadline_and_a_given_one_wins(hub: Hub, ask: Ask):
    ask()
    assert hub.exchange.time_left is not None
    assert 8 < hub.exchange.time_left <= 10
    ask(timeout=3)
    assert 2 < hub.exchange.time_left <= 3
    ask(deadline=60.0)
    assert 50 < hub.exchange.time_left <= 60


def test_a_deadline_that_passes_says_so(hub: Hub, ask: Ask):
    hub.exchange.pause = 0.5
    with pytest.raises(ShuniuCallError) as failed:
        ask(timeout=0.1)
    assert (failed.value.code, failed.value.message_zh) == (grpc.StatusCode.DEADLINE_EXCEEDED, "调用超时")


def test_a_refusal_arrives_with_reason_field_and_next_action(ask: Ask):
    with pytest.raises(ShuniuCallError) as failed:
        ask(purpose="not granted")
    error = failed.value
    assert (error.code, error.reason, error.field) == (grpc.StatusCode.PERMISSION_DENIED, "PURPOSE", "purpose")
    assert (error.message, error.message_zh, error.next_action) == ("the purpose is not granted", "未授权该事项", "ask for it")
    assert dict(error.facts) == {"grant": "grants/1"}


def test_an_answer_is_kept_with_its_very_bytes_and_the_salt_that_opens_the_digest(hub: Hub, ask: Ask):
    salt = bytes(range(32, 64))
    hub.exchange.trailers = (*TRAILERS, ("shuniu-answer-salt-bin", salt))
    answer = ask()
    kept = KeptAnswer.from_json(answer.keep())
    assert (kept.receipt, kept.answer) == (answer.receipt, answer.data)
    assert QueryResponse.FromString(answer.data) == hub.exchange.answer
    assert answer.receipt.covers(answer.data, hashlib.sha256(b"shuniu answer v1\n" + salt + answer.data).digest())
    assert not answer.receipt.covers(answer.data, hashlib.sha256(answer.data).digest())
    assert salt.hex() not in repr(answer)
    assert "salt" not in repr(kept)


def test_a_receipt_of_a_hub_of_a_release_before_is_checked_as_it_was_made(hub: Hub, ask: Ask):
    answer = ask()
    assert answer.receipt.salt == b""
    assert KeptAnswer.from_json(answer.keep()).receipt.covers(answer.data, hashlib.sha256(answer.data).digest())


@pytest.mark.parametrize("text", ["", "[]", "{}", "nothing", '{"origin": "x"}', "[" * 100_000, "\ud800"])
def test_what_is_no_kept_answer_is_told_so(text: str):
    with pytest.raises(InvalidValueError, match="no kept answer"):
        KeptAnswer.from_json(text)


@pytest.mark.parametrize("changed", [{"salt": "AAAA"}, {"leaf_hash": ""}, {"index": -1}, {"index": True}, {"answer": "no base64!"}, {"origin": 7}])
def test_nor_is_one_with_a_wrong_part(hub: Hub, ask: Ask, changed: dict[str, object]):
    with pytest.raises(InvalidValueError):
        KeptAnswer.from_json(json.dumps({**json.loads(ask().keep()), **changed}))


@pytest.mark.parametrize(
    "trailers",
    [
        (),
        TRAILERS[:2],
        (*TRAILERS[:2], ("shuniu-log-leaf-bin", b"short")),
        (TRAILERS[0], ("shuniu-log-index", "-1"), TRAILERS[2]),
        (TRAILERS[0], ("shuniu-log-index", "9" * 30), TRAILERS[2]),
        (*TRAILERS, ("shuniu-answer-salt-bin", b"short")),
        (*TRAILERS, ("shuniu-answer-salt-bin", bytes(64))),
    ],
)
def test_an_answer_without_a_whole_receipt_is_an_error(hub: Hub, ask: Ask, trailers: tuple[tuple[str, str | bytes], ...]):
    hub.exchange.trailers = trailers
    with pytest.raises(ShuniuCallError) as failed:
        ask()
    assert failed.value.code is grpc.StatusCode.DATA_LOSS


def test_an_answer_of_four_mebibytes_arrives(hub: Hub, ask: Ask):
    hub.exchange.answer = QueryResponse(records=[to_record({"text": "x" * 1_000_000})] * 4)
    assert len(ask().records) == 4


def test_a_stream_that_breaks_off_raises_the_same_error(hub: Hub, folder: Path):
    with connect(hub.members, folder) as client:
        stream = client.catalog.ExportDirectory(ExportDirectoryRequest())
        assert next(stream).chunk == b"one"
        with pytest.raises(ShuniuCallError, match="not granted"):
            next(stream)

    async def later() -> list[bytes]:
        chunks = []
        async with connect_async(hub.members, folder) as other:
            stream = other.catalog.ExportDirectory(ExportDirectoryRequest()).__aiter__()
            chunks.append((await stream.__anext__()).chunk)
            with pytest.raises(ShuniuCallError, match="not granted"):
                await stream.__anext__()
        return chunks

    assert asyncio.run(later()) == [b"one"]


def test_a_call_in_the_background_raises_the_same_error(hub: Hub, folder: Path):
    with connect(hub.members, folder) as client:
        future = client.exchange.Query.future(QueryRequest(**{**ASKED, "purpose": "not granted"}))
        with pytest.raises(ShuniuCallError, match="not granted"):
            future.result()
        assert len(client.exchange.Query.future(QueryRequest(**ASKED)).result().records) == 1


def test_pem_bytes_do_as_well_as_a_folder_but_not_a_part_of_them(hub: Hub, authority: Authority, folder: Path):
    certificate, key = authority.pair("shuniu://test/dept/x/system/y")
    with connect(hub.members, ca=authority.pem, cert=certificate, key=key) as client:
        assert client.query(**ASKED).records == [ROW]
    for given in ({}, {"ca": authority.pem}, {"folder": folder, "ca": authority.pem}):
        with pytest.raises(IdentityError):
            connect(hub.members, **given)


def test_a_key_that_others_may_read_is_refused(hub: Hub, folder: Path):
    (folder / "key.pem").chmod(0o640)
    with pytest.raises(IdentityError, match="chmod 600"):
        connect(hub.members, folder)


def test_a_hub_of_another_authority_is_not_believed(hub: Hub):
    with connect_public(hub.public, Authority.new("another CA").pem, deadline=5) as client, pytest.raises(ShuniuCallError) as failed:
        client.query(**ASKED)
    assert failed.value.code is grpc.StatusCode.UNAVAILABLE
    assert failed.value.next_action
    assert not hub.exchange.requests


def test_a_server_name_stands_in_for_an_address_that_is_not_in_the_certificate(hub: Hub, folder: Path):
    with connect(f"ipv4:{hub.members}", folder, server_name="localhost") as client:
        assert client.query(**ASKED).records == [ROW]


def test_every_public_name_can_be_had_and_a_client_needs_no_database():
    for name in shuniu.__all__:
        assert getattr(shuniu, name).__name__ == name
    with pytest.raises(AttributeError):
        shuniu.nothing  # noqa: B018
    code = "import sys, shuniu.client, shuniu.provider; print([name for name in sys.modules if name.split('.')[0] in {'sqlalchemy', 'hub', 'certs'}])"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
