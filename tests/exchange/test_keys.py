"""Whose data it is: one spelling of the key for log, provider, comparison and search; a record that is nobody's leaves with nobody."""

import unicodedata
from datetime import date

import pytest
from grpc import StatusCode

from audit.model import Kind
from shuniu.identifiers import citizen_id
from shuniu.records import from_record
from tests.exchange.rogue import RECORD, answering, rogue_grant
from tests.hub.spellings import full_width
from tests.world import CONSUMER, KEY, RESIDENT, World

SPELLINGS = (full_width(KEY), f" {KEY[:6]} {KEY[6:14]} {KEY[14:]} ", f"{KEY[:6]}\u200b{KEY[6:]}", "\u3000".join(KEY))
ALIASES = ("64O1O419900307O127", f"{KEY}.0", f"0{KEY}", "%", "张三", KEY[:-1] + ("0" if KEY[-1] != "0" else "1"), KEY[:6] + KEY[8:17])


def like_a_collation(asked: list[str]):
    """Serve the usual record to whatever a loose database takes for its key: full-width digits, blanks, anything with the same digits."""

    def rows(key, _fields, _call):
        asked.append(key)
        loose = "".join(one for one in unicodedata.normalize("NFKC", key) if one.isalnum())
        return [RESIDENT] if loose == KEY or not loose.isdigit() else []

    return rows


@pytest.mark.parametrize("written", SPELLINGS)
def test_a_person_is_found_in_the_log_whatever_spelling_the_caller_used(world: World, written: str):
    asked: list[str] = []
    grant = world.private(like_a_collation(asked))
    reply = world.as_(CONSUMER).query(grant, subject_key=written, fields=["name", "address"])
    assert reply.ok, reply.message
    assert [from_record(one) for one in reply.answer.records] == [{"name": "王**", "address": RESIDENT["address"]}]
    assert asked == [KEY]
    for searched in (KEY, written):
        found = world.auditor().do("SearchAuditRecords", subject=searched, subject_domain="cn-id", reason="居民申请查询", searcher="SJT-1").records
        assert {one.index for one in found} >= {reply.index}


@pytest.mark.parametrize("written", ALIASES)
def test_what_is_no_number_is_refused_before_anything_is_asked_and_never_repeated(world: World, written: str):
    asked: list[str] = []
    grant = world.private(like_a_collation(asked))
    reply = world.as_(CONSUMER).query(grant, subject_key=written, fields=["name"])
    assert (reply.code, reply.error.field) == (StatusCode.INVALID_ARGUMENT, "subject_key")
    assert reply.reason.startswith("CITIZEN_ID_")
    assert not asked
    assert len(written) < 6 or written not in f"{reply.refusal} {reply.error.message_zh} {reply.error.facts}"
    record = world.records(grant=grant.name)[-1]
    assert (record.kind, record.status, record.pseudonym) == (Kind.REFUSAL, reply.reason, None)


def test_a_number_that_is_none_costs_no_call_of_the_day(world: World):
    grant = world.grant(daily_calls=1)
    assert not world.as_(CONSUMER).query(grant, subject_key=ALIASES[0]).ok
    assert world.as_(CONSUMER).query(grant).ok


@pytest.mark.parametrize("fields", [("name", "address"), ("address",), ("id_number", "name")])
def test_the_provider_is_asked_for_the_key_and_it_is_released_only_where_it_was_granted(world: World, fields):
    asked = []

    def rows(key, wanted, _call):
        asked.append((key, tuple(wanted)))
        return [RESIDENT]

    grant = world.private(rows, ("id_number", "name", "address"))
    reply = world.as_(CONSUMER).query(grant, fields=fields)
    assert set(from_record(reply.answer.records[0])) == set(fields)
    assert asked == [(KEY, fields if "id_number" in fields else (*fields, "id_number"))]
    outcome = world.records()[reply.index]
    assert (outcome.fields, "dropped" in outcome.detail) == (fields, False)


OTHERS = [{**RECORD, "id_number": citizen_id.build("640104", date(1980, 1, 1), number)} for number in range(1_000)]
WITHOUT = {name: value for name, value in RECORD.items() if name != "id_number"}


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([WITHOUT], "PROVIDER_KEY_MISSING"),
        ([RECORD, WITHOUT], "PROVIDER_KEY_MISSING"),
        ([WITHOUT] * 1_000, "PROVIDER_KEY_MISSING"),
        ([{**RECORD, "id_number": None}], "PROVIDER_KEY_MISSING"),
        ([{**RECORD, "id_number": ""}], "PROVIDER_KEY_MISSING"),
        ([{**RECORD, "id_number": KEY.encode()}], "PROVIDER_KEY_MISSING"),
        ([{**RECORD, "id_number": float(KEY)}], "PROVIDER_KEY_MISSING"),
        (OTHERS, "PROVIDER_ANSWER_INVALID"),
        ([RECORD, OTHERS[0]], "PROVIDER_ANSWER_INVALID"),
    ],
)
@pytest.mark.parametrize("fields", [("name", "address"), ("id_number", "name")])
def test_records_that_are_not_the_asked_persons_are_refused_whole(world: World, records, reason, fields):
    grant = rogue_grant(world, answering(*records))
    reply = world.as_(CONSUMER).query(grant, fields=fields)
    assert (reply.code, reply.reason) == (StatusCode.DATA_LOSS, reason)
    assert reply.error.message_zh.startswith("第4步")
    outcome = world.records(grant=grant.name)[-1]
    assert (outcome.kind, outcome.status, outcome.rows) == (Kind.OUTCOME, reason, 0)


def test_a_provider_may_spell_the_number_its_own_way(world: World):
    grant = world.private(lambda *_: [{**RESIDENT, "id_number": full_width(KEY)}])
    assert world.as_(CONSUMER).query(grant, fields=["name"]).ok
