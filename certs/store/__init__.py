"""Where departments, systems, certificates, enrolment tokens and logins live, and what the in-memory identities are loaded from."""

from certs.store.certificates import CertificateStore
from certs.store.departments import DepartmentStore, live_roll
from certs.store.logins import LoginStore, forget_logins
from certs.store.mandates import MandateStore, live_mandates
from certs.store.officers import OfficerStore, duties_of, live_roster
from certs.store.passkeys import PasskeyStore, forget_challenges
from certs.store.people import PersonalRow, PersonStore
from certs.store.successions import SuccessionStore
from certs.store.systems import SystemStore, live_identities, loaders
from certs.store.tables import enrollment_tokens
from certs.store.tokens import TokenStore, forget_tokens
from certs.store.unknown_numbers import UnknownNumberStore, forget_unknown_numbers, keep_unknown_numbers

__all__ = [
    "CertificateStore",
    "DepartmentStore",
    "LoginStore",
    "MandateStore",
    "OfficerStore",
    "PasskeyStore",
    "PersonStore",
    "PersonalRow",
    "SuccessionStore",
    "SystemStore",
    "TokenStore",
    "UnknownNumberStore",
    "duties_of",
    "enrollment_tokens",
    "forget_challenges",
    "forget_logins",
    "forget_tokens",
    "forget_unknown_numbers",
    "keep_unknown_numbers",
    "live_identities",
    "live_mandates",
    "live_roll",
    "live_roster",
    "loaders",
]
