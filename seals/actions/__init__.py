"""What a caller can do about seals: one door over signers' certificates, the register, stamps and verification."""

from datetime import datetime

from hub.errors import InvalidInputError
from hub.sm2 import sm3
from seals.actions.register import RegisterActions
from seals.actions.signers import SignerActions
from seals.actions.stamps import StampActions, check_report
from seals.store import SealStore

__all__ = ["SealActions"]


class SealActions(SignerActions, RegisterActions, StampActions):
    """All actions of the seals: SealActions(db, log, clock, ids, office, font)."""

    @property
    def ca_pem(self) -> str:
        """Return the certificate of the SM2 CA, PEM."""
        return self._office.ca_pem

    @property
    def maker_pem(self) -> str:
        """Return the certificate of the seal maker, PEM."""
        return self._office.maker_pem

    def judge(self, stamp: bytes, data: bytes, owner: str, at: datetime) -> None:
        """Raise InvalidInputError unless the stamp is plainly VALID over `data` at `at` and its seal belongs to the department `owner`."""
        examination = self.verify_stamp(stamp, sm3(data), at)
        check_report(examination.report)
        with self._db.read() as tx:
            seal = SealStore(tx).registered(examination.es_id)
        if seal is None or seal.owner != owner:
            raise InvalidInputError("the seal is another department's", field="stamp", zh="该印章不属于颁发机构", reason="SEAL_OF_OTHER_OWNER")
