"""Verification and the published lists: all of it in memory, for everybody."""

from typing import Final

from hub.errors import NotFoundError
from licenses import status_list, trust_list
from licenses.actions.desk import Desk
from licenses.store import LicenseStore
from licenses.verification import Verdict, verify

LIST_SECONDS: Final = 300
"""How long a signed status list of which nothing changed is given out again."""


class PublicActions(Desk):
    """What anybody can ask."""

    def verify_code(self, text: str) -> tuple[Verdict, str]:
        """Return the verdict on a code and, where the license is suspended or revoked, the issuer's words for it."""
        verdict = verify(text, self._live.trust(), self._live, self._clock.now())
        return verdict, self._live.reason(verdict.status) if verdict.status is not None else ""

    def trust_list(self) -> tuple[bytes, bytes]:
        """Return the signed trust list and the PEM of the key that signs lists; the same list is signed once."""
        trust = self._live.trust()
        known, signed = self._trust_list
        if known is not trust:
            signed = trust_list.encode(trust, self._kid, self._signer.sign)
            self._trust_list = (trust, signed)
        return signed, self._signer.public_pem

    def status_list(self, shard: int) -> tuple[bytes, str]:
        """Return a signed status list and its URI; a shard that was never begun is not found. Made anew at once when a status changed."""
        with self._db.read() as tx:
            newest = LicenseStore(tx, self._box).newest_shard()
        if not 0 <= shard <= newest:
            raise NotFoundError("there is no such status list", zh="状态列表不存在")
        uri = self._uri_of(shard)
        at = int(self._clock.now().timestamp())
        version = self._live.version(shard)  # before the bits: a change in between makes the next list, never an old one under a new number
        known, made, signed = self._status_lists.get(shard, (-1, 0, b""))
        if known != version or not 0 <= at - made < LIST_SECONDS:
            signed = status_list.encode(self._live.bits(shard), uri, self._kid, at, self._signer.sign)
            self._status_lists[shard] = (version, at, signed)
        return signed, uri
