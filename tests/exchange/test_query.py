"""One Query over real gRPC: what is given, what is refused, and what the log says about either."""

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from grpc import StatusCode
from sqlalchemy import create_engine, text

from audit.model import Kind
from audit.store import RecordStore
from catalog.model import ShareMode
from hub.subject import Subject
from shuniu.identifiers import citizen_id
from shuniu.receipts import Receipt
from shuniu.records import from_record
from shuniu.v1 import brokerage_pb2, exchange_pb2
from tests.exchange.test_providers import counted
from tests.world import AUTHORITY, CASE, CONSUMER, KEY, METHODS, OFFICER, OTHER, PROVIDER, PURPOSE, RESIDENT, World, called


def refusals(world: World, grant: brokerage_pb2.Grant | str):
    name = grant if isinstance(grant, str) else grant.name
    return [record for record in world.records(grant=name) if record.kind is Kind.REFUSAL]


def given(reply):
    assert reply.ok, f"{reply.code} {reply.message}"
    return [from_record(record) for record in reply.answer.records]


def test_the_granted_fields_come_masked_and_with_a_receipt(world: World):
    grant = world.grant()
    reply = world.as_(CONSUMER).query(grant)
    assert given(reply) == [{"id_number": KEY, "name": "王**", "address": RESIDENT["address"]}]
    assert list(reply.answer.masked_fields) == ["name"]
    record = world.records()[reply.index]
    assert (record.kind, record.status, record.rows) == (Kind.OUTCOME, "ok", 1)
    assert reply.trailers["shuniu-log-origin"] == world.config.origin
    with world.hub.db.read() as tx:
        assert RecordStore(tx).get(reply.index)[1] == reply.trailers["shuniu-log-leaf-bin"]


def test_the_digest_on_the_log_is_of_the_very_bytes_that_left(world: World):
    reply = world.as_(CONSUMER).query(world.grant())
    record = world.records()[reply.index]
    data = reply.answer.SerializeToString()
    assert (record.bytes, len(record.digest)) == (len(data), 32)
    path, _ = METHODS["Query"]
    channel = world.as_(CONSUMER).client.channel
    raw = channel.unary_unary(path, request_serializer=lambda one: one.SerializeToString(), response_deserializer=bytes)
    asked = exchange_pb2.QueryRequest(grant=record.grant, purpose=PURPOSE, case_number=CASE, officer=OFFICER, subject_key=KEY)
    sent, call = raw.with_call(asked, timeout=5)
    index = int(dict(call.trailing_metadata())["shuniu-log-index"])
    salt = dict(call.trailing_metadata())["shuniu-answer-salt-bin"]
    assert world.records()[index].digest == hashlib.sha256(b"shuniu answer v1\n" + salt + sent).digest()
    assert Receipt("", 0, b"", salt).covers(sent, world.records()[index].digest)


def test_a_part_of_the_granted_fields_may_be_asked_for(world: World):
    grant = world.grant()
    reply = world.as_(CONSUMER).query(grant, fields=["address"])
    assert given(reply) == [{"address": RESIDENT["address"]}]
    assert {record.fields for record in world.records(grant=grant.name, kind=Kind.OUTCOME)} == {("address",)}


def test_a_mask_of_the_grant_is_stricter_than_the_entry_s(world: World):
    grant = world.grant(fields=("name", "phone"), masks={"phone": "hide"})
    reply = world.as_(CONSUMER).query(grant)
    assert given(reply) == [{"name": "王**", "phone": None}]
    assert list(reply.answer.masked_fields) == ["name", "phone"]


def test_nothing_found_is_an_answer_and_on_the_log_like_one(world: World):
    grant = world.grant()
    reply = world.as_(CONSUMER).query(grant, subject_key=citizen_id.build("640104", date(1990, 3, 7), 999))
    assert given(reply) == []
    assert [(r.kind, r.status, r.rows) for r in world.records(grant=grant.name)[1:]] == [(Kind.INTENT, "", 0), (Kind.OUTCOME, "ok", 0)]


def test_intent_stands_before_outcome_and_is_named_by_it(world: World):
    grant = world.grant()
    reply = world.as_(CONSUMER).query(grant, request_id="r-77", entry=world.usual_entry.name)
    intent, outcome = world.records(grant=grant.name)[1:]
    assert (intent.kind, outcome.kind) == (Kind.INTENT, Kind.OUTCOME)
    assert intent.index < outcome.index == reply.index
    assert outcome.intent_index == intent.index
    for record in (intent, outcome):
        assert (record.purpose, record.case_number, record.actor.officer, record.actor.department) == (PURPOSE, CASE, OFFICER, grant.consumer)
        assert (record.other, record.resource, record.fields) == (grant.provider, grant.entry, ("id_number", "name", "address"))
        assert record.detail["request_id"] == "r-77"
        assert record.pseudonym == world.hub.log.pseudonym(_subject(KEY))


def test_the_subject_s_key_and_record_stand_nowhere_in_the_database(world: World):
    assert world.as_(CONSUMER).query(world.grant()).ok
    for path in Path(world.config.data).glob("shuniu.db*"):
        data = path.read_bytes()
        assert KEY.encode() not in data
        assert str(RESIDENT["address"]).encode() not in data


def test_a_sql_table_is_served_without_code(world: World, tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'own.db'}"
    engine = create_engine(url)
    with engine.begin() as one:
        one.execute(
            text("CREATE TABLE resident (id_number TEXT PRIMARY KEY, name TEXT, address TEXT, phone TEXT, birth_date DATE, children INTEGER)")
        )
        one.execute(text(f"INSERT INTO resident VALUES ('{KEY}', '李雷', '固原', NULL, '1990-03-07', 1)"))  # noqa: S608 - a test's own row
    engine.dispose()
    by = world.member(PROVIDER, "table")
    world.provider(url, by)
    grant = world.grant(world.entry(by), tuple(RESIDENT))
    (record,) = given(world.as_(CONSUMER).query(grant))
    assert {name: str(value) for name, value in record.items()} == {
        "id_number": KEY, "name": "李*", "address": "固原", "phone": "None", "birth_date": "1990-03-07", "children": "1"
    }  # fmt: skip


def test_the_provider_is_told_for_whom_and_asked_for_no_more_than_is_granted(world: World):
    seen = []

    def rows(key, fields, call):
        seen.append((key, tuple(fields), call.consumer, call.purpose, call.case_number))
        return [RESIDENT]

    grant = world.private(rows, ("id_number", "phone"))
    assert world.as_(CONSUMER).query(grant).ok
    assert seen == [(KEY, ("id_number", "phone"), grant.consumer, PURPOSE, CASE)]


@pytest.mark.parametrize("name", ["grant", "purpose", "case_number", "officer", "subject_key"])
def test_a_query_that_does_not_say_who_why_or_what_is_sent_back(world: World, name: str):
    size = world.log_size
    reply = world.as_(CONSUMER).query(world.grant(), 10.0, **{name: ""})
    assert (reply.code, reply.reason, reply.error.field) == (StatusCode.INVALID_ARGUMENT, f"MISSING_{name.upper()}", name)
    assert reply.error.message_zh.startswith("缺少")
    assert all(record.kind is Kind.CHANGE for record in world.records(since=size))


@pytest.mark.parametrize("name", ["purpose", "case_number", "officer", "subject_key", "request_id"])
def test_what_is_too_long_is_sent_back(world: World, name: str):
    most = 128 if name in {"purpose", "case_number"} else 64
    reply = world.as_(CONSUMER).query(world.grant(), 10.0, **{name: "x" * (most + 1)})
    assert (reply.code, reply.error.field) == (StatusCode.INVALID_ARGUMENT, name)


def test_a_query_without_a_deadline_is_sent_back(world: World):
    reply = world.as_(CONSUMER).query(world.grant(), timeout=None)
    assert (reply.code, reply.reason) == (StatusCode.INVALID_ARGUMENT, "DEADLINE_REQUIRED")


def test_an_id_number_in_the_case_number_is_sent_back_and_kept_nowhere(world: World):
    for grant in (world.grant().name, "grants/01k00000000000000000000000"):
        reply = world.as_(CONSUMER).query(grant, case_number=f"LB-{KEY}")
        assert (reply.code, reply.reason, reply.error.field) == (StatusCode.INVALID_ARGUMENT, "SUBJECT_IN_CLEAR", "case_number")
        assert "case_number" in reply.error.next_action
        assert KEY not in str(reply)
    assert all(KEY not in record.case_number for record in world.records())


def test_a_grant_that_is_not_there_is_missing(world: World):
    name = "grants/01k00000000000000000000001"
    reply = world.as_(CONSUMER).query(name)
    assert (reply.code, reply.reason) == (StatusCode.FAILED_PRECONDITION, "NO_GRANT")
    (record,) = refusals(world, name)
    assert (record.status, record.purpose, record.case_number, record.actor.officer) == ("NO_GRANT", PURPOSE, CASE, OFFICER)


def refused_and_logged(world: World, grant, code: StatusCode, reason: str, by=None, **changed):
    reply = (by or world.as_(CONSUMER)).query(grant, **changed)
    assert (reply.code, reply.reason) == (code, reason), reply.message
    assert reply.error.next_action
    assert reply.error.message_zh
    record = refusals(world, grant)[-1]
    assert (record.status, record.grant, record.purpose) == (reason, grant.name, changed.get("purpose", PURPOSE))
    assert (record.case_number, record.actor.officer, record.other, record.resource) == (CASE, OFFICER, grant.provider, grant.entry)
    assert record.pseudonym == world.hub.log.pseudonym(_subject(KEY))
    return reply


def test_a_field_that_is_not_granted_is_refused(world: World):
    reply = refused_and_logged(world, world.grant(), StatusCode.PERMISSION_DENIED, "FIELD_NOT_GRANTED", fields=["name", "phone"])
    assert reply.error.facts["fields"] == "phone"


def test_many_wrong_field_names_are_refused_in_few_words(world: World):
    reply = refused_and_logged(
        world, world.grant(), StatusCode.PERMISSION_DENIED, "FIELD_NOT_GRANTED", fields=["f" * 60 + f"{n:03d}" for n in range(200)]
    )
    assert len(reply.message) < 1000


def test_another_purpose_is_refused(world: World):
    refused_and_logged(world, world.grant(), StatusCode.PERMISSION_DENIED, "PURPOSE_NOT_GRANTED", purpose="640000-XX-1")


@pytest.mark.parametrize("mode", sorted(set(ShareMode) - {ShareMode.QUERY}))
def test_a_grant_for_another_mode_answers_no_query_and_nobody_is_asked(world: World, mode: ShareMode):
    asked: list[int] = []
    by = world.member(PROVIDER, f"by-{mode}")
    world.provider(counted(asked), by)
    grant = world.grant(world.entry(by, modes=[f"SHARE_MODE_{mode.name}"]), mode=mode.value)
    reply = refused_and_logged(world, grant, StatusCode.PERMISSION_DENIED, "MODE_NOT_GRANTED")
    assert (reply.error.facts["granted"], reply.error.facts["wanted"]) == (mode.value, "query")
    assert [record.kind for record in world.records(grant=grant.name)] == [Kind.CHANGE, Kind.REFUSAL]
    assert not asked


def test_a_refusal_is_on_the_log_once_under_the_action_of_its_rpc(world: World):
    grant = world.grant()
    size = world.log_size
    assert not world.as_(CONSUMER).query(grant, fields=["phone"]).ok
    (record,) = world.records(since=size)
    assert (record.kind, record.action, record.status) == (Kind.REFUSAL, "exchange.Query", "FIELD_NOT_GRANTED")


def test_the_record_of_a_refusal_names_what_was_wanted_of_the_entry_and_counts_what_is_not_of_it(world: World):
    grant = world.grant()
    size = world.log_size
    assert not world.as_(CONSUMER).query(grant, fields=["phone", "name", "no-such-field"]).ok
    (record,) = world.records(since=size)
    assert (record.fields, record.detail) == (("phone", "name"), {"other_fields": "1"})


def test_another_entry_is_refused(world: World):
    refused_and_logged(world, world.grant(), StatusCode.PERMISSION_DENIED, "ENTRY_NOT_GRANTED", entry="entries/01k00000000000000000000000")


def test_another_department_s_grant_is_refused(world: World):
    by = world.as_(OTHER)
    grant = world.grant()
    reply = by.query(grant)
    assert (reply.code, reply.reason) == (StatusCode.FAILED_PRECONDITION, "NO_GRANT")
    record = refusals(world, grant)[-1]
    assert (record.status, record.actor.department, record.grant) == ("NOT_CONSUMER", by.department, grant.name)


def test_a_stranger_hears_of_a_grant_of_others_what_he_hears_of_one_that_is_not_there(world: World):
    foreign, absent = world.grant().name, "grants/01k00000000000000000000002"
    ways: tuple[dict[str, Any], ...] = (
        {}, {"subject_key": "张三"}, {"fields": ["phone"]}, {"purpose": "640000-XX-1"}, {"entry": world.usual_entry.name}, {"entry": "entries/x"},
    )  # fmt: skip
    for changed in ways:
        told = []
        for name in (foreign, absent):
            reply = world.as_(OTHER).query(name, **changed)
            told.append((reply.code, str(reply.refusal).replace(name, ""), {**reply.error.facts, "grant": "", "decision": ""}))
        assert told[0] == told[1]


def test_the_log_tells_the_auditor_the_true_reason_and_the_stranger_what_it_heard(world: World):
    stranger, foreign, absent = world.as_(OTHER), world.grant().name, "grants/01k00000000000000000000003"
    for name in (foreign, absent):
        assert not stranger.query(name, case_number="LB-2026-0777").ok
    look = {"case_number": "LB-2026-0777", "searcher": OFFICER, "reason": "核对被拒绝的调用"}
    own = stranger.do("SearchAuditRecords", **look).records
    assert [(one.status, dict(one.detail), one.other_department, one.resource) for one in own] == [("NO_GRANT", {}, "", "")] * 2
    for index in [one.index for one in own]:
        assert stranger.do("GetAuditRecord", index=index, searcher=OFFICER, reason="核对被拒绝的调用").status == "NO_GRANT"
    seen = world.auditor().do("SearchAuditRecords", **look).records
    assert {(one.grant, one.status) for one in seen if one.kind == "refusal"} == {(foreign, "NOT_CONSUMER"), (absent, "NO_GRANT")}


def test_a_stranger_plants_nothing_before_the_provider_or_the_citizen(world: World):
    grant = world.grant()
    assert not world.as_(OTHER).query(grant, officer="张厅长").ok
    record = refusals(world, grant)[-1]
    assert (record.other, record.resource, record.pseudonym, record.subject_domain) == ("", "", None, "")


def test_another_system_of_the_department_is_refused_where_the_grant_names_systems(world: World):
    grant = world.grant(systems=["main"])
    assert world.as_(CONSUMER).query(grant).ok
    refused_and_logged(world, grant, StatusCode.PERMISSION_DENIED, "SYSTEM_NOT_COVERED", by=world.member(CONSUMER, "second"))


def test_suspension_resumption_and_revocation_count_from_the_next_call(world: World):
    grant, owner = world.grant(), world.as_(PROVIDER)
    assert world.as_(CONSUMER).query(grant).ok
    stopped = owner.do("SuspendGrant", name=grant.name, etag=grant.etag, reason="核查", officer="GA-1")
    refused_and_logged(world, grant, StatusCode.FAILED_PRECONDITION, "GRANT_SUSPENDED")
    resumed = owner.do("ResumeGrant", name=grant.name, etag=stopped.etag, reason="核查完毕", officer="GA-1")
    assert world.as_(CONSUMER).query(grant).ok
    world.as_(AUTHORITY).do("RevokeGrant", name=grant.name, etag=resumed.etag, reason="不再需要", officer="SJ-1")
    refused_and_logged(world, grant, StatusCode.FAILED_PRECONDITION, "GRANT_REVOKED")


def test_the_first_answer_that_is_released_is_noted_and_a_refusal_is_not(world: World):
    grant, consumer = world.grant(), world.as_(CONSUMER)
    assert not consumer.query(grant, fields=["phone"]).ok
    world.hub._sweep(world.clock.now())
    assert not consumer.do("GetGrant", name=grant.name).HasField("first_use_time")
    assert consumer.query(grant).ok
    world.hub._sweep(world.clock.now())
    used = consumer.do("GetGrant", name=grant.name)
    assert (used.HasField("first_use_time"), used.etag) == (True, grant.etag)


def test_a_grant_is_over_when_its_days_are(world: World):
    grant = world.grant(period_days=1)
    assert world.as_(CONSUMER).query(grant).ok
    with world.later(timedelta(days=3)):
        refused_and_logged(world, grant, StatusCode.FAILED_PRECONDITION, "GRANT_EXPIRED")


def test_the_calls_of_a_day_are_counted_and_refusals_are_not(world: World):
    grant = world.grant(daily_calls=2)
    assert world.as_(CONSUMER).query(grant).ok
    assert not world.as_(CONSUMER).query(grant, fields=["phone"]).ok
    assert world.as_(CONSUMER).query(grant).ok
    reply = refused_and_logged(world, grant, StatusCode.RESOURCE_EXHAUSTED, "DAILY_CALLS_USED")
    assert 0 < reply.error.retry_after <= 86_400
    with world.later(timedelta(days=1)):
        assert world.as_(CONSUMER).query(grant).ok


def test_a_certificate_that_is_revoked_is_refused_on_the_open_connection(world: World):
    member = world.member(CONSUMER, "soon-revoked")
    grant = world.grant()
    assert member.query(grant).ok
    serial = member.do("WhoAmI").certificates[0].serial
    assert world.as_(CONSUMER).call("RevokeCertificate", serial=serial, reason="密钥遗失").reason == "CERTIFICATE_OF_OTHER_DEPARTMENT"
    world.as_(AUTHORITY).do("RevokeCertificate", serial=serial, reason="密钥遗失")
    reply = member.query(grant)
    assert (reply.code, reply.reason) == (StatusCode.UNAUTHENTICATED, "CERTIFICATE_REVOKED")
    assert "密钥遗失" in reply.error.message_zh


def test_a_certificate_that_has_expired_is_refused_on_the_open_connection(world: World):
    grant = world.grant()
    assert world.as_(CONSUMER).query(grant).ok
    with world.later(timedelta(days=91)):
        reply = world.as_(CONSUMER).query(grant)
    assert (reply.code, reply.reason) == (StatusCode.UNAUTHENTICATED, "CERTIFICATE_EXPIRED")


def test_an_auditor_may_not_query(world: World):
    reply = world.auditor().query(world.grant())
    assert (reply.code, reply.reason) == (StatusCode.PERMISSION_DENIED, "NOT_ALLOWED")
    record = world.records()[-1]
    assert (record.kind, record.action, record.actor.department) == (Kind.REFUSAL, "ExchangeService.Query", world.auditor().department)


def test_the_public_port_does_not_carry_queries(world: World):
    path, _ = METHODS["Query"]
    reply = called(world.public.channel, path, exchange_pb2.QueryRequest(grant=world.grant().name), exchange_pb2.QueryResponse, 5)
    assert reply.code is StatusCode.PERMISSION_DENIED


def test_a_request_of_more_than_four_mebibytes_is_refused(world: World):
    reply = world.as_(CONSUMER).query(world.grant(), fields=["x" * 1000] * 5000)
    assert reply.code is StatusCode.RESOURCE_EXHAUSTED


def _subject(key: str):
    return Subject("cn-id", key)
