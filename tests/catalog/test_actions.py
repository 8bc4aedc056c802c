"""What departments and the authority can do in the directory, with the log that tells of it."""

import base64
import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from audit.commitment import record_from
from audit.model import Kind, Record
from audit.store import records
from catalog.finding import Criteria
from catalog.model import Entry, Source, State
from hub.access import Caller, Role
from hub.db import Database
from hub.errors import (
    AlreadyExistsError,
    ConflictError,
    IllegalStateError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    ShuniuError,
)
from tests.catalog.samples import MARKET, POLICE, POLICEMAN, RULER, TITLES, TRADER, Room, a_business_entry, an_entry, etag

NOBODY = "entries/" + "0" * 26


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def _titles(room: Room, query: str) -> list[str]:
    return [entry.title for entry, _ in room.actions.search(Criteria(query))[0]]


def test_an_entry_goes_from_draft_to_published_and_is_found(room):
    entry = room.drafted()
    assert (entry.state, entry.provider_title, entry.version) == (State.DRAFT, TITLES[POLICE], 1)
    assert _titles(room, "常住") == []
    entry = room.actions.submit(POLICEMAN, entry.name, etag(entry), "新增", "王芳")
    assert _titles(room, "常住") == []
    entry = room.actions.publish(RULER, entry.name, etag(entry), "李明")
    assert entry.state is State.PUBLISHED
    assert room.actions.get(TRADER, entry.name) == entry
    assert room.actions.search(Criteria("人口"))[0] == ((entry, ()),)
    assert room.actions.search(Criteria("出生"))[0] == ((entry, ("birth_date",)),)


def test_two_characters_are_enough_to_find_an_entry_and_its_fields(room):
    room.published(an_entry(title="居住证信息"))
    room.published(a_business_entry(), TRADER)
    assert _titles(room, "居住") == ["居住证信息"]
    hits, token, total = room.actions.search(Criteria("企业 名称"))
    assert [(entry.title, names) for entry, names in hits] == [("企业登记信息", ("company_name",))]
    assert (token, total) == ("", 1)


def test_a_draft_is_changed_by_its_provider_as_often_as_it_likes(room):
    first = room.drafted()
    second = room.actions.update(POLICEMAN, first.name, 0, etag(first), an_entry(title="新标题"))
    third = room.actions.update(POLICEMAN, first.name, 1, etag(second), an_entry(title="再新标题"))
    assert (third.title, third.create_time, third.revision) == ("再新标题", first.create_time, 3)
    with pytest.raises(ConflictError):
        room.actions.update(POLICEMAN, first.name, 1, etag(second), an_entry())
    with pytest.raises(InvalidInputError):
        room.actions.update(POLICEMAN, first.name, 1, etag(third), an_entry(abstract=""))
    assert room.actions.get(POLICEMAN, first.name) == third


def test_the_authority_compiles_an_entry_for_another_department_and_the_log_names_both(room):
    entry = room.drafted(an_entry(provider=POLICE), RULER)
    assert (entry.provider, entry.provider_title) == (POLICE, TITLES[POLICE])
    assert room.actions.get(POLICEMAN, entry.name) == entry
    assert [(record.actor.department, record.other) for record in _log(room)] == [(RULER.department, POLICE)]


def test_an_entry_that_is_sent_back_is_mended_and_submitted_again(room):
    entry = room.submitted()
    entry = room.actions.send_back(RULER, entry.name, etag(entry), "补充法律依据", "李明")
    assert (entry.state, entry.change_reason) == (State.DRAFT, "补充法律依据")
    entry = room.actions.update(POLICEMAN, entry.name, 0, etag(entry), an_entry(legal_basis="《统计法》"))
    entry = room.actions.submit(POLICEMAN, entry.name, etag(entry), "已补充", "王芳")
    assert room.actions.publish(RULER, entry.name, etag(entry), "李明").legal_basis == "《统计法》"


def test_a_revision_leaves_the_published_version_in_force_until_it_is_published_itself(room):
    first = room.published()
    second = room.actions.revise(POLICEMAN, first.name, etag(first), "改名")
    second = room.actions.update(POLICEMAN, first.name, 2, etag(second), an_entry(title="户籍信息"))
    second = room.actions.submit(POLICEMAN, first.name, etag(second), "改名", "王芳")
    assert room.actions.get(TRADER, first.name) == first
    assert _titles(room, "") == ["常住人口登记信息"]
    room.clock.advance(timedelta(hours=1))
    second = room.actions.publish(RULER, first.name, etag(second), "李明")
    assert room.actions.get(TRADER, first.name) == second
    assert _titles(room, "") == ["户籍信息"]
    newest, oldest = room.actions.versions(TRADER, first.name)
    assert (newest, oldest.state, oldest.end_time) == (second, State.SUPERSEDED, room.clock.now())
    assert room.actions.get(TRADER, first.name, 1) == oldest


def test_one_revision_at_a_time(room):
    first = room.published()
    room.actions.revise(POLICEMAN, first.name, etag(first), "改名")
    with pytest.raises(AlreadyExistsError) as refusal:
        room.actions.revise(POLICEMAN, first.name, etag(first), "又改名")
    assert refusal.value.reason == "OPEN_VERSION"


@pytest.mark.parametrize("by", [POLICEMAN, RULER])
def test_provider_and_authority_may_withdraw(room, by):
    entry = room.published()
    gone = room.actions.withdraw(by, entry.name, etag(entry), "机构改革", "王芳")
    assert (gone.state, gone.change_reason) == (State.WITHDRAWN, "机构改革")
    assert _titles(room, "") == []
    assert room.actions.get(TRADER, entry.name) == gone
    with pytest.raises(IllegalStateError) as refusal:
        room.actions.withdraw(by, entry.name, etag(gone), "机构改革", "王芳")
    assert refusal.value.facts == {"state": "withdrawn", "step": "withdraw"}


def test_a_second_source_for_one_term_is_refused_and_the_first_is_named(room):
    first = room.published(an_entry(source=Source("居民基本信息")))
    second = room.submitted(a_business_entry(source=Source("居民基本信息")), TRADER)
    with pytest.raises(AlreadyExistsError) as refusal:
        room.actions.publish(RULER, second.name, etag(second), "李明")
    assert refusal.value.facts == {"entry": first.name}
    assert first.title in refusal.value.message
    assert room.actions.get(TRADER, second.name) == second
    room.actions.withdraw(POLICEMAN, first.name, etag(first), "让出数源", "王芳")
    assert room.actions.publish(RULER, second.name, etag(second), "李明").state is State.PUBLISHED


def test_a_new_version_keeps_the_claim_of_its_entry(room):
    first = room.published(an_entry(source=Source("居民基本信息")))
    second = room.actions.revise(POLICEMAN, first.name, etag(first), "改名")
    second = room.actions.submit(POLICEMAN, first.name, etag(second), "改名", "王芳")
    assert room.actions.publish(RULER, first.name, etag(second), "李明").source.record_term == "居民基本信息"


def test_strangers_do_not_learn_that_a_draft_exists(room):
    entry = room.drafted()
    for ask in (
        lambda: room.actions.get(TRADER, entry.name),
        lambda: room.actions.get(TRADER, entry.name, 1),
        lambda: room.actions.versions(TRADER, entry.name),
        lambda: room.actions.submit(TRADER, entry.name, etag(entry), "新增", "王芳"),
        lambda: room.actions.update(TRADER, entry.name, 1, etag(entry), an_entry()),
        lambda: room.actions.get(Caller("", "", frozenset({Role.AUDITOR})), entry.name),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert room.actions.get(RULER, entry.name) == entry
    published = room.published(an_entry(source=Source("")))
    room.actions.revise(POLICEMAN, published.name, etag(published), "改名")
    assert room.actions.versions(TRADER, published.name) == (published,)
    assert len(room.actions.versions(POLICEMAN, published.name)) == 2


def test_who_may_not_take_a_step_is_told_so(room):
    entry = room.submitted()
    for step in (
        lambda: room.actions.publish(POLICEMAN, entry.name, etag(entry), "王芳"),
        lambda: room.actions.send_back(POLICEMAN, entry.name, etag(entry), "退回", "王芳"),
        lambda: room.actions.create(TRADER, an_entry()),
        lambda: room.actions.create_release(POLICEMAN),
    ):
        with pytest.raises(NotAllowedError):
            step()
    published = room.actions.publish(RULER, entry.name, etag(entry), "李明")
    for step in (
        lambda: room.actions.withdraw(TRADER, published.name, etag(published), "机构改革", "某人"),
        lambda: room.actions.revise(RULER, published.name, etag(published), "改名"),
    ):
        with pytest.raises(NotAllowedError):
            step()


def test_a_department_that_is_not_registered_publishes_nothing(room):
    with pytest.raises(NotFoundError):
        room.actions.create(Caller("11640000004010040X", "x", frozenset({Role.MEMBER})), an_entry(provider=""))


def test_officer_and_reason_are_required(room):
    draft = room.drafted()
    submitted = room.submitted(an_entry(source=Source("")))
    published = room.published(an_entry(source=Source("x")))
    for field, step in (
        ("reason", lambda: room.actions.submit(POLICEMAN, draft.name, etag(draft), "", "王芳")),
        ("officer", lambda: room.actions.submit(POLICEMAN, draft.name, etag(draft), "新增", " ")),
        ("officer", lambda: room.actions.publish(RULER, submitted.name, etag(submitted), "")),
        ("reason", lambda: room.actions.send_back(RULER, submitted.name, etag(submitted), "", "李明")),
        ("officer", lambda: room.actions.send_back(RULER, submitted.name, etag(submitted), "退回", "")),
        ("reason", lambda: room.actions.revise(POLICEMAN, published.name, etag(published), "")),
        ("reason", lambda: room.actions.withdraw(POLICEMAN, published.name, etag(published), "", "王芳")),
        ("officer", lambda: room.actions.withdraw(POLICEMAN, published.name, etag(published), "机构改革", "x" * 65)),
    ):
        with pytest.raises(InvalidInputError) as refusal:
            step()
        assert refusal.value.field == field


def test_a_stale_or_missing_etag_changes_nothing(room):
    entry = room.submitted()
    with pytest.raises(ConflictError):
        room.actions.publish(RULER, entry.name, "r1", "李明")
    for wrong in ("", "x", "r", "rx", "r" + "9" * 30):
        with pytest.raises(InvalidInputError):
            room.actions.publish(RULER, entry.name, wrong, "李明")
    assert room.actions.get(RULER, entry.name) == entry


def test_an_etag_read_from_the_published_version_does_not_submit_somebody_elses_draft(room):
    first = room.published()
    draft = room.actions.revise(POLICEMAN, first.name, etag(first), "改名")
    with pytest.raises(ConflictError):
        room.actions.submit(POLICEMAN, first.name, etag(first), "改名", "王芳")
    assert room.actions.submit(POLICEMAN, first.name, etag(draft), "改名", "王芳").version == 2


def test_what_does_not_exist_is_not_found_and_no_name_is_refused(room):
    for ask in (
        lambda: room.actions.get(RULER, NOBODY), lambda: room.actions.publish(RULER, NOBODY, "r1", "李明"),
        lambda: room.actions.versions(RULER, NOBODY),
        lambda: room.actions.withdraw(RULER, NOBODY, "r1", "x", "李明"), room.actions.get_release,
        lambda: room.actions.get_release(5),
    ):  # fmt: skip
        with pytest.raises(NotFoundError):
            ask()
    for name in ("", "entries/", "entries/../x", NOBODY.upper(), NOBODY + "\n", "grants/" + "0" * 26, NOBODY + "\x00"):
        with pytest.raises(InvalidInputError):
            room.actions.get(RULER, name)


def test_the_same_request_sent_twice_makes_one_entry(room):
    first = room.actions.create(POLICEMAN, an_entry(), "req-1")
    assert room.actions.create(POLICEMAN, an_entry(), "req-1") == first
    with pytest.raises(InvalidInputError):
        room.actions.create(POLICEMAN, an_entry(title="别的"), "req-1")
    assert room.actions.create(POLICEMAN, an_entry(), "req-2").id != first.id
    assert room.actions.create(POLICEMAN, an_entry()).id != first.id


def test_checking_alone_stores_and_logs_nothing(room):
    draft = room.actions.create(POLICEMAN, an_entry(), "req-1", validate_only=True)
    assert draft.title == an_entry().title
    with pytest.raises(InvalidInputError):
        room.actions.create(POLICEMAN, an_entry(abstract=""), validate_only=True)
    with pytest.raises(NotFoundError):
        room.actions.get(POLICEMAN, draft.name)
    assert _log(room) == []
    room.actions.create(POLICEMAN, an_entry(title="别的"), "req-1")


def test_every_change_is_in_the_log_with_who_when_and_why(room):
    entry = room.published()
    revised = room.actions.revise(POLICEMAN, entry.name, etag(entry), "改名")
    room.actions.update(POLICEMAN, entry.name, 0, etag(revised), an_entry())
    room.actions.withdraw(RULER, entry.name, etag(entry), "机构改革", "李明")
    release = room.actions.create_release(RULER)
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
        room.actions.publish(POLICEMAN, entry.name, etag(entry), "王芳")
    assert len(_log(room)) == before


def test_of_two_who_change_the_same_draft_at_once_one_wins(room):
    entry = room.drafted()
    outcomes: list[object] = []

    def change(title: str) -> None:
        try:
            outcomes.append(room.actions.update(POLICEMAN, entry.name, 1, etag(entry), an_entry(title=title)))
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
    waiting = [room.submitted(an_entry(source=Source("人口"), title=f"标题{place}")) for place in range(4)]
    outcomes: list[object] = []

    def publish(entry: Entry) -> None:
        try:
            outcomes.append(room.actions.publish(RULER, entry.name, etag(entry), "李明"))
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
        room.published(an_entry(title=f"人口{place}", source=Source("")))
    seen, token = [], ""
    for _ in range(3):
        hits, token, total = room.actions.search(Criteria("人口"), 3, token)
        seen += [entry.title for entry, _ in hits]
        assert total == 7
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
    first = room.actions.create_release(RULER, "req-1")
    assert (first.number, first.entry_count, first.name) == (1, 1, "releases/1")
    assert room.actions.create_release(RULER, "req-1") == first
    room.published(a_business_entry(), TRADER)
    second = room.actions.create_release(RULER)
    assert (second.number, second.entry_count) == (2, 2)
    assert second.digest != first.digest
    assert room.actions.get_release() == second
    assert room.actions.get_release(1) == first
    with pytest.raises(InvalidInputError):
        room.actions.get_release(-1)


def test_a_change_of_provider_is_not_a_change_of_content(room):
    entry = room.drafted()
    changed = room.actions.update(POLICEMAN, entry.name, 1, etag(entry), replace(an_entry(), provider=MARKET))
    assert changed.provider == POLICE


def _token(parts: list[object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _log(room: Room) -> list[Record]:
    with room.database.read() as tx:
        return [record_from(row.position, row.leaf, row.payload) for row in tx.execute(select(records).order_by(records.c.position))]
