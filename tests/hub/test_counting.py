"""What strangers are refused is counted: at most one line a minute per reason, with its count, and nothing of any request."""

import logging
import threading

import pytest

from hub.counting import LOOK, MINUTE, MOST_REASONS, Counted
from tests.hub.test_strangers import Now


@pytest.fixture
def now() -> Now:
    return Now()


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == "hub.counting"]


def test_a_thousand_refusals_of_a_minute_are_one_line_per_reason_with_its_count(now: Now, caplog: pytest.LogCaptureFixture):
    counted = Counted(now)
    for _ in range(999):
        counted.note("NO_CERTIFICATE")
    counted.note("TOKEN_UNKNOWN")
    now.time += MINUTE - 0.1
    counted.look()
    assert lines(caplog) == []
    now.time += 0.1
    counted.look()
    counted.look()
    assert lines(caplog) == ["999 refusals in the last minute: NO_CERTIFICATE", "1 refusal in the last minute: TOKEN_UNKNOWN"]
    assert {one.levelno for one in caplog.records} == {logging.WARNING}


def test_the_next_minute_begins_with_the_next_refusal(now: Now, caplog: pytest.LogCaptureFixture):
    counted = Counted(now)
    counted.note("NOT_FOUND")
    now.time += 3 * MINUTE
    counted.note("NOT_FOUND")  # tells the minute that is over, and begins another
    assert lines(caplog) == ["1 refusal in the last minute: NOT_FOUND"]
    now.time += MINUTE - 0.1
    counted.note("NOT_FOUND")
    assert len(lines(caplog)) == 1
    counted.flush()
    assert lines(caplog)[1:] == ["2 refusals in the last minute: NOT_FOUND"]
    assert counted.totals == {"NOT_FOUND": 3}


@pytest.mark.parametrize("hostile", ["640200194712210830", "x\n2026 INFO forged", "not_a_name", "A" * 65, ""])
def test_what_is_no_name_of_a_reason_is_counted_and_never_shown(hostile: str, caplog: pytest.LogCaptureFixture):
    counted = Counted()
    counted.note(hostile)
    counted.flush()
    assert lines(caplog) == ["1 refusal in the last minute: OTHER"]


def test_reasons_without_number_take_no_memory_without_number(caplog: pytest.LogCaptureFixture):
    counted = Counted()
    for number in range(10 * MOST_REASONS):
        counted.note(f"REASON_{number}")
    counted.flush()
    assert len(counted.totals) == len(lines(caplog)) == MOST_REASONS + 1
    assert sum(counted.totals.values()) == 10 * MOST_REASONS


def test_refusals_of_many_threads_are_all_counted():
    counted = Counted()

    def flood() -> None:
        for _ in range(2_000):
            counted.note("NOT_FOUND")

    threads = [threading.Thread(target=flood) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert counted.totals == {"NOT_FOUND": 16_000}


def test_the_end_of_a_flood_is_told_without_a_further_refusal_and_a_stop_tells_the_rest(
    now: Now, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    told = threading.Event()

    def hear(_line: logging.LogRecord) -> bool:
        told.set()
        return True

    monkeypatch.setattr(logging.getLogger("hub.counting"), "filters", [hear])
    counted = Counted(now)
    counted.note("NOT_FOUND")
    now.time += MINUTE
    counted.start()
    assert told.wait(LOOK + 5)
    counted.note("NO_CERTIFICATE")
    counted.stop()
    assert lines(caplog) == ["1 refusal in the last minute: NOT_FOUND", "1 refusal in the last minute: NO_CERTIFICATE"]
