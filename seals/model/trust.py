"""Whose seals count beside this hub's own: the CAs of other makers that the authority put its trust in."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from seals.model.texts import SealReason, TrustTitle
from seals.reasons import TRUST_EXPIRED, TRUST_NO_CA, TRUST_REMOVED
from shuniu.seals.certificate import Sm2Certificate

MOST_TRUSTS: Final = 64
"""CAs of others in force at one time: a chain is looked for among all of them, for everybody who asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealTrust:
    """A CA certificate (DER) that chains of foreign seals may end at, until the authority removes it.

    A chain ends at it wherever it stands: the issuing CA of a maker will do, no root above it is asked for.
    """

    id: str
    title: str
    certificate: bytes
    create_time: datetime
    reason: str
    remove_time: datetime | None = None
    remove_reason: str = ""

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"sealTrusts/{self.id}"

    def remove(self, reason: str, at: datetime) -> "SealTrust":
        """Return the trust ended for a stated reason; it ends once."""
        if self.remove_time is not None:
            raise TRUST_REMOVED()
        return replace(self, remove_time=at, remove_reason=SealReason(reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustWish:
    """The CA that is to be trusted, as the authority names it."""

    title: str
    certificate: Sm2Certificate

    def trust(self, trust_id: str, reason: str, at: datetime) -> SealTrust:
        """Return the trust: in a CA in term whose key can be used here."""
        if not self.certificate.ca:
            raise TRUST_NO_CA(field="certificate")
        if at > self.certificate.not_after:
            raise TRUST_EXPIRED(field="certificate")
        _ = self.certificate.public_key  # refuses a key of another kind
        why = SealReason(reason)
        return SealTrust(id=trust_id, title=TrustTitle(self.title), certificate=self.certificate.raw, create_time=at, reason=why)
