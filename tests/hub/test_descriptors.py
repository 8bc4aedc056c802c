"""Doors never take the descriptors that the hub needs for itself, however few a process may have."""

import logging
import subprocess
import sys

import pytest

from hub.descriptors import RESERVE, allowed, fitting, wanted
from hub.limits import Limits

USUAL = Limits()


def taken(limits: Limits) -> int:
    return wanted(limits) - RESERVE


def test_where_there_are_enough_the_limits_are_what_was_configured(caplog: pytest.LogCaptureFixture):
    assert fitting(USUAL, wanted(USUAL)) is USUAL
    assert not caplog.records


@pytest.mark.parametrize("descriptors", [4, 64, 256, 1_024, 4_096, wanted(USUAL) - 1])
def test_where_there_are_few_each_door_gives_up_its_part_and_the_log_says_so(descriptors: int, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        fitted = fitting(USUAL, descriptors)
    assert taken(fitted) <= max(descriptors - min(RESERVE, descriptors // 2), 3)
    assert fitted.member_connections >= fitted.public_connections >= fitted.connections_per_address >= 1
    assert str(fitted.member_connections) in caplog.text
    assert len(caplog.records) == 1


def test_what_is_not_about_connections_stays_as_it_was():
    fitted = fitting(Limits(strangers_at_once=7, handshake_seconds=3.0), 256)
    assert (fitted.strangers_at_once, fitted.handshake_seconds) == (7, 3.0)


def test_a_process_takes_what_the_machine_allows_it():
    shown = "import resource; from hub.descriptors import allowed, raise_limit; raise_limit(); print(allowed())"
    command = ["sh", "-c", 'ulimit -Sn 100; ulimit -Hn 300; exec "$@"', "sh", sys.executable, "-c", shown]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == "300"
    assert allowed() > 300
