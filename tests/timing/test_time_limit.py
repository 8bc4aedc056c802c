"""Working days, time limits and what stops them."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ConfigError, InvalidInputError, NotFoundError
from shuniu.zone import CHINA
from timing.calendar import Calendar, parse_calendar, shipped_calendar
from timing.clock_file import parse_profiles, profile_of, shipped_profiles
from timing.time_limit import Deadline, deadline

CLOCKS = files("timing").joinpath("clocks.toml").read_text("utf-8")
HOLIDAYS = files("timing").joinpath("holidays.toml").read_text("utf-8")
TEN_DAYS = shipped_profiles()["decree-809"].limit("answer-conditional")
KNOWN_DAYS = st.dates(date(2024, 1, 1), date(2026, 6, 30))


def end_of(due: Deadline) -> datetime:
    assert due.due is not None
    return due.due


def at(day: str, clock: str = "10:00") -> datetime:
    return datetime.fromisoformat(f"2026-{day}T{clock}:00+08:00")


def test_every_day_of_three_years_is_as_the_foreign_calendar_says():
    days = [date(2024, 1, 1) + timedelta(n) for n in range(366 + 365 + 365)]
    ours = [shipped_calendar().is_working_day(day) for day in days]
    assert days[-1] == date(2026, 12, 31)
    assert ours == [chinese_calendar.is_workday(day) for day in days]


@given(KNOWN_DAYS, st.integers(0, 60))
def test_the_nth_working_day_is_the_one_found_by_counting_with_the_foreign_calendar(start, n):
    day, left = start, n
    while left:
        day += timedelta(1)
        left -= chinese_calendar.is_workday(day)
    due = shipped_calendar().add_working_days(start, n)
    assert (due.date, due.provisional) == (day, False)


@given(KNOWN_DAYS, st.integers(0, 30), st.integers(0, 30))
def test_days_can_be_added_in_two_steps(start, first, second):
    calendar = shipped_calendar()
    assert calendar.add_working_days(calendar.add_working_days(start, first).date, second) == calendar.add_working_days(start, first + second)


def test_a_year_without_a_table_counts_weekends_and_says_that_it_is_provisional():
    due = shipped_calendar().add_working_days(date(2026, 12, 30), 2)
    assert (due.date, due.provisional) == (date(2027, 1, 1), True)
    assert shipped_calendar().add_working_days(date(2026, 12, 30), 1).provisional is False


def test_the_spring_festival_of_2026_moves_a_ten_day_limit_to_march():
    due = TEN_DAYS.deadline(at("02-10"))
    assert due.due == datetime(2026, 3, 2, 23, 59, 59, 999999, CHINA)
    assert due.provisional is False


def test_a_request_late_in_the_evening_utc_belongs_to_the_next_day_in_china():
    evening = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
    assert TEN_DAYS.deadline(evening).due == TEN_DAYS.deadline(at("03-03")).due


def test_days_left_fall_to_none_on_the_last_day_and_below_none_once_it_is_over():
    limit = shipped_profiles()["decree-809"].limit("directory-review").deadline(at("03-04"))  # two days: Thursday and Friday
    assert [limit.days_left(at(day)) for day in ("03-04", "03-05", "03-06", "03-07", "03-08", "03-09", "03-10")] == [2, 1, 0, -1, -1, -1, -2]
    at_once = shipped_profiles()["guofa-2016-51"].limit("answer-unconditional").deadline(at("03-03"))
    assert [at_once.days_left(at("03-03", clock)) for clock in ("10:00", "10:01")] == [0, -1]


def test_a_limit_without_days_is_due_when_it_starts():
    limit = shipped_profiles()["guofa-2016-51"].limit("answer-unconditional")
    due = limit.deadline(at("03-03"))
    assert limit.at_once
    assert due.due == at("03-03")
    assert (due.share_used(at("03-03")), due.share_used(at("03-03", "10:01"))) == (0.0, 1.0)


def test_while_a_request_is_incomplete_the_clock_stands_still():
    still = TEN_DAYS.deadline(at("03-02"), ((at("03-04"), None),))
    assert still.due is None
    assert still.share_used(at("03-05")) == still.share_used(at("12-31")) == 0.2
    assert not still.is_overdue(at("12-31"))
    assert still.days_left(at("12-31")) == 8


def test_answering_sets_the_clock_going_with_the_days_that_were_left():
    resumed = TEN_DAYS.deadline(at("03-02"), ((at("03-04"), at("03-20")),))
    assert resumed.due == datetime(2026, 4, 1, 23, 59, 59, 999999, CHINA)
    assert resumed.days[:3] == (date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 23))


def test_asking_and_answering_on_one_day_stops_nothing():
    assert TEN_DAYS.deadline(at("03-02"), ((at("03-04", "09:00"), at("03-04", "16:00")),)).due == TEN_DAYS.deadline(at("03-02")).due


@given(KNOWN_DAYS, st.integers(0, 9), st.integers(0, 40))
def test_a_pause_delays_by_exactly_the_working_days_it_takes(start, after, length):
    calendar = shipped_calendar()
    start_at = datetime(start.year, start.month, start.day, 9, tzinfo=CHINA)
    begin = start_at + timedelta(after)
    end = begin + timedelta(length)
    plain, paused = TEN_DAYS.deadline(start_at), TEN_DAYS.deadline(start_at, ((begin, end),))
    taken = sum(calendar.is_working_day(begin.date() + timedelta(n)) for n in range(1, length + 1))
    delayed_by = taken if begin <= end_of(plain) else 0
    assert end_of(paused).date() == calendar.add_working_days(end_of(plain).date(), delayed_by).date


@pytest.mark.parametrize(
    "pauses",
    [
        ((at("03-01"), at("03-05")),),
        ((at("03-05"), at("03-04")),),
        ((at("03-04"), None), (at("03-06"), at("03-07"))),
        ((at("03-04"), at("03-06")), (at("03-05"), at("03-07"))),
    ],
)
def test_pauses_that_overlap_or_begin_too_early_are_refused(pauses):
    with pytest.raises(InvalidInputError, match="pauses follow each other"):
        TEN_DAYS.deadline(at("03-02"), pauses)


def test_an_extension_adds_its_days_and_no_more_than_allowed():
    assert end_of(TEN_DAYS.deadline(at("03-02"), extended_by=10)).date() == date(2026, 3, 30)
    with pytest.raises(InvalidInputError, match="0 to 10 working days"):
        TEN_DAYS.deadline(at("03-02"), extended_by=11)


@given(st.lists(st.integers(0, 60 * 24 * 40), min_size=2, max_size=6))
def test_the_share_used_never_runs_backwards_and_is_whole_when_overdue(minutes):
    due = TEN_DAYS.deadline(at("02-10"), ((at("02-12"), at("02-26")),))
    shares = [due.share_used(at("02-10") + timedelta(minutes=minute)) for minute in sorted(minutes)]
    assert shares == sorted(shares)
    assert due.share_used(at("02-10")) == 0.0
    assert due.share_used(end_of(due) + timedelta(microseconds=1)) == 1.0
    assert due.is_overdue(end_of(due) + timedelta(microseconds=1))
    assert not due.is_overdue(end_of(due))


def test_half_of_ten_days_is_used_at_noon_of_the_fifth_and_a_half():
    due = TEN_DAYS.deadline(at("03-02"))
    assert due.share_used(at("03-10", "00:00")) == 0.5
    assert due.share_used(at("03-10", "12:00")) == pytest.approx(0.55)


def test_a_moment_without_an_offset_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        TEN_DAYS.deadline(datetime(2026, 3, 2, 10))  # noqa: DTZ001 - the fault under test


def test_no_shipped_figure_claims_to_be_verified_and_each_names_its_source():
    limits = [limit for profile in shipped_profiles().values() for limit in profile.limits.values()]
    assert set(shipped_profiles()) == {"decree-809", "guofa-2016-51", "local-example"}
    assert not any(limit.verified for limit in limits)
    assert all(limit.citation for limit in limits)


def test_each_clock_of_the_decree_cites_its_article_and_says_with_what_it_was_compared():
    limits = {name: limit for name, limit in shipped_profiles()["decree-809"].limits.items() if "惯例" not in limit.citation}
    article = {name: limit.citation.rpartition("）")[2] for name, limit in limits.items()}
    assert article == {
        "answer-unconditional": "第二十一条",
        "answer-conditional": "第二十一条",
        "delivery": "第二十二条",
        "directory-update": "第十七条",
        "directory-review": "第十七条",
        "verify-objection": "第二十六条",
    }
    assert all("副本" in limit.checked and not limit.verified for limit in limits.values())
    assert not any(limit.checked for name in ("guofa-2016-51", "local-example") for limit in shipped_profiles()[name].limits.values())


def test_the_shipped_figures_are_those_of_the_design_table():
    days = {
        (profile.id, limit.id): (limit.working_days, limit.extension_days)
        for profile in shipped_profiles().values()
        for limit in profile.limits.values()
    }
    assert days == {
        ("decree-809", "answer-unconditional"): (1, 0),
        ("decree-809", "answer-conditional"): (10, 10),
        ("decree-809", "delivery"): (20, 0),
        ("decree-809", "directory-update"): (10, 5),
        ("decree-809", "directory-review"): (2, 0),
        ("decree-809", "verify-objection"): (10, 0),
        ("decree-809", "record-use"): (20, 0),
        ("decree-809", "record-use-at-end"): (20, 0),
        ("guofa-2016-51", "answer-unconditional"): (0, 0),
        ("guofa-2016-51", "answer-conditional"): (10, 0),
        ("guofa-2016-51", "directory-update"): (15, 0),
        ("local-example", "check-form"): (2, 0),
        ("local-example", "answer-unconditional"): (0, 0),
        ("local-example", "answer-conditional"): (5, 0),
        ("local-example", "answer-conditional-unpublished"): (10, 0),
        ("local-example", "consult-dispute"): (10, 0),
        ("local-example", "coordinate-dispute"): (20, 0),
        ("local-example", "answer-complaint"): (15, 0),
    }


def test_an_operator_verifies_a_clock_in_the_file_alone():
    changed = parse_profiles(CLOCKS.replace("verified = false", "verified = true", 1))
    assert changed["decree-809"].limit("answer-unconditional").verified


def test_an_unknown_profile_stops_the_start_and_is_answered_with_the_known_ones():
    assert profile_of("guofa-2016-51") is shipped_profiles()["guofa-2016-51"]
    with pytest.raises(ConfigError, match="unknown clock_profile 'decree-808'") as refused:
        profile_of("decree-808")
    assert refused.value.next_action == "one of decree-809, guofa-2016-51, local-example"


def test_an_unknown_clock_is_answered_with_the_known_ones():
    with pytest.raises(NotFoundError, match="delivery"):
        shipped_profiles()["decree-809"].limit("tea-break")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("working_days = 10", "working_days = -1"),
        ("working_days = 10", "working_days = 1000"),
        ("working_days = 10", "working_days = 0"),
        ("working_days = 10", "working_days = 1.5"),
        ("working_days = 10", 'working_days = "soon"'),
        ("working_days = 10", "working_days = true"),
        ("verified = false", 'verified = "yes"'),
        ("verified = false", ""),
        ("verified = false", "verified = false\nwarranted = true"),
        ('checked = "条例文本副本，2026-11-26"', "checked = 2026-11-26"),
        ('extension_by = "authority"', 'extension_by = ""'),
        ('id = "delivery"', 'id = "answer-conditional"'),
        ('id = "delivery"', 'id = ""'),
        ('id = "decree-809"', "id = 809"),
        ('id = "guofa-2016-51"', 'id = "decree-809"'),
        ('id = "decree-809"', ""),
        ('[[profile]]\nid = "decree-809"', '[settings]\nx = 1\n[[profile]]\nid = "decree-809"'),
        ("[[profile.clock]]", "[profile.clock]"),
        ("[[profile]]", "[["),
    ],
)
def test_a_clock_that_nobody_could_apply_stops_the_start(old, new):
    assert old in CLOCKS
    with pytest.raises(ConfigError) as refused:
        parse_profiles(CLOCKS.replace(old, new, 1))
    _says_so_in_both_languages(refused.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2024-02-10, 2024-02-17", "2023-12-31, 2024-02-17"),
        ("2024-02-10, 2024-02-17", "2024-02-17, 2024-02-10"),
        ("2024-02-10, 2024-02-17", '"February", 2024-02-17'),
        ("2024-02-10, 2024-02-17", "2024-02-10T00:00:00, 2024-02-17"),
        ("2024-02-04", "2024-02-12"),
        ("2024-02-04", "2024-02-05"),
        ("[2024]", "[leap]"),
        ("work =", "play ="),
        ("[2024]", "["),
    ],
)
def test_a_holiday_table_that_contradicts_itself_stops_the_start(old, new):
    assert old in HOLIDAYS
    with pytest.raises(ConfigError) as refused:
        parse_calendar(HOLIDAYS.replace(old, new, 1))
    _says_so_in_both_languages(refused.value)


def _says_so_in_both_languages(error: ConfigError) -> None:
    assert error.reason == "CONFIG"
    assert not error.zh.isascii()
    assert not error.next_action_zh.isascii()


@given(st.integers(0, len(CLOCKS) - 1), st.text(max_size=3))
def test_a_damaged_clock_file_is_read_or_refused_and_nothing_else(place, junk):
    with suppress(ConfigError):
        assert parse_profiles(CLOCKS[:place] + junk + CLOCKS[place + 1 :])


@given(st.integers(0, len(HOLIDAYS) - 1), st.text(max_size=3))
def test_a_damaged_holiday_file_is_read_or_refused_and_nothing_else(place, junk):
    with suppress(ConfigError):
        assert parse_calendar(HOLIDAYS[:place] + junk + HOLIDAYS[place + 1 :])


def test_without_any_table_every_deadline_is_provisional():
    bare = Calendar(frozenset(), frozenset(), frozenset())
    assert deadline(5, at("02-13"), calendar=bare).provisional
