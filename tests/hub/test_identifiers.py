"""One spelling of each identifier: every subject domain has its form, and nothing but that form becomes a subject."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.model.rules import SUBJECT_DOMAINS
from hub.errors import InvalidInputError
from hub.identifiers import FORMS, canonical, is_same, own_key
from hub.subject import Subject
from licenses.model import DOMAINS
from shuniu.identifiers import citizen_id, uscc
from tests.hub.spellings import full_width, spellings

RIGHT = {"cn-id": "11010519491231002X", "uscc": uscc.build("91", "640100", "MA76F8XY")}


def test_every_domain_that_an_entry_or_a_license_may_name_has_a_form():
    assert set(FORMS) == set(RIGHT) == set(SUBJECT_DOMAINS) - {""} == set(DOMAINS.values())


@given(st.sampled_from(sorted(RIGHT)), st.data())
def test_all_spellings_are_one_subject_and_spelling_it_again_changes_nothing(domain, data):
    written = data.draw(spellings(RIGHT[domain]))
    assert Subject(domain, written) == Subject(domain, RIGHT[domain])
    assert canonical(domain, canonical(domain, written, "subject"), "subject") == RIGHT[domain]


@given(st.sampled_from(sorted(RIGHT)), st.text(max_size=80))
def test_whatever_else_is_written_is_refused_and_not_repeated(domain, text):
    with pytest.raises(InvalidInputError) as error:
        Subject(domain, text)
    assert error.value.field == "subject"
    told = f"{error.value} {error.value.zh} {error.value.next_action} {error.value.facts}"
    assert len(text) < 6 or text not in told


@pytest.mark.parametrize("domain", sorted(RIGHT))
def test_a_well_formed_number_is_the_subject_that_it_was_in_earlier_releases(domain):
    for written in (RIGHT[domain], f" {RIGHT[domain].lower()} "):
        assert Subject(domain, written) == Subject.unchecked(domain, written)


@pytest.mark.parametrize(("domain", "text"), [("", "1"), ("cn-id", ""), ("cn-id", "\u3000"), ("passport", "E12345678"), ("CN-ID", RIGHT["cn-id"])])
def test_a_subject_without_a_domain_that_is_known_is_none(domain, text):
    with pytest.raises(InvalidInputError) as error:
        Subject(domain, text, "subject_key")
    assert error.value.field == "subject_key"


def test_a_subject_shows_no_number():
    assert RIGHT["cn-id"] not in repr(Subject("cn-id", RIGHT["cn-id"]))


def test_a_key_of_the_providers_own_keeps_its_width_and_case():
    assert own_key(" 粤（2020）第ａ1号 ", "subject_key") == "粤（2020）第ａ1号"
    assert is_same("", "粤(2020)第A1号", "粤（2020）第ａ1号")
    assert not is_same("", "粤(2020)第A2号", "粤（2020）第ａ1号")


def test_an_old_number_of_fifteen_digits_is_nobodys():
    old = RIGHT["cn-id"][:6] + RIGHT["cn-id"][8:17]
    assert not is_same("cn-id", old, RIGHT["cn-id"])
    assert not citizen_id.is_citizen_id(old)
    for text in (old, full_width(old)):
        with pytest.raises(InvalidInputError) as error:
            Subject("cn-id", text)
        assert error.value.reason == "CITIZEN_ID_OLD_FORM"
