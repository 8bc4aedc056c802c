from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from audit.model import Actor, Event, Kind, Receipt
from hub.errors import InvalidInputError
from hub.subject import Subject

ACTOR = Actor("11640000000000000X", "civil-affairs", "wang.fang")
AT = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
ID = "640104199001010017"


def an_event(**changes):
    given: dict[str, Any] = {"kind": Kind.INTENT, "at": AT, "action": "exchange.Query", "actor": ACTOR} | changes
    return Event(**given)


def test_a_subject_never_shows_its_id():
    subject = Subject("cn-id", ID)
    assert ID not in repr(subject)
    assert ID not in repr(an_event(subject=subject))


@pytest.mark.parametrize("place", ["resource", "purpose", "case_number", "grant", "reason", "action"])
def test_the_subjects_id_is_refused_anywhere_else(place):
    with pytest.raises(InvalidInputError) as refused:
        an_event(subject=Subject("cn-id", ID), **{place: f"x-{ID}"})
    assert refused.value.reason == "SUBJECT_IN_CLEAR"
    assert ID not in str(refused.value) + refused.value.zh


def test_the_subjects_id_is_refused_in_details_fields_and_in_other_case():
    subject = Subject("cn-id", "64010419900101001X")
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
