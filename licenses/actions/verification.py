"""Verification and the published lists, for everybody: from memory, once the index of issued codes is loaded."""

from dataclasses import replace
from typing import Final

from hub.unit_of_work import Kit
from licenses.actions.register import ActionsOnLicenses, LicenseRegister
from licenses.filling import IndexFilling
from licenses.live import KEYS
from licenses.reasons.issuing import NO_SUCH_STATUS_LIST
from licenses.store import LicenseStore, licenses
from shuniu.codes import cose, status_list, trust_list
from shuniu.codes.trust_list import TrustList
from shuniu.codes.verification import Verdict, verify

LIST_SECONDS: Final = 300
"""How long a signed status list of which nothing changed is given out again."""


class PublicActions(ActionsOnLicenses):
    """What anybody can ask."""

    def __init__(self, kit: Kit, register: LicenseRegister) -> None:
        """Take the kit and the register; no list is signed yet."""
        super().__init__(kit, register)
        self._kid = cose.key_id(cose.public_key_from_der(register.signer.public_der))
        self._trust_list: tuple[TrustList | None, bytes] = (None, b"")
        self._status_lists: dict[int, tuple[int, int, bytes]] = {}

    def verify_code(self, text: str) -> Verdict:
        """Return the verdict on a code. What is not in memory is asked of the database, so the event loop calls `verify_loaded`."""
        live = self._register.live
        return self._with_issuer(verify(text, live.trust(), live.asking, self._clock.now()))

    def verify_loaded(self, text: str) -> Verdict:
        """Return the verdict on a code from memory alone; raise NotLoadedError where its status list is not in memory yet."""
        live = self._register.live
        return self._with_issuer(verify(text, live.trust(), live, self._clock.now()))

    def _with_issuer(self, verdict: Verdict) -> Verdict:
        """Return a verdict that says what became of the issuer; it stays what it is: what was issued in order is in order."""
        passed = self._register.predecessors.find(verdict.issuer)
        # under its own name: what the trust list says behind it for verifiers offline stands in a field of its own here
        return verdict if passed is None else replace(verdict, department=passed.predecessor_title, issued_by_predecessor=passed)

    def reload_row(self, name: str) -> None:
        """Follow an operator who bound a row (TABLE/KEY) as it stands: what was left out because of it counts again."""
        table, _, key = name.partition("/")
        if table == licenses.name:
            self._register.live.read_again(key)
        else:
            self._register.live.reload(KEYS, key)

    def filling(self) -> IndexFilling:
        """Return what loads the index of issued codes behind the start."""
        return IndexFilling(self._register.live)

    def trust_list(self) -> tuple[bytes, bytes]:
        """Return the signed trust list and the PEM of the key that signs lists; the same list is signed once."""
        trust, signer = self._register.live.trust(), self._register.signer
        last, signed = self._trust_list
        if last is not trust:
            signed = trust_list.encode(trust, self._kid, signer.sign)
            # one assignment: another thread never sees a list beside the signature of another one
            self._trust_list = (trust, signed)
        return signed, signer.public_pem

    def status_list(self, shard: int) -> tuple[bytes, str]:
        """Return a signed status list and its URI; a shard that was never begun is not found. Made anew at once when a status changed."""
        live = self._register.live
        with self._db.read() as tx:
            newest = LicenseStore(tx, self._register.box).newest_shard()
        if not 0 <= shard <= newest:
            raise NO_SUCH_STATUS_LIST()
        uri = live.uri_of(shard)
        at = int(self._clock.now().timestamp())
        version = live.version(shard)  # before the bits: a change in between makes the next list, never an old one under a new number
        last_version, last_at, signed = self._status_lists.get(shard, (-1, 0, b""))
        # also where the clock was set back: a list signed in the future would be refused
        if last_version != version or not 0 <= at - last_at < LIST_SECONDS:
            signed = status_list.encode(live.bits(shard), uri, self._kid, at, self._register.signer.sign)
            self._status_lists[shard] = (version, at, signed)
        return signed, uri
