from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from sqlalchemy import select

from brokerage.model import Concern, CorrectionNotice, DataRequest, DataRequestState, Grant, Objection
from brokerage.store import CorrectionNoticeStore, DataRequestStore, GrantStore, ObjectionStore, load_all_live, load_live
from brokerage.store.tables import data_requests
from catalog.store import EntryStore
from hub.db import Database
from hub.errors import ConflictError, NotFoundError
from tests.brokerage.given import CITIZEN, CIVIL, ENTRY, HOUSING, MONDAY, POLICE, TAX, TERMS, asking, wrong_record
from timing.timer import Timer

TIMER = Timer("answer-conditional", "条例", 10, False, MONDAY, ((MONDAY, MONDAY + timedelta(days=1)), (MONDAY + timedelta(days=2), None)))
REQUEST = replace(
    DataRequest.draft(CIVIL, asking(), ENTRY, "01k0000000000000000000000r", MONDAY),
    offered=replace(TERMS, masks={"address": "hide"}, systems=()),
    gaps=("缺依据", "缺范围"),
    supplements=("依据如下",),
    timer=TIMER,
    reason="理由",
    submit_time=MONDAY,
)
GRANT = Grant(
    id="01k0000000000000000000000g",
    data_request=REQUEST.name,
    entry=ENTRY.name,
    entry_version=1,
    consumer=CIVIL.department,
    provider=POLICE.department,
    terms=replace(TERMS, fields=("name", "born", "address"), masks={"address": "hide", "name": "keep:1,0"}),
    start_time=MONDAY,
    expire_time=MONDAY + timedelta(days=90),
)
OBJECTION = replace(
    Objection.file(
        HOUSING, wrong_record(evidence_digest=b"e" * 32), Concern(POLICE.department, "cn-id", b"p" * 16), "01k0000000000000000000000q", MONDAY
    ),
    timer=TIMER,
)
NOTICE = CorrectionNotice(
    id="01k0000000000000000000000n",
    objection=OBJECTION.name,
    recipient=CIVIL.department,
    entry=ENTRY.name,
    case_numbers=("a", "b"),
    log_indexes=(3, 2**40),
    outcome="已更正",
    create_time=MONDAY,
)
EACH = [(DataRequestStore, REQUEST), (GrantStore, GRANT), (ObjectionStore, OBJECTION), (CorrectionNoticeStore, NOTICE)]


@pytest.mark.parametrize(("store", "thing"), EACH)
def test_what_is_kept_comes_back_the_same_and_in_utc(database: Database, store, thing):
    with database.begin() as tx:
        store(tx).insert(thing)
    with database.read() as tx:
        back = store(tx).get(thing.id)
    assert back == thing
    assert getattr(back, "create_time", MONDAY).tzinfo is UTC


@pytest.mark.parametrize(("store", "thing"), EACH)
def test_a_change_of_something_that_was_changed_meanwhile_is_refused(database: Database, store, thing):
    newer = replace(thing, revision=2, officer="另一人") if hasattr(thing, "officer") else replace(thing, revision=2, reason="另一个")
    with database.begin() as tx:
        store(tx).insert(thing)
        store(tx).replace(thing, newer)
    with pytest.raises(ConflictError), database.begin() as tx:
        store(tx).replace(thing, replace(newer, revision=2))
    with database.read() as tx:
        assert store(tx).get(thing.id) == newer


@pytest.mark.parametrize(("store", "thing"), EACH)
def test_what_is_not_there_is_not_found(database: Database, store, thing):
    with database.read() as tx, pytest.raises(NotFoundError):
        store(tx).get(thing.id)


def test_a_timer_is_stored_as_it_always_was(database: Database):
    with database.begin() as tx:
        DataRequestStore(tx).insert(REQUEST)
        stored = tx.scalar(select(data_requests.c.clock))
    assert stored == {
        "id": "answer-conditional",
        "citation": "条例",
        "working_days": 10,
        "verified": False,
        "start_time": "2025-11-03T02:00:00+00:00",
        "pauses": [["2025-11-03T02:00:00+00:00", "2025-11-04T02:00:00+00:00"], ["2025-11-05T02:00:00+00:00", None]],
    }


def test_with_what_a_timer_was_compared_is_kept(database: Database):
    request = replace(REQUEST, timer=replace(TIMER, checked="条例文本副本，2026-11-26"))
    with database.begin() as tx:
        DataRequestStore(tx).insert(request)
        assert DataRequestStore(tx).get(request.id).timer == request.timer


def test_what_was_stored_under_looser_rules_stays_readable(database: Database):
    terms = replace(TERMS, purposes=("办理 低保", CITIZEN), period_days=5_000)
    request = replace(REQUEST, scenario=f"核对{CITIZEN}", officer="", asked=terms)
    objection = replace(OBJECTION, statement="", case_number=CITIZEN, field="name")
    with database.begin() as tx:
        DataRequestStore(tx).insert(request)
        ObjectionStore(tx).insert(objection)
    with database.read() as tx:
        assert DataRequestStore(tx).get(request.id) == request
        assert ObjectionStore(tx).get(objection.id) == objection


def test_a_request_gives_one_grant(database: Database):
    with database.begin() as tx:
        GrantStore(tx).insert(GRANT)
    with pytest.raises(ConflictError), database.begin() as tx:
        GrantStore(tx).insert(replace(GRANT, id="01k0000000000000000000000h"))


def test_lists_are_newest_first_and_hold_what_the_party_takes_part_in(database: Database):
    ids = [f"01k000000000000000000000{n:02d}" for n in range(6)]
    with database.begin() as tx:
        for place, request_id in enumerate(ids):
            consumer = CIVIL if place % 2 else TAX
            DataRequestStore(tx).insert(replace(REQUEST, id=request_id, consumer=consumer.department))
        DataRequestStore(tx).replace(replace(REQUEST, id=ids[5]), replace(REQUEST, id=ids[5], revision=2, state=DataRequestState.REFUSED))
    with database.read() as tx:
        store = DataRequestStore(tx)
        assert [one.id for one in store.newest(None, None, 10)] == ids[::-1]
        assert [one.id for one in store.newest(POLICE.department, None, 10)] == ids[::-1]
        assert [one.id for one in store.newest(CIVIL.department, None, 2)] == [ids[5], ids[3]]
        assert [one.id for one in store.newest(CIVIL.department, ids[3], 2)] == [ids[1]]
        assert [one.id for one in store.newest(None, None, 10, DataRequestState.REFUSED)] == [ids[5]]
        assert store.newest(HOUSING.department, None, 10) == []


def test_a_live_grant_has_the_granted_fields_with_the_stricter_mask(database: Database):
    with database.begin() as tx:
        EntryStore(tx).insert(ENTRY)
        GrantStore(tx).insert(GRANT)
    live = load_live(database, GRANT.id)
    assert live is not None
    assert {field.name: field.mask for field in live.fields} == {"name": "keep:1,0", "born": "year", "address": "hide"}
    assert (live.key_field, live.subject_domain, live.provider) == ("id_number", "cn-id", POLICE.department)
    assert (live.entry_name, live.entry_title, live.serving_system, live.serving_resource) == (ENTRY.name, ENTRY.title, "register", "residents")
    assert load_all_live(database) == [live]
    assert load_live(database, REQUEST.id) is None
