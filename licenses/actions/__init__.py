"""What departments, the authority and passers-by can do with licenses. The hub never holds a department's key: it prepares, the department signs."""

from licenses.actions.issuing import IssuingActions
from licenses.actions.keys import PROOF, KeyActions
from licenses.actions.register import LicenseRegister, StampJudge
from licenses.actions.verification import PublicActions

__all__ = ["PROOF", "LicenseActions", "LicenseRegister", "StampJudge"]


class LicenseActions(KeyActions, IssuingActions, PublicActions):
    """Keys, licenses, lists and verification of one hub."""
