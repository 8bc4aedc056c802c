"""What departments, the authority and passers-by can do with licenses. The hub never holds a department's key: it prepares, the department signs."""

from licenses.actions.desk import StampJudge
from licenses.actions.issuing import FULL, IssuingActions
from licenses.actions.keys import PROOF, KeyActions
from licenses.actions.verification import PublicActions

__all__ = ["FULL", "PROOF", "LicenseActions", "StampJudge"]


class LicenseActions(KeyActions, IssuingActions, PublicActions):
    """Keys, licenses, lists and verification of one hub: LicenseActions(db, log, clock, ids, types, live, box, signer, uri_of, judge_stamp)."""
