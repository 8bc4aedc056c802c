"""What officers write about licenses and keys, by the refusals that their callers know."""

from hub.wording import CaseNumber, Guard, Officer, Reasons, RequestId, Text
from licenses.reasons.issuing import CASE_NUMBER_MISSING, NUMBER_MISSING, OFFICER_MISSING, PERSONAL_DATA_IN_TEXT


class LicenseOfficer(Officer):
    """经办人 of a step on a license or a key."""

    absent, in_clear = OFFICER_MISSING, PERSONAL_DATA_IN_TEXT


class LicenseCase(CaseNumber):
    """办件编号 of the case in which a license is prepared."""

    absent, in_clear = CASE_NUMBER_MISSING, PERSONAL_DATA_IN_TEXT


class LicenseRequestId(RequestId):
    """请求编号 of a request to prepare a license."""

    in_clear = PERSONAL_DATA_IN_TEXT


class LicenseReason(Reasons):
    """Why a license or a key is suspended, resumed or revoked; whoever verifies the license reads it, on one line."""

    cap = 500  # what the columns of licenses and keys hold
    several_lines = False
    in_clear = PERSONAL_DATA_IN_TEXT


class LicenseNumber(Text):
    """ZZBH, the number for humans. It is printed as it is spelled (宁〔2026〕1号), so brackets and full-width signs stay."""

    field, cap, guard = "number", 64, Guard.WHOLE
    absent, in_clear = NUMBER_MISSING, PERSONAL_DATA_IN_TEXT
