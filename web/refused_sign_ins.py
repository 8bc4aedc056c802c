"""Which refusals are those of somebody who tries to sign in, or to prove once more who is there."""

from typing import Final

from certs.federation import PROVIDER
from certs.reasons import IDENTITY_INCOMPLETE, IDENTITY_NO_OFFICER, IDENTITY_REFUSED, LOGIN_LINK_INVALID, PASSKEY_REFUSED
from certs.sign_in import LINK, PASSKEY
from web.reasons import IDENTITY_PROVIDER_FAILED

FAILURES: Final = (
    (LINK, LOGIN_LINK_INVALID.name),
    (PASSKEY, PASSKEY_REFUSED.name),
    (PROVIDER, IDENTITY_REFUSED.name),
    (PROVIDER, IDENTITY_INCOMPLETE.name),
    (PROVIDER, IDENTITY_NO_OFFICER.name),
    (PROVIDER, IDENTITY_PROVIDER_FAILED.name),
)
"""By which means somebody tried, and the reason that was told."""
REASONS: Final = frozenset(reason for _, reason in FAILURES)
