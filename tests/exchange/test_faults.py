"""What a provider's refusal is told as: by whose fault it is, whether waiting helps, and without a word of the provider's own."""

import sqlite3
from hashlib import sha256
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import StatusCode
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.model import Kind
from catalog.model import Field, FieldType
from exchange.faults import Said, translate
from exchange.model import Question
from shuniu import Provider
from shuniu.provider.table import TableProvider
from shuniu.records import to_record
from shuniu.v1 import provider_pb2
from tests.exchange.rogue import RECORD, RefusalError, refusing, rogue_grant
from tests.world import CONSUMER, KEY, OFFICER, PROVIDER, World, a_field

QUESTION = Question(b"q", "resident", ("id_number", "name"), "C", (Field("name", "姓名", FieldType.STRING),))
DOWN, BUSY = "PROVIDER_UNAVAILABLE", "PROVIDER_BUSY"
TABLE = {
    # status, and the provider's reason: the status that the caller gets, its reason, whether waiting helps
    (StatusCode.CANCELLED, ""): (StatusCode.UNAVAILABLE, DOWN, True),
    (StatusCode.UNKNOWN, ""): (StatusCode.FAILED_PRECONDITION, "PROVIDER_FAILED", False),
    (StatusCode.INVALID_ARGUMENT, ""): (StatusCode.FAILED_PRECONDITION, "PROVIDER_REFUSED", False),
    (StatusCode.INVALID_ARGUMENT, "INVALID_KEY"): (StatusCode.INVALID_ARGUMENT, "INVALID_KEY", False),
    (StatusCode.INVALID_ARGUMENT, "UNKNOWN_RESOURCE"): (StatusCode.FAILED_PRECONDITION, "ENTRY_NOT_SERVED", False),
    (StatusCode.INVALID_ARGUMENT, "UNKNOWN_KEY"): (StatusCode.FAILED_PRECONDITION, "ENTRY_NOT_SERVED", False),
    (StatusCode.INVALID_ARGUMENT, "UNKNOWN_FIELD"): (StatusCode.FAILED_PRECONDITION, "ENTRY_NOT_SERVED", False),
    (StatusCode.DEADLINE_EXCEEDED, ""): (StatusCode.UNAVAILABLE, DOWN, True),
    (StatusCode.DEADLINE_EXCEEDED, "SOURCE_SLOW"): (StatusCode.UNAVAILABLE, DOWN, True),
    (StatusCode.NOT_FOUND, ""): (StatusCode.FAILED_PRECONDITION, "ENTRY_NOT_SERVED", False),
    (StatusCode.ALREADY_EXISTS, ""): (StatusCode.FAILED_PRECONDITION, "PROVIDER_REFUSED", False),
    (StatusCode.PERMISSION_DENIED, "NOT_THE_HUB"): (StatusCode.FAILED_PRECONDITION, "PROVIDER_REFUSED", False),
    (StatusCode.RESOURCE_EXHAUSTED, ""): (StatusCode.RESOURCE_EXHAUSTED, "ANSWER_TOO_LARGE", False),
    (StatusCode.RESOURCE_EXHAUSTED, "TOO_LARGE"): (StatusCode.RESOURCE_EXHAUSTED, "ANSWER_TOO_LARGE", False),
    (StatusCode.RESOURCE_EXHAUSTED, "OWN_QUOTA"): (StatusCode.RESOURCE_EXHAUSTED, BUSY, True),
    (StatusCode.FAILED_PRECONDITION, "NO_PERMISSION"): (StatusCode.FAILED_PRECONDITION, "PROVIDER_NOT_READY", False),
    (StatusCode.ABORTED, ""): (StatusCode.UNAVAILABLE, DOWN, True),
    (StatusCode.OUT_OF_RANGE, ""): (StatusCode.FAILED_PRECONDITION, "PROVIDER_REFUSED", False),
    (StatusCode.UNIMPLEMENTED, ""): (StatusCode.FAILED_PRECONDITION, "PROVIDER_OUTDATED", False),
    (StatusCode.INTERNAL, ""): (StatusCode.FAILED_PRECONDITION, "PROVIDER_FAILED", False),
    (StatusCode.UNAVAILABLE, ""): (StatusCode.UNAVAILABLE, DOWN, True),
    (StatusCode.UNAVAILABLE, "SOURCE_FAILED"): (StatusCode.UNAVAILABLE, DOWN, True),
    (StatusCode.DATA_LOSS, "BAD_RECORD"): (StatusCode.DATA_LOSS, "BAD_RECORD", False),
    (StatusCode.DATA_LOSS, "RECORD_OF_OTHER_KEY"): (StatusCode.DATA_LOSS, "ANSWER_TO_OTHER_QUESTION", False),
    (StatusCode.UNAUTHENTICATED, ""): (StatusCode.FAILED_PRECONDITION, "PROVIDER_REFUSED", False),
}


def test_every_status_that_a_call_can_end_with_has_its_row():
    assert {code for code, _ in TABLE} == set(StatusCode) - {StatusCode.OK}


@pytest.mark.parametrize("column", ["", "name", "id_number"])
@pytest.mark.parametrize(("said", "told"), TABLE.items(), ids=[f"{code.name} {reason}".strip() for code, reason in TABLE])
def test_each_is_told_as_what_it_is_in_both_languages(said, told, column: str):
    error = translate(Said(said[0], said[1], column), QUESTION, 2.0, "P")
    assert (StatusCode[error.grpc_status], error.reason, error.retry_after > 0) == told
    assert error.message.startswith("step 3 of 6 (fetch): ")
    assert error.zh.startswith("第3步（共6步：调取数据）：")
    assert "nothing was released" in error.message
    assert "未提供任何数据" in error.zh
    assert error.next_action
    assert error.next_action_zh.startswith("请")
    assert ("retry after" in error.next_action) == ("秒后重试" in error.next_action_zh) == told[2]
    assert ("暂" in error.zh) <= told[2]  # 暂 promises that waiting helps
    assert error.field == ("subject_key" if error.reason == "INVALID_KEY" else "")
    if column == "name" and error.reason in {"BAD_RECORD", "PROVIDER_NOT_READY", "PROVIDER_FAILED"}:
        assert "field name" in error.message
        assert "“姓名”" in error.zh
    assert error.facts.get("column", "") in {"", column}


def test_a_provider_that_has_no_place_says_when_to_come_again_and_it_is_kept_within_bounds():
    waits = [translate(Said(StatusCode.RESOURCE_EXHAUSTED, "BUSY", "", wait), QUESTION, 2.0, "P").retry_after for wait in (1.0, 60.0)]
    assert waits == [1.0, 60.0]


def closed(world: World, grant):
    intent, outcome = world.records(grant=grant.name)[-2:]
    assert (intent.kind, outcome.kind, outcome.rows) == (Kind.INTENT, Kind.OUTCOME, 0)
    return outcome


def test_the_log_has_reason_and_column_and_both_sides_hear_them(world: World):
    grant = rogue_grant(world, refusing(StatusCode.DATA_LOSS, "BAD_RECORD", text=f"column name holds {KEY}", column="name"))
    reply = world.as_(CONSUMER).query(grant)
    assert (reply.code, reply.reason, reply.error.retry_after) == (StatusCode.DATA_LOSS, "BAD_RECORD", 0)
    assert (reply.error.facts["column"], reply.error.facts["provider_reason"]) == ("name", "BAD_RECORD")
    outcome = closed(world, grant)
    assert (outcome.status, outcome.detail["column"], outcome.detail["provider_reason"]) == ("BAD_RECORD", "name", "BAD_RECORD")


def test_the_caller_s_own_mistake_comes_back_as_his_own(world: World):
    grant = rogue_grant(world, refusing(StatusCode.INVALID_ARGUMENT, "INVALID_KEY", column="id_number"))
    reply = world.as_(CONSUMER).query(grant)
    assert (reply.code, reply.reason, reply.error.field) == (StatusCode.INVALID_ARGUMENT, "INVALID_KEY", "subject_key")
    assert closed(world, grant).status == "INVALID_KEY"


@pytest.mark.parametrize(
    "answer",
    [
        refusing(StatusCode.DATA_LOSS, f"P{KEY}", text=f"secret {KEY}", column=KEY, resource=KEY, message=KEY),
        refusing(StatusCode.DATA_LOSS, "X_6_4_0_1_0_4", column="phone"),
        refusing(StatusCode.DATA_LOSS, "secret reason", column="name\nforged"),
        refusing(StatusCode.DATA_LOSS, "S" * 65, column="secret"),
    ],
    ids=["a person's number", "a spelt number", "a sentence", "too long"],
)
def test_no_word_of_a_provider_travels_on_but_a_reason_and_a_column_that_was_asked_for(world: World, answer):
    grant = rogue_grant(world, answer)
    reply = world.as_(CONSUMER).query(grant)
    outcome = closed(world, grant)
    told = f"{reply.message} {reply.error.message_zh} {dict(reply.error.facts)} {outcome}"
    assert (reply.code, reply.reason, outcome.status) == (StatusCode.DATA_LOSS, "BAD_RECORD", "BAD_RECORD")
    assert not any(word in told.replace(KEY[:6], "") for word in ("secret", KEY[6:], "X_6", "SSSS", "forged", "phone"))
    assert OFFICER in told


@pytest.mark.parametrize("details", [b"\xff\xff garbage", b"\x08\x00", b"\x1a\x06\x0a\x01a\x12\x01b"])
def test_details_that_are_none_are_as_if_nothing_was_said(world: World, details: bytes):
    def answer(_request: provider_pb2.FetchRequest) -> bytes:
        raise RefusalError(StatusCode.FAILED_PRECONDITION, "secret", details)

    reply = world.as_(CONSUMER).query(rogue_grant(world, answer))
    assert (reply.code, reply.reason, reply.error.facts["provider_reason"]) == (StatusCode.FAILED_PRECONDITION, "PROVIDER_NOT_READY", "")


class Broken(grpc.RpcError):
    """A failed call with whatever details."""

    def __init__(self, details: bytes) -> None:
        self._details = details

    def code(self) -> StatusCode:
        return StatusCode.DATA_LOSS

    def details(self) -> str:
        return "text"

    def trailing_metadata(self) -> Any:
        return (("grpc-status-details-bin", self._details),)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_whatever_the_details_are_they_are_read_or_left(details: bytes):
    said = Said.of(Broken(details), QUESTION)
    assert said.column in {"", *QUESTION.columns}
    assert said.reason == said.reason.upper()
    assert 0 <= said.retry_after <= 60


@pytest.mark.parametrize("is_light", [True, False], ids=["read at once", "read in a thread"])
@pytest.mark.parametrize("is_empty", [True, False], ids=["nobody", "somebody"])
def test_an_answer_to_another_question_is_refused_and_never_logged_as_ok(world: World, is_light: bool, is_empty: bool):  # noqa: FBT001 -- two cases
    record = {**RECORD, "address": "x" * (10 if is_light else 100_000)}

    def answer(request: provider_pb2.FetchRequest) -> bytes:
        other = provider_pb2.FetchRequest()
        other.CopyFrom(request)
        other.case_number = "other"
        asked = other if world_is_mixed_up else request
        records = [] if is_empty else [to_record(record)]
        return provider_pb2.FetchResponse(records=records, asked=sha256(asked.SerializeToString()).digest()).SerializeToString()

    world_is_mixed_up = False
    grant = rogue_grant(world, answer)
    assert world.as_(CONSUMER).query(grant).ok
    world_is_mixed_up = True
    reply = world.as_(CONSUMER).query(grant)
    assert (reply.code, reply.reason) == (StatusCode.DATA_LOSS, "ANSWER_TO_OTHER_QUESTION")
    assert closed(world, grant).status == "ANSWER_TO_OTHER_QUESTION"


class Register:
    """A department's own database, with a number as its key, behind `TableProvider` and a running hub."""

    def __init__(self, world: World, folder: Path) -> None:
        self.file = folder / f"register-{world.number()}.db"
        self.run("CREATE TABLE resident (number BIGINT PRIMARY KEY, name TEXT, born DATE)", "INSERT INTO resident VALUES (7, '甲', '1990/5/6')")
        by = world.member(PROVIDER, f"register-{world.number()}")
        provider = Provider(by.folder)
        provider.add(TableProvider(f"sqlite:///{self.file}", "resident", "number").resource())
        world._running.append(running := world.run(provider.serve()))
        by.do("SetEndpoint", endpoint=f"127.0.0.1:{running.port}")
        fields = (a_field("number", type="int64", key=True), a_field("name", nullable=True), a_field("born", type="date", nullable=True))
        self.grant = world.grant(world.entry(by, fields=fields, subject_domain=""), ("number", "name", "born"))

    def run(self, *statements: str) -> None:
        with sqlite3.connect(self.file) as rows:
            for one in statements:
                rows.execute(one)
        rows.close()


def test_what_a_real_table_refuses_is_told_as_what_it_is(world: World, tmp_path: Path):
    register = Register(world, tmp_path)

    def told(key: str, **said: Any) -> tuple[StatusCode, str, str, str]:
        reply = world.as_(CONSUMER).query(register.grant, subject_key=key, **said)
        outcome = closed(world, register.grant)
        assert outcome.status == reply.reason
        return reply.code, reply.reason, reply.error.field, outcome.detail.get("column", "")

    assert told("abc") == (StatusCode.INVALID_ARGUMENT, "INVALID_KEY", "subject_key", "")
    assert told("7") == (StatusCode.DATA_LOSS, "BAD_RECORD", "", "born")
    assert world.as_(CONSUMER).query(register.grant, subject_key="7", fields=["name"]).ok
    register.run("DROP TABLE resident")
    assert told("7")[:2] == (StatusCode.FAILED_PRECONDITION, "PROVIDER_NOT_READY")
