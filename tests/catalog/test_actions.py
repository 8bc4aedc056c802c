"""What departments and the authority can do in the directory, with the log that tells of it."""

import base64
import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from audit.model import Kind, Record
from audit.store import RecordStore, log_size
from catalog.finding import Criteria, EntryHit
from catalog.model import UNASSESSED, Entry, EntryState, Source
from hub.access import Caller, Role
from hub.db import Database
from hub.db.tables import request_ids
from hub.errors import (
    AlreadyExistsError,
    ConflictError,
    IllegalStateError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    ShuniuError,
)
from hub.unit_of_work import Step
from tests.catalog.samples import MARKET, POLICE, POLICEMAN, RULER, TITLES, TRADER, Room, a_business_entry, an_entry, step

NOBODY = "entries/" + "0" * 26


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def _titles(room: Room, query: str) -> list[str]:
    return [hit.entry.title for hit in room.actions.search(Criteria(query)).hits]


def test_an_entry_goes_from_draft_to_published_and_is_found(room):
    entry = room.drafted()
    assert (entry.state, entry.provider_title, entry.version) == (EntryState.DRAFT, TITLES[POLICE], 1)
    assert _titles(room, "常住") == []
    entry = room.actions.submit(step(POLICEMAN, entry, reason="新增", officer="王芳"))
    assert _titles(room, "常住") == []
    entry = room.actions.publish(step(RULER, entry, officer="李明"))
    assert entry.state is EntryState.PUBLISHED
    assert room.actions.get(POLICEMAN, entry.name) == entry
    assert room.actions.search(Criteria("人口"), caller=POLICEMAN).hits == (EntryHit(entry, ()),)
    assert room.actions.search(Criteria("出生"), caller=RULER).hits == (EntryHit(entry, ("birth_date",)),)
    # the name of a table and the reports of assessments are its provider's own business
    shown = replace(entry, serving_resource="", assessment=UNASSESSED)
    assert room.actions.get(TRADER, entry.name) == shown
    assert room.actions.search(Criteria("人口")).hits == room.actions.search(Criteria("人口"), caller=TRADER).hits == (EntryHit(shown, ()),)


def test_two_characters_are_enough_to_find_an_entry_and_its_fields(room):
    room.published(an_entry(title="居住证信息"))
    room.published(a_business_entry(), TRADER)
    assert _titles(room, "居住") == ["居住证信息"]
    found = room.actions.search(Criteria("企业 名称"))
    assert [(hit.entry.title, hit.matched_fields) for hit in found.hits] == [("企业登记信息", ("company_name",))]
    assert (found.next_page_token, found.total_size) == ("", 1)


def test_a_draft_is_changed_by_its_provider_as_often_as_it_likes(room):
    first = room.drafted()
    second = room.actions.update(step(POLICEMAN, first), 0, an_entry(title="新标题"))
    third = room.actions.update(step(POLICEMAN, second), 1, an_entry(title="再新标题"))
    assert (third.title, third.create_time, third.revision) == ("再新标题", first.create_time, 3)
    with pytest.raises(ConflictError):
        room.actions.update(step(POLICEMAN, second), 1, an_entry())
    with pytest.raises(InvalidInputError):
        room.actions.update(step(POLICEMAN, third), 1, an_entry(abstract=""))
    assert room.actions.get(POLICEMAN, first.name) == third


def test_the_authority_compiles_an_entry_for_another_department_and_the_log_names_both(room):
    entry = room.drafted(an_entry(provider=POLICE), RULER)
    assert (entry.provider, entry.provider_title) == (POLICE, TITLES[POLICE])
    assert room.actions.get(POLICEMAN, entry.name) == entry
    assert [(record.actor.department, record.other) for record in _log(room)] == [(RULER.department, POLICE)]


def test_an_entry_that_is_sent_back_is_mended_and_submitted_again(room):
    entry = room.submitted()
    entry = room.actions.send_back(step(RULER, entry, reason="补充法律依据", officer="李明"))
    assert (entry.state, entry.change_reason) == (EntryState.DRAFT, "补充法律依据")
    entry = room.actions.update(step(POLICEMAN, entry), 0, an_entry(legal_basis="《统计法》"))
    entry = room.actions.submit(step(POLICEMAN, entry, reason="已补充", officer="王芳"))
    assert room.actions.publish(step(RULER, entry, officer="李明")).legal_basis == "《统计法》"


def test_a_revision_leaves_the_published_version_in_force_until_it_is_published_itself(room):
    first = room.published()
    second = room.actions.revise(step(POLICEMAN, first, reason="改名"))
    second = room.actions.update(step(POLICEMAN, second), 2, an_entry(title="户籍信息"))
    second = room.actions.submit(step(POLICEMAN, second, reason="改名", officer="王芳"))
    assert room.actions.get(POLICEMAN, first.name) == first
    assert _titles(room, "") == ["常住人口登记信息"]
    room.clock.advance(timedelta(hours=1))
    second = room.actions.publish(step(RULER, second, officer="李明"))
    assert room.actions.get(POLICEMAN, first.name) == second
    assert _titles(room, "") == ["户籍信息"]
    newest, oldest = room.actions.versions(POLICEMAN, first.name)
    assert (newest, oldest.state, oldest.end_time) == (second, EntryState.SUPERSEDED, room.clock.now())
    assert room.actions.get(POLICEMAN, first.name, 1) == oldest


def test_one_revision_at_a_time(room):
    first = room.published()
    room.actions.revise(step(POLICEMAN, first, reason="改名"))
    with pytest.raises(AlreadyExistsError) as refusal:
        room.actions.revise(step(POLICEMAN, first, reason="又改名"))
    assert refusal.value.reason == "OPEN_VERSION"


@pytest.mark.parametrize("by", [POLICEMAN, RULER])
def test_provider_and_authority_may_withdraw(room, by):
    entry = room.published()
    gone = room.actions.withdraw(step(by, entry, reason="机构改革", officer="王芳"))
    assert (gone.state, gone.change_reason) == (EntryState.WITHDRAWN, "机构改革")
    assert _titles(room, "") == []
    assert room.actions.get(TRADER, entry.name) == gone.as_seen_by(TRADER)
    with pytest.raises(IllegalStateError) as refusal:
        room.actions.withdraw(step(by, gone, reason="机构改革", officer="王芳"))
    assert (refusal.value.facts["state"], refusal.value.facts["step"]) == ("withdrawn", "withdraw")


def test_a_second_source_for_one_term_is_refused_and_the_first_is_named(room):
    second = room.submitted(a_business_entry(source=Source("居民基本信息")), TRADER)
    first = room.published(an_entry(source=Source("居民基本信息")))
    with pytest.raises(AlreadyExistsError) as refusal:
        room.actions.publish(step(RULER, second, officer="李明"))
    assert refusal.value.facts["entry"] == first.name
    assert first.title in refusal.value.message
    assert room.actions.get(TRADER, second.name) == second
    room.actions.withdraw(step(POLICEMAN, first, reason="让出数源", officer="王芳"))
    assert room.actions.publish(step(RULER, second, officer="李明")).state is EntryState.PUBLISHED


def test_a_second_source_is_refused_at_its_submission_until_the_first_is_withdrawn(room):
    first = room.published(an_entry(source=Source("居民基本信息")))
    second = room.drafted(a_business_entry(source=Source("居民基本信息")), TRADER)
    hand_in = step(TRADER, second, reason="首次编目", officer="王芳")
    with pytest.raises(AlreadyExistsError) as refusal:
        room.actions.submit(hand_in)
    assert (refusal.value.reason, refusal.value.facts["entry"]) == ("SECOND_SOURCE", first.name)
    assert room.actions.get(TRADER, second.name) == second
    room.actions.withdraw(step(POLICEMAN, first, reason="让出数源", officer="王芳"))
    assert room.actions.submit(hand_in).state is EntryState.SUBMITTED


def test_a_new_version_keeps_the_claim_of_its_entry(room):
    first = room.published(an_entry(source=Source("居民基本信息")))
    second = room.actions.revise(step(POLICEMAN, first, reason="改名"))
    second = room.actions.submit(step(POLICEMAN, second, reason="改名", officer="王芳"))
    assert room.actions.publish(step(RULER, second, officer="李明")).source.record_term == "居民基本信息"


def test_strangers_do_not_learn_that_a_draft_exists(room):
    entry = room.drafted()
    for ask in (
        lambda: room.actions.get(TRADER, entry.name),
        lambda: room.actions.get(TRADER, entry.name, 1),
        lambda: room.actions.versions(TRADER, entry.name),
        lambda: room.actions.submit(step(TRADER, entry, reason="新增", officer="王芳")),
        lambda: room.actions.update(step(TRADER, entry), 1, an_entry()),
        lambda: room.actions.get(Caller("", "", frozenset({Role.AUDITOR})), entry.name),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert room.actions.get(RULER, entry.name) == entry
    published = room.published(an_entry(source=Source("")))
    room.actions.revise(step(POLICEMAN, published, reason="改名"))
    assert room.actions.versions(TRADER, published.name) == (published.as_seen_by(TRADER),)
    assert len(room.actions.versions(POLICEMAN, published.name)) == 2


def test_who_may_not_take_a_step_is_told_so(room):
    entry = room.submitted()
    for ask in (
        lambda: room.actions.publish(step(POLICEMAN, entry, officer="王芳")),
        lambda: room.actions.send_back(step(POLICEMAN, entry, reason="退回", officer="王芳")),
        lambda: room.actions.create_entry(Step(caller=TRADER), an_entry()),
        lambda: room.actions.create_release(Step(caller=POLICEMAN)),
    ):
        with pytest.raises(NotAllowedError):
            ask()
    published = room.actions.publish(step(RULER, entry, officer="李明"))
    for ask in (
        lambda: room.actions.withdraw(step(TRADER, published, reason="机构改革", officer="某人")),
        lambda: room.actions.revise(step(RULER, published, reason="改名")),
    ):
        with pytest.raises(NotAllowedError):
            ask()


def test_a_department_that_is_not_registered_publishes_nothing(room):
    with pytest.raises(NotFoundError):
        room.actions.create_entry(Step(caller=Caller("11640000004010040X", "x", frozenset({Role.MEMBER}))), an_entry(provider=""))


def test_officer_and_reason_are_required(room):
    draft = room.drafted()
    submitted = room.submitted(an_entry(resource_code="101001/000002", source=Source("")))
    published = room.published(an_entry(resource_code="101001/000003", source=Source("x")))
    for field, ask in (
        ("reason", lambda: room.actions.submit(step(POLICEMAN, draft, reason="", officer="王芳"))),
        ("officer", lambda: room.actions.submit(step(POLICEMAN, draft, reason="新增", officer=" "))),
        ("officer", lambda: room.actions.publish(step(RULER, submitted, officer=""))),
        ("reason", lambda: room.actions.send_back(step(RULER, submitted, reason="", officer="李明"))),
        ("officer", lambda: room.actions.send_back(step(RULER, submitted, reason="退回", officer=""))),
        ("reason", lambda: room.actions.revise(step(POLICEMAN, published, reason=""))),
        ("reason", lambda: room.actions.withdraw(step(POLICEMAN, published, reason="", officer="王芳"))),
        ("officer", lambda: room.actions.withdraw(step(POLICEMAN, published, reason="机构改革", officer="x" * 65))),
    ):
        with pytest.raises(InvalidInputError) as refusal:
            ask()
        assert refusal.value.field == field


def test_a_stale_or_missing_etag_changes_nothing(room):
    entry = room.submitted()
    with pytest.raises(ConflictError):
        room.actions.publish(step(RULER, entry, etag="r1", officer="李明"))
    for wrong in ("", "x", "r", "rx", "r" + "9" * 30):
        with pytest.raises(InvalidInputError):
            room.actions.publish(step(RULER, entry, etag=wrong, officer="李明"))
    assert room.actions.get(RULER, entry.name) == entry


def test_an_etag_read_from_the_published_version_does_not_submit_somebody_elses_draft(room):
    first = room.published()
    draft = room.actions.revise(step(POLICEMAN, first, reason="改名"))
    with pytest.raises(ConflictError):
        room.actions.submit(step(POLICEMAN, first, reason="改名", officer="王芳"))
    assert room.actions.submit(step(POLICEMAN, draft, reason="改名", officer="王芳")).version == 2


def test_what_does_not_exist_is_not_found_and_no_name_is_refused(room):
    for ask in (
        lambda: room.actions.get(RULER, NOBODY), lambda: room.actions.publish(Step(caller=RULER, name=NOBODY, etag="r1", officer="李明")),
        lambda: room.actions.versions(RULER, NOBODY),
        lambda: room.actions.withdraw(Step(caller=RULER, name=NOBODY, etag="r1", reason="x", officer="李明")), room.actions.get_release,
        lambda: room.actions.get_release(5),
    ):  # fmt: skip
        with pytest.raises(NotFoundError):
            ask()
    for name in ("", "entries/", "entries/../x", NOBODY.upper(), NOBODY + "\n", "grants/" + "0" * 26, NOBODY + "\x00"):
        with pytest.raises(InvalidInputError):
            room.actions.get(RULER, name)


def test_the_same_request_sent_twice_makes_one_entry(room):
    first = room.actions.create_entry(Step(caller=POLICEMAN, request_id="req-1"), an_entry())
    assert room.actions.create_entry(Step(caller=POLICEMAN, request_id="req-1"), an_entry()) == first
    with pytest.raises(InvalidInputError):
        room.actions.create_entry(Step(caller=POLICEMAN, request_id="req-1"), an_entry(title="别的"))
    assert room.actions.create_entry(Step(caller=POLICEMAN, request_id="req-2"), an_entry()).id != first.id
    assert room.actions.create_entry(Step(caller=POLICEMAN), an_entry()).id != first.id


def test_a_request_of_the_release_before_is_known_again(room):
    """The digest is what that release computed for the same request; it is written out here."""
    digest = "977429328b5fe7827980101a8efa385cac12f4461dcc3d6c8b5ba5312fe38ee5"
    before = {"assessment": UNASSESSED, "data_format": None, "data_class": "", "data_grade": None}  # which that release did not know
    first = room.drafted(an_entry(**before))
    with room.database.begin() as tx:
        known = {"caller": POLICEMAN.name, "method": "CreateEntry", "request_id": "req-0", "digest": digest, "answer": first.id}
        tx.execute(insert(request_ids).values(**known, at=room.clock.now()))
    assert room.actions.create_entry(Step(caller=POLICEMAN, request_id="req-0"), an_entry(**before)) == first
    with pytest.raises(InvalidInputError):
        room.actions.create_entry(Step(caller=POLICEMAN, request_id="req-0"), an_entry(title="别的"))


def test_what_is_folded_is_the_same_request_as_it_was_sent(room):
    first = room.actions.create_entry(Step(caller=POLICEMAN, request_id="req-1"), an_entry(title=" 标题 "))
    assert room.actions.create_entry(Step(caller=POLICEMAN, request_id="req-1"), an_entry(title=" 标题 ")) == first
    assert first.title == "标题"


def test_officer_and_reason_enter_the_log_in_one_spelling_and_never_with_an_id_number(room):
    entry = room.drafted()
    for said in ({"officer": "11010519491231002X", "reason": "新增"}, {"officer": "王芳", "reason": "11010519491231002X"}):
        with pytest.raises(InvalidInputError) as refusal:
            room.actions.submit(step(POLICEMAN, entry, **said))
        assert refusal.value.reason == "ID_NUMBER_IN_CLEAR"
    room.actions.submit(step(POLICEMAN, entry, officer=" 王芳\u200b", reason=" 新增 "))
    assert [(record.actor.officer, record.reason) for record in _log(room)][1:] == [("王芳", "新增")]


def test_checking_alone_stores_and_logs_nothing(room):
    draft = room.actions.validate(Step(caller=POLICEMAN, request_id="req-1"), an_entry())
    assert draft.title == an_entry().title
    with pytest.raises(InvalidInputError):
        room.actions.validate(Step(caller=POLICEMAN), an_entry(abstract=""))
    with pytest.raises(NotFoundError):
        room.actions.get(POLICEMAN, draft.name)
    assert _log(room) == []
    room.actions.create_entry(Step(caller=POLICEMAN, request_id="req-1"), an_entry(title="别的"))


def test_every_change_is_in_the_log_with_who_when_and_why(room):
    entry = room.published()
    revised = room.actions.revise(step(POLICEMAN, entry, reason="改名"))
    room.actions.update(step(POLICEMAN, revised), 0, an_entry())
    room.actions.withdraw(step(RULER, entry, reason="机构改革", officer="李明"))
    release = room.actions.create_release(Step(caller=RULER))
    said = [(record.action, record.actor.department, record.actor.officer, record.reason, record.detail.get("version")) for record in _log(room)]
    assert said == [
        ("catalog.CreateEntry", POLICE, "", "", "1"),
        ("catalog.SubmitEntry", POLICE, "王芳", "新增", "1"),
        ("catalog.PublishEntry", RULER.department, "李明", "", "1"),
        ("catalog.ReviseEntry", POLICE, "", "改名", "2"),
        ("catalog.UpdateEntry", POLICE, "", "", "2"),
        ("catalog.WithdrawEntry", RULER.department, "李明", "机构改革", "1"),
        ("catalog.CreateRelease", RULER.department, "", "", None),
    ]
    assert {(record.kind, record.status, record.at) for record in _log(room)} == {(Kind.CHANGE, "ok", room.clock.now())}
    assert [record.other for record in _log(room)] == ["", "", POLICE, "", "", POLICE, ""]
    assert {record.resource for record in _log(room)} == {entry.name, release.name}


def test_a_step_that_is_refused_leaves_no_trace_of_success(room):
    entry = room.submitted()
    before = len(_log(room))
    with pytest.raises(ShuniuError):
        room.actions.publish(step(POLICEMAN, entry, officer="王芳"))
    assert len(_log(room)) == before


def test_of_two_who_change_the_same_draft_at_once_one_wins(room):
    entry = room.drafted()
    outcomes: list[object] = []

    def change(title: str) -> None:
        try:
            outcomes.append(room.actions.update(step(POLICEMAN, entry), 1, an_entry(title=title)))
        except ConflictError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=change, args=(f"标题{place}",)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [outcome for outcome in outcomes if isinstance(outcome, Entry)]
    assert len(outcomes) == 6
    assert [room.actions.get(POLICEMAN, entry.name)] == winners


def test_of_two_who_claim_one_term_at_once_one_is_published(room):
    waiting = [room.submitted(an_entry(source=Source("人口"), title=f"标题{place}", resource_code=f"101001/{place:06}")) for place in range(4)]
    outcomes: list[object] = []

    def publish(entry: Entry) -> None:
        try:
            outcomes.append(room.actions.publish(step(RULER, entry, officer="李明")))
        except (AlreadyExistsError, ConflictError) as error:
            outcomes.append(error)

    threads = [threading.Thread(target=publish, args=(entry,)) for entry in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 4
    assert sum(isinstance(outcome, Entry) for outcome in outcomes) == 1
    assert len(_titles(room, "")) == 1


def test_pages_are_asked_for_by_token_and_a_foreign_token_is_refused(room):
    for place in range(7):
        room.clock.advance(timedelta(seconds=1))
        room.published(an_entry(title=f"人口{place}", resource_code=f"101001/{place:06}", source=Source("")))
    seen, token = [], ""
    for _ in range(3):
        found = room.actions.search(Criteria("人口"), 3, token)
        token = found.next_page_token
        seen += [hit.entry.title for hit in found.hits]
        assert found.total_size == 7
    assert token == ""
    assert seen == [f"人口{place}" for place in range(6, -1, -1)]
    for wrong in (
        "x",
        "AAAA",
        _token([0, 0]),
        _token([0, 0, "x"]),
        _token([9, 0, "0" * 26]),
        _token(["0", 0, "0" * 26]),
        _token([0, 10**30, "0" * 26]),
    ):
        with pytest.raises(InvalidInputError):
            room.actions.search(Criteria("人口"), 3, wrong)
    with pytest.raises(InvalidInputError):
        room.actions.search(Criteria(""), -1)
    for wrong_filter in (Criteria(provider="x"), Criteria(region_prefix="宁夏"), Criteria("长" * 101), Criteria("！")):
        with pytest.raises(InvalidInputError):
            room.actions.search(wrong_filter)


def test_releases_count_up_and_a_repeated_request_makes_none(room):
    room.published()
    first = room.actions.create_release(Step(caller=RULER, request_id="req-1"))
    assert (first.number, first.entry_count, first.name) == (1, 1, "releases/1")
    assert room.actions.create_release(Step(caller=RULER, request_id="req-1")) == first
    room.published(a_business_entry(), TRADER)
    second = room.actions.create_release(Step(caller=RULER))
    assert (second.number, second.entry_count) == (2, 2)
    assert second.digest != first.digest
    assert room.actions.get_release() == second
    assert room.actions.get_release(1) == first
    with pytest.raises(InvalidInputError):
        room.actions.get_release(-1)


def test_a_change_of_provider_is_not_a_change_of_content(room):
    entry = room.drafted()
    changed = room.actions.update(step(POLICEMAN, entry), 1, replace(an_entry(), provider=MARKET))
    assert changed.provider == POLICE


def _token(parts: list[object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _log(room: Room) -> list[Record]:
    with room.database.read() as tx:
        return [record for record, _ in RecordStore(tx).read(0, log_size(tx))]


FOUND_IN_PARTS = [
    ("常住人口信息", ("常住人口", "信息")),
    ("常住人口登记基本信息查询", ("常住人口", "基本信息")),
    ("户籍人口", ("户籍", "人口")),
    ("低保核对户籍", ("户籍",)),
    ("常驻人口", ("人口",)),
]


@pytest.mark.parametrize(("query", "parts"), FOUND_IN_PARTS)
def test_where_nothing_has_the_whole_query_its_parts_are_found_and_the_answer_says_so(room, query, parts):
    entry = room.published(an_entry(title="常住人口基本信息", abstract="公安机关的户籍数据", keywords=("户籍",)))
    room.published(a_business_entry(), TRADER)
    found = room.actions.search(Criteria(query))
    assert ([hit.entry.name for hit in found.hits], found.total_size, found.parts) == ([entry.name], 1, parts)


def test_the_parts_that_leave_least_of_the_query_out_are_taken_and_not_the_longest_part_alone(room):
    entry = room.published(an_entry(title="常住人口基本信息", abstract="公安机关登记的数据", keywords=()))
    room.published(a_business_entry(title="企业登记基本信息"), TRADER)
    found = room.actions.search(Criteria("常住人口登记基本信息查询"))
    assert ([hit.entry.name for hit in found.hits], found.parts) == ([entry.name], ("常住人口", "登记", "基本信息"))


def test_what_has_the_whole_query_is_found_alone_and_nothing_where_not_even_a_part_is_known(room):
    room.published(an_entry(title="常住人口基本信息", abstract="公安机关的数据", keywords=()))
    assert room.actions.search(Criteria("人口基本")).parts == ()
    none = room.actions.search(Criteria("核酸检测疫苗接种"))
    assert (none.hits, none.total_size, none.parts) == ((), 0, ())
    assert room.actions.search(Criteria("常住信息", provider=MARKET)).total_size == 0


def test_parts_of_a_query_go_on_from_page_to_page(room):
    for number in range(3):
        room.published(an_entry(title=f"常住人口基本信息{number}", resource_code=f"101001/{number:06}", source=Source("")))
    first = room.actions.search(Criteria("常住人口信息"), 2)
    rest = room.actions.search(Criteria("常住人口信息"), 2, first.next_page_token)
    assert (len(first.hits), len(rest.hits), rest.parts, rest.next_page_token) == (2, 1, ("常住人口", "信息"), "")


SPELLINGS = [
    "居住證",
    "居\u200b住\u200b证",
    "居\ufe0f住证",
    "居住证\U000e0100",
    "居 住證".replace(" ", "\u2060"),
    "ＧＤＰ",
    "gdp",
    "㈱",
    "臺灣",
    "台湾",
]


@pytest.mark.parametrize("query", SPELLINGS)
@pytest.mark.parametrize("title", ["居住证GDP台湾（株）信息", "居\u200b住證ＧＤＰ臺\u00ad灣㈱信息"])
def test_traditional_characters_full_width_forms_and_marks_nobody_sees_are_the_same_in_title_and_query(room, title, query):
    room.published(an_entry(title=title))
    assert room.actions.search(Criteria(query)).total_size == 1
    assert room.actions.search(Criteria(query)).parts == ()


@pytest.mark.parametrize("query", ["身份证", "身份证号", "居民身份证", "身份證"])
def test_peoples_words_find_what_the_register_calls_otherwise(room, query):
    room.published()
    (hit,) = room.actions.search(Criteria(query)).hits
    assert hit.matched_fields == ("id_number",)


def test_a_resource_code_names_one_entry_of_a_provider(room):
    first = room.published()
    draft = room.drafted(an_entry(title="另一资源", source=Source("")))
    with pytest.raises(AlreadyExistsError) as refusal:
        room.actions.submit(step(POLICEMAN, draft, reason="新增", officer="王芳"))
    assert (refusal.value.reason, refusal.value.field, refusal.value.facts["entry"]) == ("RESOURCE_CODE_TAKEN", "entry.resource_code", first.name)
    assert first.title in refusal.value.zh
    room.published(a_business_entry(resource_code=first.resource_code), TRADER)  # another provider's codes are its own
    room.published(an_entry(title="又一资源", resource_code="101001/000009", source=Source("")))


def test_an_entry_keeps_its_code_when_it_is_revised_and_a_withdrawn_one_frees_it(room):
    first = room.published()
    revised = room.actions.revise(step(POLICEMAN, first, reason="改名"))
    again = room.actions.submit(step(POLICEMAN, revised, reason="改名", officer="王芳"))
    again = room.actions.publish(step(RULER, again, officer="李明"))
    room.actions.withdraw(step(RULER, again, reason="机构改革", officer="李明"))
    room.published(an_entry(title="接续的资源"))


def test_of_two_who_take_one_code_at_once_one_is_submitted(room):
    drafts = [room.drafted(an_entry(source=Source(""), title=f"标题{place}")) for place in range(3)]
    outcomes: list[object] = []

    def submit(entry: Entry) -> None:
        try:
            outcomes.append(room.actions.submit(step(POLICEMAN, entry, reason="新增", officer="王芳")))
        except (AlreadyExistsError, ConflictError) as error:
            outcomes.append(error)

    threads = [threading.Thread(target=submit, args=(entry,)) for entry in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(outcome, Entry) for outcome in outcomes) == 1
    assert len(outcomes) == 3
