"""The register's word on a seal, case by case."""

from dataclasses import replace
from datetime import timedelta

import pytest

from seals.model import Seal
from seals.registry import Witness, registry_step, use_step, weigh
from shuniu.seals.report import Report, ReportStep, Result
from tests.seals.desk import NOON
from tests.seals.things import a_seal, a_stamp

HOUR = timedelta(hours=1)
SEAL: Seal = a_seal(valid_to=NOON + 99 * HOUR, seal=b"seal")
ACTIVE = replace(SEAL, activate_time=NOON)
REVOKED = replace(ACTIVE, revoke_time=NOON + 2 * HOUR)
REVOKED_SINCE = ReportStep("signer.revocation", Result.INDETERMINATE, "REVOKED_SINCE", "", "", "")


def a_use(received):
    """A use of which the signature came so many hours after noon; None: it never came."""
    return a_stamp(complete_time=None if received is None else NOON + received * HOUR)


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
    witness = Witness(seal=seal, use=a_use(received))
    step = registry_step(witness, b"seal", NOON + at * HOUR, NOON + used * HOUR)
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
    witness = Witness(use=a_use(received), signer_revoke_time=None if revoked is None else NOON + revoked * HOUR)
    assert weigh(Report(NOON, (REVOKED_SINCE,)), witness).result is result


def test_a_witness_softens_no_other_step():
    wrong = (replace(REVOKED_SINCE, result=Result.INVALID, reason="REVOKED"), replace(REVOKED_SINCE, name="maker.revocation"))
    report = Report(NOON, wrong)
    assert weigh(report, Witness(use=a_use(0), signer_revoke_time=NOON + HOUR)) == report


@pytest.mark.parametrize(
    ("use", "ended", "result", "reason"),
    [
        (None, None, Result.INDETERMINATE, "USE_NOT_RECORDED"),
        (None, 2, Result.INDETERMINATE, "USE_NOT_RECORDED"),
        (a_use(None), None, Result.VALID, "OK"),
        (a_use(None), 2, Result.INDETERMINATE, "USE_NOT_RECORDED"),
        (a_use(1), 2, Result.VALID, "OK"),
        (a_use(2), 2, Result.VALID, "OK"),
        (a_use(3), 2, Result.INDETERMINATE, "USE_NOT_RECORDED"),
    ],
)
def test_a_use_counts_where_this_hub_recorded_it_and_after_an_expiry_where_it_was_received_before(use, ended, result, reason):
    step = use_step(Witness(use=use), None if ended is None else NOON + ended * HOUR)
    assert (step.name, step.result, step.reason) == ("registry.use", result, reason)
