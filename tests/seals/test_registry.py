"""The register's word on a seal, case by case."""

from dataclasses import replace
from datetime import timedelta

import pytest

from seals.model import Seal, SealKind
from seals.registry import Witness, registry_step, witnessed
from seals.report import Report, Result, Step
from tests.seals.desk import CIVIL, NOON

HOUR = timedelta(hours=1)
SEAL = Seal("0" * 26, "64000012345678", SealKind.FINANCE, "民政厅", CIVIL.department, ("a" * 32,), NOON + 99 * HOUR, NOON, seal=b"seal")
ACTIVE = replace(SEAL, activate_time=NOON)
REVOKED = replace(ACTIVE, revoke_time=NOON + 2 * HOUR)
REVOKED_SINCE = Step("signer.revocation", Result.INDETERMINATE, "REVOKED_SINCE", "", "", "")


@pytest.mark.parametrize(
    ("seal", "at", "used", "received", "result", "reason"),
    [
        (None, 1, 1, None, Result.INDETERMINATE, "SEAL_NOT_REGISTERED"),
        (replace(ACTIVE, seal=b"other"), 1, 1, None, Result.INVALID, "SEAL_DIFFERS"),
        (SEAL, 1, 1, None, Result.INVALID, "SEAL_NOT_ACTIVE"),
        (ACTIVE, 1, -1, None, Result.INVALID, "SEAL_NOT_ACTIVE"),
        (ACTIVE, 1, 0, None, Result.VALID, "OK"),
        (REVOKED, 1, 1, None, Result.VALID, "OK"),
        (REVOKED, 2, 2, None, Result.INVALID, "SEAL_REVOKED"),
        (REVOKED, 3, 2, 1, Result.INVALID, "SEAL_REVOKED"),
        (REVOKED, 3, 1, None, Result.INDETERMINATE, "SEAL_REVOKED_SINCE"),
        (REVOKED, 3, 1, 3, Result.INDETERMINATE, "SEAL_REVOKED_SINCE"),
        (REVOKED, 3, 1, 2, Result.VALID_WHEN_SIGNED, "SEAL_REVOKED_SINCE"),
    ],
)
def test_the_register_says_what_a_seal_was_worth_when_it_was_used(seal, at, used, received, result, reason):
    step = registry_step(seal, b"seal", NOON + at * HOUR, NOON + used * HOUR, None if received is None else NOON + received * HOUR)
    assert (step.result, step.reason) == (result, reason)


@pytest.mark.parametrize(
    ("received", "revoked", "result"),
    [
        (1, 2, Result.VALID_WHEN_SIGNED),
        (2, 2, Result.VALID_WHEN_SIGNED),
        (3, 2, Result.INDETERMINATE),
        (None, 2, Result.INDETERMINATE),
        (1, None, Result.INDETERMINATE),
    ],
)
def test_only_what_was_received_before_the_signers_revocation_is_older_than_it(received, revoked, result):
    witness = Witness(*(None if hour is None else NOON + hour * HOUR for hour in (received, revoked)))
    assert witnessed(Report(NOON, (REVOKED_SINCE,)), witness).result is result


def test_a_witness_softens_no_other_step():
    wrong = (replace(REVOKED_SINCE, result=Result.INVALID, reason="REVOKED"), replace(REVOKED_SINCE, name="maker.revocation"))
    report = Report(NOON, wrong)
    assert witnessed(report, Witness(NOON, NOON + HOUR)) == report
