"""How a draft becomes a license with the bytes that the department signs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.clock import day_in_china
from licenses.license_type import LicenseType, holder_short
from licenses.model import Draft, License, end_of
from shuniu.codes import code
from shuniu.codes.identifier import LicenseIdentifier
from shuniu.codes.status_list import StatusReference

SERIAL_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SERIAL_CHARACTERS: Final = 12  # 62 bits at random: a serial number does not tell how many licenses there are


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What the hub adds to a draft: who issues it and when, its serial number, its place in a status list and in the issuer's list."""

    issuer: str
    issuer_title: str
    at: datetime
    serial: str
    seq: str
    shard: int
    status: StatusReference

    def license_of(self, kind: LicenseType, draft: Draft) -> License:
        """Return the license in draft; its term is checked against the type, its public part against what a code may hold."""
        today = day_in_china(self.at)
        first, last = kind.term_of(draft, today)
        identifier = LicenseIdentifier.build(kind.code, self.issuer, self.serial)
        holder = draft.holders[0]
        claims = code.CodeClaims(
            issuer=self.issuer,
            identifier=identifier,
            issued_at=int(self.at.timestamp()),
            expires_at=None if last is None else int(end_of(last).timestamp()),
            status=self.status,
            number=draft.number,
            name=kind.zh,
            holder_short=holder_short(holder.title, holder.code_type),
            issue_date=today,
            public=code.public_map(kind.public_of(draft.fields)),
        )
        unsigned = code.prepare(claims, draft.kid)
        return License(
            identifier=str(identifier),
            license_type=kind.code,
            number=draft.number,
            issuer=self.issuer,
            issuer_title=self.issuer_title,
            issue_date=today,
            valid_from=first,
            valid_to=last,
            holders=draft.holders,
            fields=dict(draft.fields),
            kid=draft.kid,
            protected=unsigned.protected,
            payload=unsigned.payload,
            status_shard=self.shard,
            status_index=self.status.index,
            status_uri=self.status.uri,
            create_time=self.at,
            seq=self.seq,
        )
