"""The hub of the demo has a clock that begins late and only ever catches up, and starts where nobody but this machine reaches it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cli.demo.identity_provider import ElsewhereError
from cli.demo.late_hub import LateClock, check_here
from cli.demo.waiting import LATE
from cli.running import MACHINE
from hub.config import Config
from tests.cli.processes import run
from timing.calendar import shipped_calendar

HERE = Config(local=True, members="127.0.0.1:0", public="127.0.0.1:0", web="127.0.0.1:0")


def test_the_clock_catches_up_and_never_goes_back():
    clock = LateClock(timedelta(days=28))
    seen = [clock.now()]
    for days in (14, 20, 1, -3, 5):
        clock.catch_up(timedelta(days=days))
        seen.append(clock.now())
    assert seen == sorted(seen)
    assert timedelta(0) <= MACHINE.now() - seen[-1] < timedelta(minutes=1)
    assert clock.late == timedelta(0)


def test_it_begins_so_late_that_the_answer_is_over_by_the_present_across_every_holiday():
    calendar = shipped_calendar()
    for year in calendar.years:
        for day in (date(year, 1, 1) + timedelta(days=number) for number in range(365)):
            # over is told half a day behind the last day
            assert calendar.add_working_days(day, 10).date + timedelta(days=2) < day + LATE


@pytest.mark.parametrize(
    "changed",
    [
        {"local": False},
        {"members": "0.0.0.0:7443"},
        {"public": "10.0.0.1:7444"},
        {"web": "hub.example.gov.cn:80"},
        {"web_url": "https://share.example.gov.cn"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_it_starts_on_this_machine_alone(changed):
    check_here(HERE)
    with pytest.raises(ElsewhereError):
        check_here(replace(HERE, **changed))


def test_no_command_of_the_hub_sets_a_clock():
    for name in ("serve", "init", "demo"):
        text = run(name, "--help").stdout
        assert "--late" not in text
        assert "clock" not in text
