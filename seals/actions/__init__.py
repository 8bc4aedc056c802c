"""What a caller can do about seals: one door over signers' certificates, the register, stamps and verification."""

from seals.actions.posting import PostingOfSeals
from seals.actions.register import RegisterActions
from seals.actions.signers import SignerActions
from seals.actions.stamps import StampActions
from seals.actions.trusts import TrustActions

__all__ = ["SealActions"]


class SealActions(SignerActions, RegisterActions, StampActions, TrustActions, PostingOfSeals):
    """All actions of the seals: SealActions(kit, office, font)."""

    @property
    def ca_pem(self) -> str:
        """Return the certificate of the SM2 CA, PEM."""
        return self._office.ca_pem

    @property
    def maker_pem(self) -> str:
        """Return the certificate of the seal maker, PEM."""
        return self._office.maker_pem
