from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from audit.model import Actor, Event, Kind, Receipt
from hub.errors import InvalidInputError
from hub.subject import Subject
from hub.wording import WITHHELD
from shuniu.identifiers.citizen_id import build

ACTOR = Actor("11640000000000000X", "civil-affairs", "wang.fang")
AT = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
ID = "640104199001010017"
STRANGER = build("640104", date(1990, 3, 7), 12)
WRITTEN = ("officer", "reason", "purpose", "case_number", "grant", "fields", "detail")
ACTIONS = [kind for kind in Kind if kind not in {Kind.OUTCOME, Kind.REFUSAL}]


def an_event(**changes):
    given: dict[str, Any] = {"kind": Kind.INTENT, "at": AT, "action": "exchange.Query", "actor": ACTOR} | changes
    return Event(**given)


def test_a_subject_never_shows_its_id():
    subject = Subject.unchecked("cn-id", ID)
    assert ID not in repr(subject)
    assert ID not in repr(an_event(subject=subject))


@pytest.mark.parametrize("place", ["resource", "purpose", "case_number", "grant", "reason", "action"])
def test_the_subjects_id_is_refused_anywhere_else(place):
    with pytest.raises(InvalidInputError) as refused:
        an_event(subject=Subject.unchecked("cn-id", ID), **{place: f"x-{ID}"})
    assert refused.value.reason == "SUBJECT_IN_CLEAR"
    assert ID not in str(refused.value) + refused.value.zh


def test_the_subjects_id_is_refused_in_details_fields_and_in_other_case():
    subject = Subject.unchecked("cn-id", "64010419900101001X")
    for changes in (
        {"detail": {"note": "64010419900101001x"}},
        {"fields": ("64010419900101001X",)},
        {"actor": replace(ACTOR, officer="64010419900101001X")},
    ):
        with pytest.raises(InvalidInputError):
            an_event(subject=subject, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"at": AT.replace(tzinfo=None)},
        {"at": AT.replace(year=1969)},
        {"action": ""},
        {"action": "a" * 101},
        {"other": "123"},
        {"resource": "line\nbreak"},
        {"case_number": "\ud800"},
        {"reason": "x" * 1001},
        {"fields": ("f",) * 257},
        {"fields": ("f" * 65,)},
        {"detail": {str(i): "" for i in range(17)}},
        {"detail": {"k": "v" * 257}},
        {"rows": -1},
        {"bytes": 2**63},
        {"digest": b"short"},
        {"intent_index": -1},
        {"kind": Kind.OUTCOME},
        {"kind": Kind.SEARCH},
    ],
)
def test_an_event_cannot_exist_in_a_wrong_shape(changes):
    with pytest.raises(InvalidInputError):
        an_event(**changes)


def test_chinese_text_and_the_ideographic_space_are_welcome():
    assert an_event(reason="社会救助　低保审核", fields=("姓名", "户籍地址")).reason.startswith("社会")


def test_details_cannot_be_changed_afterwards():
    detail = {"request": "1"}
    event = an_event(detail=detail)
    detail["request"] = "2"
    assert event.detail["request"] == "1"
    with pytest.raises(TypeError):
        event.detail["request"] = "3"


def test_an_actor_and_a_receipt_cannot_exist_in_a_wrong_shape():
    for broken in (
        lambda: Actor("123", "s", "o"),
        lambda: Actor("", "s\x00", "o"),
        lambda: Subject("", "1"),
        lambda: Subject("cn-id", ""),
        lambda: Receipt("", 0, b"x" * 32),
        lambda: Receipt("o", -1, b"x" * 32),
        lambda: Receipt("o", 0, b"x"),
    ):
        with pytest.raises(InvalidInputError):
            broken()


def saying(place: str, text: str) -> dict[str, Any]:
    """An event's parts in which one text, wherever people write any, is this one."""
    said: dict[str, Any] = {"fields": (text,), "detail": {"note": text}, "officer": text}
    part = {place: said.get(place, text)}
    return {"actor": replace(ACTOR, officer=text)} if place == "officer" else part


def said_in(event: Event, place: str) -> str:
    texts = {"officer": event.actor.officer, "fields": "".join(event.fields), "detail": "".join(event.detail.values())}
    return texts.get(place) or getattr(event, place)


@pytest.mark.parametrize("place", WRITTEN)
@pytest.mark.parametrize("kind", ACTIONS)
def test_no_action_is_logged_with_anybodys_id_number(kind, place):
    with pytest.raises(InvalidInputError) as refused:
        an_event(kind=kind, **({"reason": "r"} | saying(place, STRANGER.lower())))
    assert (refused.value.reason, refused.value.field) == ("ID_NUMBER_IN_CLEAR", place)
    assert STRANGER not in str(vars(refused.value)).upper()


@pytest.mark.parametrize("place", WRITTEN)
def test_a_refusal_is_logged_whatever_was_written_but_without_the_number(place):
    for text in (STRANGER, f"{ID[:6]} {ID[6:14]} {ID[14:]}", f"x{ID}x", "a\x00b", "\ud800", ID[:6] + ID[8:17]):
        event = an_event(kind=Kind.REFUSAL, subject=Subject.unchecked("cn-id", ID), **saying(place, text))
        assert said_in(event, place) == WITHHELD


def test_the_record_of_a_refusal_cuts_what_is_too_long_and_keeps_the_rest():
    event = an_event(
        kind=Kind.REFUSAL,
        actor=replace(ACTOR, officer="王" * 70),
        reason="第一行\n第二行",
        case_number="9" * 200,
        fields=("f" * 70,) * 300,
        detail={str(number): "v" * 300 for number in range(20)},
        status="NO_GRANT",
    )
    assert (event.actor.officer, event.reason, event.case_number) == ("王" * 64, "第一行 第二行", "9" * 128)
    assert (len(event.fields), set(event.fields), len(event.detail), event.status) == (256, {"f" * 64}, 16, "NO_GRANT")


def test_a_number_is_not_cut_in_two_to_be_let_in():
    event = an_event(kind=Kind.REFUSAL, purpose="x" * 120 + STRANGER)
    assert event.purpose == WITHHELD


@pytest.mark.parametrize(
    "text",
    [
        f"{ID[:6]}-{ID[6:14]}-{ID[14:]}",
        f"{ID[:6]} {ID[6:]}",
        f"NX{ID}号",
        "|".join((ID[:6], ID[6:14], ID[14:])),
        "_".join(ID),
        ID.translate({48 + n: 0xFF10 + n for n in range(10)}),
        ID[:6] + ID[8:17],
    ],
)
def test_the_subjects_key_is_found_in_every_spelling(text):
    for place in ("case_number", "resource"):
        with pytest.raises(InvalidInputError) as refused:
            an_event(subject=Subject.unchecked("cn-id", ID), **{place: text})
        assert refused.value.reason == "SUBJECT_IN_CLEAR"


def test_case_numbers_as_offices_write_them_are_let_through():
    for number in ("640200-19471221-0830", "NX-2026-00001", "640200260301001", "B640200200001010012", "64020020260301000123"):
        assert an_event(case_number=number, detail={"request_id": number}).case_number == number


def test_what_the_hub_makes_itself_is_not_searched_for_numbers():
    assert an_event(resource=f"certificates/{STRANGER}").resource.endswith(STRANGER)


def test_an_outcome_says_what_its_intent_said_and_what_came_of_it():
    intent = an_event(subject=Subject.unchecked("cn-id", ID), case_number="C-1", detail={"request_id": "r"})
    outcome = intent.outcome(AT, "ok", 7, rows=1, size=9, digest=bytes(32), dropped="phone")
    assert (outcome.kind, outcome.intent_index, outcome.status, outcome.rows, outcome.bytes) == (Kind.OUTCOME, 7, "ok", 1, 9)
    assert (outcome.case_number, outcome.subject, outcome.detail) == ("C-1", intent.subject, {"request_id": "r", "dropped": "phone"})
    assert outcome == replace(intent, kind=Kind.OUTCOME, status="ok", intent_index=7, rows=1, bytes=9, digest=bytes(32), detail=outcome.detail)
    assert intent.outcome(AT, "ok", 7, dropped=f"name,{ID}").detail["dropped"] == WITHHELD  # a provider names its fields as it likes
    for wrong in ({"rows": -1}, {"digest": b"short"}):
        with pytest.raises(InvalidInputError):
            intent.outcome(AT, "ok", 7, **wrong)
    with pytest.raises(InvalidInputError):
        intent.outcome(AT, "x" * 65, 7)
