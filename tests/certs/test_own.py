"""The hub's own certificate is renewed while the hub runs, and what cannot be renewed is told in time."""

import logging
from datetime import timedelta

import pytest

from certs.ca import CA_LIFETIME
from certs.own import OwnCertificate
from hub.clock import StoppedClock
from tests.certs.hall import NOON, an_authority

DAY = timedelta(days=1)
NAMES = ("hub.example", "localhost")


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(NOON)


def an_own(folder, clock) -> OwnCertificate:
    return OwnCertificate(an_authority(folder, clock), NAMES, clock.now())


@pytest.mark.parametrize("started", [0, 240])
def test_a_hub_that_runs_for_three_years_always_shows_a_certificate_that_is_good_for_months(tmp_path, clock, started):
    an_own(tmp_path, clock)
    clock.advance(started * DAY)
    own = an_own(tmp_path, clock)
    shown = {own.shown.certificate_pem}
    for _ in range(3 * 365):
        clock.advance(DAY)
        own.look(clock.now())
        assert own.seconds_left(clock.now())["hub-server"] > 120 * DAY.total_seconds()
        shown.add(own.shown.certificate_pem)
    assert len(shown) in {5, 6}


@pytest.mark.parametrize("day", [364, 366])
def test_a_hub_that_was_not_looked_at_for_a_year_has_a_new_one_at_the_next_look(tmp_path, clock, day):
    own = an_own(tmp_path, clock)
    before = own.shown
    own.look(clock.now())
    assert own.shown is before
    clock.advance(day * DAY)
    own.look(clock.now())
    assert own.shown.not_after > clock.now() + 364 * DAY
    assert own.shown.key_pem == before.key_pem


def test_a_renewal_that_fails_is_tried_again_and_told_once_a_day(tmp_path, clock, caplog, monkeypatch):
    own = an_own(tmp_path, clock)
    before = own.shown

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    clock.advance(300 * DAY)
    with monkeypatch.context() as broken, caplog.at_level(logging.WARNING):
        broken.setattr("certs.ca._write", full)
        for _ in range(3):
            own.look(clock.now())
        assert own.shown is before
        assert [record.message for record in caplog.records if "could not be renewed (OSError)" in record.message] == [caplog.records[0].message]
        clock.advance(40 * DAY)
        own.look(clock.now())
    told = [record.message for record in caplog.records]
    assert len([one for one in told if "could not be renewed" in one]) == 2
    assert len([one for one in told if "CERTIFICATE_ENDS" in one and "hub-server" in one]) == 1
    own.look(clock.now())
    assert own.shown is not before


def test_the_end_of_the_ca_is_told_a_year_ahead_and_ends_the_renewals(tmp_path, clock, caplog):
    own = an_own(tmp_path, clock)
    clock.advance(CA_LIFETIME - 366 * DAY)
    with caplog.at_level(logging.WARNING):
        own.look(clock.now())
        assert not caplog.records
        clock.advance(2 * DAY)
        own.look(clock.now())
        own.look(clock.now())
    assert [record.message for record in caplog.records] == [caplog.records[0].message]
    assert "the certificate ca of this hub ends 2036-03-01" in caplog.records[0].message
    # The last one ends with the CA: another would end no later, however little is left.
    clock.advance(300 * DAY)
    own.look(clock.now())
    last = own.shown
    clock.advance(60 * DAY)
    own.look(clock.now())
    assert own.shown is last
