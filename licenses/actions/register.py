"""What the actions about licenses share beside the kit: the register, and how licenses and keys are found in it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from hub.signer import Signer
from hub.unit_of_work import Actions, Aim, Kit
from licenses.identifier import identifier_of
from licenses.license_type import LicenseTypes
from licenses.live import STATUS, LiveLicenses
from licenses.model import License
from licenses.predecessors import Predecessors
from licenses.reasons.issuing import SIGNATURE_WRONG
from licenses.store import ContentBox, IssuingKeyStore, LicenseStore
from shuniu.codes.es256 import verifies_es256
from shuniu.words import Word

StampJudge = Callable[[bytes, bytes, str, datetime], None]
"""Raises InvalidInputError unless the stamp (DER) is VALID over these bytes and its seal belongs to the department: (stamp, data, USCC, at)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseRegister:
    """License types, the registry in memory, the key of stored contents, the hub's list signer (ES256), the judge of seals, ended issuers."""

    types: LicenseTypes
    live: LiveLicenses
    box: ContentBox
    signer: Signer
    judge_stamp: StampJudge
    predecessors: Predecessors = field(default_factory=Predecessors)
    obstacle: Word | None = None
    """Why nobody would find the lists at the address that stands in each license; None where they are found."""


class ActionsOnLicenses(Actions):
    """Shared by all actions about licenses; has no action of its own."""

    def __init__(self, kit: Kit, register: LicenseRegister) -> None:
        """Take the kit and the register."""
        super().__init__(kit)
        self._register = register
        self._licenses: Final = Aim(
            store=lambda tx: LicenseStore(tx, register.box),
            id_of=identifier_of,
            topic=STATUS,
            admit=License.check_issuer,
            # looking for a number in force and writing it are two statements: of two requests at once, the second waits
            lock=lambda tx, caller: IssuingKeyStore(tx).lock(caller.department),
        )

    @property
    def types(self) -> LicenseTypes:
        """Return the license types."""
        return self._register.types


def check_signature(key: ec.EllipticCurvePublicKey, data: bytes, signature: bytes, field: str) -> None:
    """Refuse bytes that are not this key's ES256 signature over the data."""
    if not verifies_es256(key, signature, data):
        raise SIGNATURE_WRONG(field=field)
