"""From a provider's messages to the parts that leave: cleaned, numbered, each with the token that resumes behind it."""

import hashlib
from dataclasses import dataclass

from audit.model import Receipt
from exchange.forms import CallSum, Form
from exchange.frames import CleanFrame, FrameSieve
from exchange.steps import CLEAN
from exchange.stream_permit import StreamPermission
from exchange.stream_places import MOST_CURSOR, PlaceBook, StreamPlace
from exchange.stream_reasons import FRAME_CURSOR, FRAME_UNREADABLE
from exchange.stream_wire import ProviderEnd, provider_part
from shuniu.digest import answer_digest


@dataclass(frozen=True, slots=True)
class Frame:
    """A part that is ready to leave; `digest` is the salted digest of the call up to its end."""

    part: bytes
    size: int
    first: int
    rows: int
    digest: bytes


class FrameMaker:
    """Makes frames of a provider's messages, one after the other, in threads; counts rows, and goes on with the digest."""

    def __init__(self, sieve: FrameSieve, permission: StreamPermission, places: PlaceBook, salt: bytes, form: Form) -> None:
        """Take what passes, for whom and from where on, what makes tokens, the salt of the call's digest, and how parts are written."""
        self._sieve, self._permission, self._places, self._form = sieve, permission, places, form
        self._hash, self._salt = hashlib.sha256(sieve.schema), salt
        self._names = [field.name for field in permission.fields]
        self.row = permission.place.row
        self.outside = 0

    @property
    def digest(self) -> bytes:
        """Return the salted digest of the schema and all frames so far."""
        return answer_digest(self._hash.digest(), self._salt)

    def head(self) -> bytes:
        """Return the part before all rows, nothing where there is none; its token begins where this call does."""
        return self._form.head(self._sieve.schema, self._places.token_of(self._permission.live, self._names, self._permission.place))

    def end(self, rows: int, size: int, receipt: Receipt) -> bytes:
        """Return the last part."""
        return self._form.end(CallSum(rows, size, self._hash.digest(), self.digest, self._salt), receipt)

    def frame(self, message: bytes) -> Frame | ProviderEnd | None:
        """Return the next frame, what ends the stream, or None for a batch of which nothing is left."""
        live = self._permission.live
        part = provider_part(message)
        if part is None:
            raise FRAME_UNREADABLE(step=CLEAN.place, provider=live.provider)
        if isinstance(part, ProviderEnd):
            return part
        if not 0 < len(part.cursor) <= MOST_CURSOR:
            raise FRAME_CURSOR(step=CLEAN.place, provider=live.provider)
        cleaned: CleanFrame = self._sieve.clean(part.data)
        self.outside += cleaned.outside
        if not cleaned.rows:
            return None
        self._hash.update(cleaned.data)
        first, self.row = self.row, self.row + cleaned.rows
        token = self._places.token_of(live, self._names, StreamPlace(part.cursor, self.row))
        return Frame(self._form.frame(cleaned.data, first, cleaned.rows, token), len(cleaned.data), first, cleaned.rows, self.digest)
