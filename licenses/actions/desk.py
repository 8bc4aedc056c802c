"""What every action about licenses needs: database, log, time, ids, the registry in memory; names, etags, and putting things on record."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from audit.log import AuditLog
from audit.model import Actor, Event, Kind
from hub.access import Caller
from hub.clock import Clock
from hub.db import Database, Tx
from hub.errors import ConflictError, InvalidInputError
from hub.ids import Ids
from hub.resource import revision_of
from hub.signer import Signer
from hub.subject import Subject
from licenses import cose
from licenses.license_type import LicenseTypes
from licenses.live import LiveLicenses
from licenses.model import check_plain
from licenses.store import ContentBox
from licenses.trust_list import TrustList

StampJudge = Callable[[bytes, bytes, str, datetime], None]
"""Raises InvalidInputError unless the stamp (DER) is VALID over these bytes and its seal belongs to the department: (stamp, data, USCC, at)."""

_LONGEST_NAME: Final = 128


class Desk:
    """Shared by all actions about licenses; has no action of its own."""

    def __init__(
        self,
        db: Database,
        log: AuditLog,
        clock: Clock,
        ids: Ids,
        types: LicenseTypes,
        live: LiveLicenses,
        box: ContentBox,
        signer: Signer,
        uri_of: Callable[[int], str],
        judge_stamp: StampJudge,
    ) -> None:
        """Take the registry in memory, the key of stored contents, the hub's list signer and the judge of seals."""
        self._db = db
        self._log = log
        self._clock = clock
        self._ids = ids
        self._types = types
        self._live = live
        self._box = box
        self._signer = signer
        self._uri_of = uri_of
        self._judge_stamp = judge_stamp
        key = load_pem_public_key(signer.public_pem)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise TypeError("the list signer is an ES256 signer")
        self._kid = cose.key_id(key)
        self._trust_list: tuple[TrustList | None, bytes] = (None, b"")
        self._status_lists: dict[int, tuple[int, int, bytes]] = {}

    @property
    def types(self) -> LicenseTypes:
        """Return the license types."""
        return self._types

    def _changed(
        self,
        tx: Tx,
        caller: Caller,
        action: str,
        resource: str,
        officer: str,
        reason: str = "",
        *,
        case_number: str = "",
        subject: Subject | None = None,
    ) -> None:
        self._log.append(
            tx,
            Event(
                kind=Kind.CHANGE,
                at=self._clock.now(),
                action=action,
                actor=Actor(caller.department, caller.system, officer),
                resource=resource,
                case_number=case_number,
                subject=subject,
                reason=reason,
                status="ok",
            ),
        )


def named(value: str, what: str) -> None:
    """Refuse an act for which nobody answers, or that belongs to no case."""
    if not value.strip():
        raise InvalidInputError(
            f"{what} is missing", field=what, zh="缺少经办人或办件编号", next_action=f"send {what}", reason="MISSING_" + what.upper()
        )
    check_plain(value, what, _LONGEST_NAME)


def check_signature(key: ec.EllipticCurvePublicKey, data: bytes, signature: bytes, field: str) -> None:
    """Refuse bytes that are not this key's ES256 signature over the data."""
    if len(signature) != 64 or not cose.verifies(key, signature, data):  # noqa: PLR2004 - ES256, RFC 9053 section 2.1
        raise InvalidInputError(
            "the signature is not the registered key's over these bytes", field=field, zh="签名与登记密钥不符", reason="SIGNATURE_WRONG"
        )


def same(revision: int, etag: str) -> None:
    """Refuse to change what is no longer as the caller read it (AIP-154)."""
    if revision_of(etag) != revision:
        raise ConflictError("somebody changed it in between", zh="数据已被他人修改", next_action="read it again and decide again")
