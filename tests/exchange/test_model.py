"""What a query must say before anybody looks at it."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerage.grants import LiveGrant
from exchange.model import LONGEST_FIELD, MOST_FIELDS, TEXTS, Permission, Query
from hub.errors import InvalidInputError
from hub.identifiers import LONGEST_KEY
from hub.subject import Subject
from shuniu.identifiers import citizen_id
from tests.brokerage.test_grants import GRANT
from tests.hub.spellings import spellings
from tests.world import CASE, KEY, OFFICER, PURPOSE

RIGHT: dict[str, Any] = {"grant": "grants/01k0", "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY}
LONGEST = {**{name: kind.cap for name, kind in TEXTS.items()}, "subject_key": LONGEST_KEY}
OTHER_ID = citizen_id.build("110101", date(1990, 1, 1), 39)  # well-formed; ends in X


def refused(**changed):
    with pytest.raises(InvalidInputError) as error:
        Query(**{**RIGHT, **changed})
    return error.value


def test_a_whole_query_is_taken_as_it_is():
    query = Query(**RIGHT, fields=("name",), request_id="r1", entry="entries/e")
    assert (query.grant, query.grant.id, query.fields, query.request_id) == ("grants/01k0", "01k0", ("name",), "r1")


def test_a_field_has_one_limit_wherever_it_is_sent():
    assert LONGEST == {"grant": 64, "purpose": 128, "case_number": 128, "officer": 64, "request_id": 64, "entry": 64, "subject_key": 64}


def test_what_looks_the_same_is_the_same():
    query = Query(**{**RIGHT, "purpose": f" {PURPOSE}\u200b", "case_number": "ＬＢ－２０２６", "officer": "王\ufeff敏 "})
    assert (query.purpose, query.case_number, query.officer) == (PURPOSE, "LB-2026", "王敏")


def permitted(domain: str, key: str) -> Permission:
    return Permission.of(LiveGrant(GRANT, "entries/e", "", (), "id", domain, "P", "s", "r"), (), key)


@given(st.data())
def test_one_key_is_logged_and_asked_for_whatever_its_spelling(data):
    allowed = permitted("cn-id", data.draw(spellings(OTHER_ID)))
    assert (allowed.key, allowed.subject) == (OTHER_ID, Subject("cn-id", OTHER_ID))


def test_a_key_of_the_providers_own_is_asked_for_as_it_was_written():
    allowed = permitted("", " 粤（2020）不动产权第ａ1号 ")
    assert (allowed.key, allowed.subject) == ("粤（2020）不动产权第ａ1号", None)
    for wrong in ("a\x7fb", "a\u200bb"):
        with pytest.raises(InvalidInputError) as error:
            permitted("", wrong)
        assert (error.value.reason, error.value.field) == ("INVALID_INPUT", "subject_key")


@pytest.mark.parametrize("name", ["grant", "purpose", "case_number", "officer", "subject_key"])
@pytest.mark.parametrize("nothing", ["", " ", "\u3000"])
def test_what_is_missing_or_blank_is_named(name, nothing):
    error = refused(**{name: nothing})
    assert (error.reason, error.field) == (f"MISSING_{name.upper()}", name)
    assert error.zh != error.message


@pytest.mark.parametrize("name", sorted(LONGEST))
def test_what_is_too_long_or_cannot_be_printed_is_named(name):
    start = "grants/" if name == "grant" else ""
    assert Query(**{**RIGHT, name: (start + "x" * 128)[: LONGEST[name]]})
    assert refused(**{name: (start + "x" * 128)[: LONGEST[name]] + "x"}).field == name
    assert refused(**{name: start + "a\nb"}).field == name
    assert refused(**{name: start + "a\x00b"}).field == name


def test_field_names_are_few_short_and_printable():
    assert refused(fields=("f",) * (MOST_FIELDS + 1)).field == "fields"
    for name in ("", "x" * (LONGEST_FIELD + 1), "na\nme"):
        assert refused(fields=("name", name)).field == "fields"


def test_a_grant_is_named_as_a_resource():
    for name in ("01k0", "grants/", "entries/01k0"):
        error = refused(grant=name)
        assert (error.reason, error.field) == ("INVALID_INPUT", "grant")


@pytest.mark.parametrize("name", ["grant", "purpose", "case_number", "officer", "request_id", "entry"])
def test_the_subject_s_key_stands_nowhere_that_the_log_keeps_in_clear(name):
    error = refused(**{name: f"{'grants/' if name == 'grant' else ''}a-{KEY}"})
    assert (error.reason, error.field) == ("SUBJECT_IN_CLEAR", name)
    assert KEY not in f"{error.message} {error.zh} {error.next_action} {error.next_action_zh} {error.facts}"


@pytest.mark.parametrize(
    "spelling", [" ".join(KEY), f"{KEY[:6]}-{KEY[6:14]}-{KEY[14:]}", f"x{KEY}y", KEY[:6] + KEY[8:17], "".join(chr(ord(c) + 0xFEE0) for c in KEY)]
)
def test_no_spelling_hides_the_subject_s_key(spelling):
    assert (refused(case_number=spelling).reason, refused(fields=("name", spelling[:63])).reason) == ("SUBJECT_IN_CLEAR", "SUBJECT_IN_CLEAR")
    assert refused(fields=("name", spelling[:63])).field == "fields"


def test_another_person_s_id_number_stands_nowhere_either():
    assert refused(case_number=f"LB-{OTHER_ID}").reason == "SUBJECT_IN_CLEAR"
    assert refused(purpose=f"LB{OTHER_ID}").reason == "SUBJECT_IN_CLEAR"
    assert refused(request_id=OTHER_ID).reason == "SUBJECT_IN_CLEAR"
    assert refused(entry=f"entries/{OTHER_ID}").reason == "SUBJECT_IN_CLEAR"
    assert refused(officer=OTHER_ID.lower()).reason == "SUBJECT_IN_CLEAR"
    assert refused(fields=("name", OTHER_ID)).reason == "SUBJECT_IN_CLEAR"


def test_a_key_is_found_in_whatever_case_it_is_typed():
    assert refused(subject_key=" 11010119900101123x", case_number="11010119900101123X-7").reason == "SUBJECT_IN_CLEAR"


def test_long_numbers_that_are_no_id_numbers_are_case_numbers():
    assert Query(**{**RIGHT, "case_number": "640000202611230000171"}).case_number


def test_a_short_key_may_occur_in_a_case_number_by_chance():
    assert Query(**{**RIGHT, "subject_key": "2026"}).subject_key == "2026"


@given(st.fixed_dictionaries({name: st.text(max_size=80) for name in LONGEST}), st.lists(st.text(max_size=70), max_size=5))
def test_any_text_makes_a_query_or_an_error_that_may_be_shown(texts, fields):
    try:
        query = Query(**texts, fields=tuple(fields))
    except InvalidInputError as error:
        named = error.field
    else:
        named = "" if all(len(getattr(query, name)) <= longest for name, longest in LONGEST.items()) else "too long"
    assert named in {"", *LONGEST, "fields"}
