"""Mandates in memory: what stays holds while it is read anew, and what could not be read holds no more."""

from datetime import timedelta

import pytest

from certs.mandates import TOPIC, Mandates
from certs.model import Mandate
from hub.errors import UnavailableError
from tests.certs.hall import CIVIL, NOON

STEP = "ActivateSeal"


def a_mandate(identifier: str = "1") -> Mandate:
    return Mandate(
        id=identifier,
        department=CIVIL,
        system="case-office",
        steps=(STEP,),
        lead="0001",
        create_time=NOON,
        expire_time=NOON + timedelta(days=30),
        reason="seals are activated at night",
    )


def test_a_mandate_that_stays_holds_while_the_mandates_of_its_department_are_read_anew():
    seen: list[str] = []

    def load_one(department: str) -> list[Mandate]:
        seen.append(known.covering(department, "case-office", STEP, NOON))  # what another call is told at this moment
        return [a_mandate()]

    known = Mandates(load_one, lambda: [a_mandate()])
    known.reload(TOPIC, CIVIL)
    known.reload(TOPIC, CIVIL)  # the own change, and the same heard from the database
    assert seen == ["mandates/1", "mandates/1"]
    assert known.covering(CIVIL, "case-office", STEP, NOON) == "mandates/1"


def test_mandates_that_cannot_be_read_after_a_change_hold_no_more():
    def load_one(department: str) -> list[Mandate]:
        message = "the database does not answer"
        raise UnavailableError(message)

    known = Mandates(load_one, lambda: [a_mandate()])
    with pytest.raises(UnavailableError):
        known.reload(TOPIC, CIVIL)
    assert known.covering(CIVIL, "case-office", STEP, NOON) == ""
