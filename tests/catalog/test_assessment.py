"""What an entry says of secrecy, personal information, format, class, grade and consent before it is listed (Decree 809 art. 3, 13)."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from catalog.model import UNASSESSED, Assessment, DataFormat, DataGrade, Entry, Secrecy, digest, from_plain, gaps, to_plain
from hub.access import Caller
from hub.config import from_mapping
from hub.desk import AUTHORITY
from hub.errors import ConfigError, InvalidInputError
from tests.catalog.samples import ASSESSED, NOW, POLICEMAN, RULER, TRADER, Room, a_business_entry, an_entry, step
from tests.recording_desk import RecordingDesk

NOTHING = {"assessment": UNASSESSED, "data_format": None, "data_class": "", "data_grade": None}
CONFIRMED = POLICEMAN.marked(proposal="proposals/1", confirmed_by="0007")


def open_points(entry: Entry) -> set[str]:
    return {gap.field.removeprefix("entry.") for gap in gaps(entry)}


def submitted_by(by: Caller, content: Entry | None = None) -> Entry:
    return Entry.draft(content or an_entry(), POLICEMAN, "1" * 26, "公安厅", NOW).submit(by, "新增", NOW)


def test_an_entry_that_says_all_leaves_nothing_open():
    assert open_points(an_entry()) == set()


def test_whatever_is_not_said_is_left_open():
    everything = {f"assessment.{one.name}" for one in fields(Assessment)} | {"data_format", "data_class", "data_grade"}
    assert open_points(an_entry(**NOTHING)) == everything


def test_the_impact_on_persons_is_asked_of_entries_that_hold_personal_information_alone():
    assert open_points(a_business_entry(assessment=Assessment(Secrecy.NONE, "报告", "2026-01-05"))) == set()
    assert open_points(an_entry(assessment=Assessment(Secrecy.NONE, "报告", "2026-01-05"))) == {"assessment.impact_report", "assessment.impact_date"}


@pytest.mark.parametrize("secrecy", [Secrecy.WORK, Secrecy.STATE])
@pytest.mark.parametrize("assessment", ["told", "required"])
def test_what_is_secret_is_never_listed(database, secrecy, assessment):
    room = Room(database, assessment=assessment)
    with pytest.raises(InvalidInputError) as refusal:
        room.drafted(an_entry(assessment=replace(ASSESSED, secrecy=secrecy)))
    assert (refusal.value.reason, refusal.value.field) == ("SECRET_STAYS_OUT", "entry.assessment.secrecy")


@pytest.mark.parametrize("day", ["2026-3-2", "20260302", "2026-02-30", "昨天"])
def test_a_day_that_is_none_is_refused_when_it_is_written(day):
    with pytest.raises(InvalidInputError) as refusal:
        Entry.draft(an_entry(assessment=replace(ASSESSED, impact_date=day)), POLICEMAN, "1" * 26, "公安厅", NOW)
    assert refusal.value.field == "entry.assessment.impact_date"


def test_an_assessment_of_a_day_to_come_is_no_assessment_yet():
    content = an_entry(assessment=replace(ASSESSED, secrecy_date="2026-03-03"))
    with pytest.raises(InvalidInputError) as refusal:
        submitted_by(POLICEMAN, content)
    assert (refusal.value.reason, refusal.value.field) == ("ASSESSMENT_AHEAD", "entry.assessment.secrecy_date")
    draft = Entry.draft(content, POLICEMAN, "1" * 26, "公安厅", NOW)
    assert draft.submit(POLICEMAN, "新增", NOW + timedelta(days=1)).submit_time


def test_a_report_that_spells_a_person_s_number_is_refused():
    with pytest.raises(InvalidInputError) as refusal:
        Entry.draft(an_entry(assessment=replace(ASSESSED, impact_report="11010519491231002X的评估")), POLICEMAN, "1" * 26, "公安厅", NOW)
    assert refusal.value.field == "entry.assessment.impact_report"


def test_where_it_is_told_the_authority_hears_of_what_is_left_open_and_so_does_whoever_submits(database):
    desk = RecordingDesk()
    room = Room(database, desk)
    entry = room.submitted(an_entry(**NOTHING))
    (notice,) = [one for _, one in desk.told if one.kind == "entry_not_assessed"]
    assert (notice.department, notice.facts["missing"]) == (AUTHORITY, "8")
    (finding,) = [one for one in room.actions.compared(entry).findings if one.reason == "ENTRY_LEAVES_OPEN"]
    assert not finding.contradicts
    assert "数据分类" in finding.zh
    assert "data_class" in finding.en
    assert room.actions.publish(step(RULER, entry, officer="李明")).is_in_force


def test_what_leaves_nothing_open_is_told_nobody(database):
    desk = RecordingDesk()
    entry = Room(database, desk).submitted()
    assert entry.submit_time
    assert [one for _, one in desk.told if one.kind == "entry_not_assessed"] == []


def test_where_it_is_required_all_that_is_left_open_is_refused_in_one_answer(database):
    room = Room(database, assessment="required")
    draft = room.drafted(an_entry(**NOTHING))
    with pytest.raises(InvalidInputError) as refusal:
        room.actions.submit(step(POLICEMAN, draft, reason="新增", officer="王芳"))
    assert {fault.field.removeprefix("entry.") for fault in refusal.value.faults} == open_points(draft)
    assert room.published(an_entry(resource_code="101001/000002", source=a_business_entry().source)).is_in_force


def test_what_was_submitted_before_it_was_required_is_not_published(database):
    entry = Room(database).submitted(an_entry(**NOTHING))
    strict = Room.upgraded_to_required(database)
    with pytest.raises(InvalidInputError) as refusal:
        strict.publish(step(RULER, entry, officer="李明"))
    assert refusal.value.faults
    assert strict.send_back(step(RULER, entry, reason="请补充评估", officer="李明")).state == "draft"


def test_a_version_says_who_consented_and_when_to_its_provider_and_the_authority_alone():
    entry = submitted_by(CONFIRMED)
    assert (entry.consent, entry.consent_time) == ("0007", NOW)
    under_a_mandate = submitted_by(POLICEMAN.marked(mandate="mandates/1"))
    assert (under_a_mandate.consent, under_a_mandate.consent_time) == ("mandates/1", NOW)
    alone = submitted_by(POLICEMAN.marked(alone="true"))
    assert (alone.consent, alone.consent_time) == ("", None)
    for caller in (POLICEMAN, RULER):
        assert entry.as_seen_by(caller) == entry
    seen = entry.as_seen_by(TRADER)
    assert (seen.consent, seen.consent_time, seen.assessment) == ("", None, UNASSESSED)
    assert (seen.data_format, seen.data_grade) == (DataFormat.DATABASE, DataGrade.GENERAL)


def test_a_draft_that_was_sent_back_or_made_anew_needs_consent_again():
    entry = submitted_by(CONFIRMED)
    assert entry.send_back(RULER, "请补充").consent == ""
    published = entry.publish(RULER, NOW)
    assert published.consent == "0007"
    assert published.revise(POLICEMAN, "更新", 2, NOW).consent == ""


def test_versions_of_releases_before_keep_their_digests():
    plain = to_plain(Entry.draft(an_entry(**NOTHING), POLICEMAN, "1" * 26, "公安厅", NOW))
    assert not {"assessment", "data_format", "data_class", "data_grade", "consent", "consent_time"} & plain.keys()
    assert from_plain(plain).assessment == UNASSESSED
    entry = submitted_by(CONFIRMED)
    assert from_plain(to_plain(entry)) == entry
    assert digest(entry) != digest(replace(entry, data_grade=DataGrade.CORE))


def test_the_setting_is_one_of_two(tmp_path):
    assert from_mapping({"entry_assessment": "required"}, tmp_path).entry_assessment == "required"
    with pytest.raises(ConfigError):
        from_mapping({"entry_assessment": "maybe"}, tmp_path)
