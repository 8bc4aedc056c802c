"""A license, an issuing key, and what may happen to them. Pure: values in, values out; time comes in as `at`."""

from licenses.model.issuing_key import (
    ISSUING_KEY_PROCEDURE,
    LONGEST_WINDOW,
    NEXT_KEY,
    USUAL_WINDOW,
    IssuingKey,
    KeyRegistration,
    KeyState,
    KeyStep,
)
from licenses.model.license import DOMAINS, LICENSE_PROCEDURE, NEXT, ORGANISATION, PERSON, Draft, Holder, License, LicenseState, LicenseStep, end_of
from licenses.model.texts import LicenseCase, LicenseNumber, LicenseOfficer, LicenseReason, LicenseRequestId

__all__ = [
    "DOMAINS",
    "ISSUING_KEY_PROCEDURE",
    "LICENSE_PROCEDURE",
    "LONGEST_WINDOW",
    "NEXT",
    "NEXT_KEY",
    "ORGANISATION",
    "PERSON",
    "USUAL_WINDOW",
    "Draft",
    "Holder",
    "IssuingKey",
    "KeyRegistration",
    "KeyState",
    "KeyStep",
    "License",
    "LicenseCase",
    "LicenseNumber",
    "LicenseOfficer",
    "LicenseReason",
    "LicenseRequestId",
    "LicenseState",
    "LicenseStep",
    "end_of",
]
