"""The trust in seals of other makers: the authority puts it in a CA and removes it again. Both hold from the next verification on."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from hub.resource import id_of
from hub.unit_of_work import Change, Step
from seals.actions.office import OfficeActions, with_officer
from seals.model import MOST_TRUSTS, SealTrust, TrustWish
from seals.reasons import TOO_MANY_TRUSTS, TRUST_EXISTS, TRUST_OF_OWN_NAME
from seals.store import SealTrustStore
from shuniu import pem
from shuniu.seals.certificate import Sm2Certificate, read_certificate
from shuniu.seals.names import comparable
from shuniu.sm2 import sm3

_PEM_HEAD: Final = b"-----BEGIN "


class TrustActions(OfficeActions):
    """Adding to and removing from the CAs of other makers, and showing them."""

    def add_seal_trust(self, step: Step, title: str, certificate: bytes) -> SealTrust:
        """Trust the CA of another maker of seals (a certificate in DER or PEM), for a stated reason."""
        step, read = with_officer(step), _read(certificate)
        # revocations of this hub's own certificates are known by their issuer's name, so nobody else may bear it
        if comparable(read.subject_raw) == comparable(self._office.ca_subject):
            raise TRUST_OF_OWN_NAME(field="certificate")
        with self._db.begin() as tx:
            tx.hold("seal trusts")  # counting and writing are two statements
            store, now = SealTrustStore(tx), self._clock.now()
            trust = TrustWish(title=title, certificate=read).trust(self._ids.new(now), step.reason, now)
            known = store.in_force()
            if any(one.certificate == trust.certificate for one in known):
                raise TRUST_EXISTS(field="certificate")
            if len(known) >= MOST_TRUSTS:
                raise TOO_MANY_TRUSTS(most=MOST_TRUSTS)
            store.insert(trust)
            change = _change("seals.AddSealTrust", step, trust, now)
            told = {"title": trust.title, "subject": read.subject.common_name}
            self._journal.write(tx, replace(change, reason=trust.reason, digest=sm3(trust.certificate), detail=told))
        return trust

    def remove_seal_trust(self, step: Step) -> SealTrust:
        """Remove a trust: when this returns, no report rests on it any more."""
        step, trust_id = with_officer(step), id_of(step.name, "sealTrusts")
        with self._db.begin() as tx:
            store, now = SealTrustStore(tx), self._clock.now()
            after = store.get(trust_id).remove(step.reason, now)
            store.remove(after)
            self._journal.write(tx, replace(_change("seals.RemoveSealTrust", step, after, now), reason=after.remove_reason))
        return after

    def list_seal_trusts(self) -> tuple[SealTrust, ...]:
        """Return the trusts in force, the oldest first."""
        with self._db.read() as tx:
            return SealTrustStore(tx).in_force()


def _change(action: str, step: Step, trust: SealTrust, at: datetime) -> Change:
    return Change(at=at, action=action, actor=step.caller, officer=step.officer, resource=trust.name)


def _read(certificate: bytes) -> Sm2Certificate:
    if certificate.lstrip().startswith(_PEM_HEAD):
        certificate = pem.unarmor(certificate, "CERTIFICATE") or b""
    return read_certificate(certificate)
