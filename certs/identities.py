"""Who is behind a certificate, from memory: every call passes here, so a revocation also ends what open connections may do."""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography import x509

from certs.ca import Identity, fingerprint_of, parse_identity, serial_of
from certs.model import Certificate, Status, System
from hub.access import Caller
from hub.clock import Clock
from hub.errors import NotSignedInError, UnavailableError

log = logging.getLogger(__name__)
TOPIC: Final = "identities"
MOST_REMEMBERED: Final = 10_000
LARGEST_PEM: Final = 32 * 1024


@dataclass(frozen=True, slots=True)
class Presented:
    """What a certificate says of itself; a fact of its bytes, so it may be remembered for ever."""

    serial: str
    fingerprint: str
    identity: Identity


@dataclass(frozen=True, slots=True)
class _Known:
    """A registered certificate and whom to take its bearer for."""

    certificate: Certificate
    identity: Identity
    caller: Caller


class Identities:
    """The registered systems and certificates of one hub, in memory. Reading takes no lock; changes come through `reload`."""

    def __init__(self, clock: Clock, hub: str, load_one: Callable[[str], System | None], load_all: Callable[[], Iterable[System]]) -> None:
        """Take the clock, the hub's short name and the two loaders (one system by resource name; all); loads everything at once."""
        self._clock, self._hub = clock, hub
        self._load_one, self._load_all = load_one, load_all
        self._lock = threading.Lock()
        self._stale: set[str] = set()
        self._systems: dict[str, System] = {}
        self._known: dict[str, _Known] = {}
        self._presented = lru_cache(MOST_REMEMBERED)(read_certificate)
        self.load_all()

    def identify(self, pem: bytes) -> Caller:
        """Return who shows this certificate; raise NotSignedInError saying what is wrong with it, at this moment."""
        if self._stale:
            self._catch_up()
        presented = self._presented(pem)
        known = self._known.get(presented.serial)
        if known is None or known.certificate.fingerprint != presented.fingerprint or known.identity != presented.identity:
            raise _unknown(presented, self._hub)
        certificate, now = known.certificate, self._clock.now()
        if certificate.revoke_time is None and certificate.not_before <= now <= certificate.not_after:  # `status`, without its call: hot
            return known.caller
        raise _worthless(certificate, certificate.status(now))

    def endpoint(self, department: str, system: str) -> str:
        """Return the host:port at which a system serves, empty when it serves nothing or is not known."""
        found = self._systems.get(f"departments/{department}/systems/{system}")
        return found.endpoint if found else ""

    def trusted(self, department: str, system: str) -> bytes:
        """Return the certificates of a system that are valid now, PEM, empty when there are none.

        As `root_certificates` of a gRPC channel they let in this very system and nobody else of the same CA: gRPC's clients look at host
        names only and never at the URI. Dial anew when the answer changes.
        """
        found, now = self._systems.get(f"departments/{department}/systems/{system}"), self._clock.now()
        return b"".join(one.pem.encode() for one in found.certificates if one.status(now) is Status.VALID) if found else b""

    def reload(self, topic: str, key: str) -> None:
        """Follow a change of `identities`; `key` is a system's resource name. What cannot be loaded now is loaded before the next call."""
        if topic != TOPIC:
            return
        try:
            self._follow(key)
        except UnavailableError:
            log.warning("identities could not be read after a change; no caller is let in until they are")

    def load_all(self) -> None:
        """Load every system anew."""
        with self._lock:
            systems = {system.name: system for system in self._load_all()}
            self._known = {serial: known for system in systems.values() for serial, known in self._of(system)}
            self._systems = systems
            self._stale = set()

    def _follow(self, key: str) -> None:
        """Load one system anew. One at a time, or an old view loaded by a slower thread could bury a revocation."""
        with self._lock:
            try:
                system = self._load_one(key)
            except BaseException:
                self._stale.add(key)
                raise
            self._place(key, system)
            self._stale.discard(key)

    def _place(self, key: str, system: System | None) -> None:
        before = self._systems.get(key)
        after = dict(self._of(system)) if system else {}
        self._known.update(after)
        for certificate in before.certificates if before else ():
            if certificate.serial not in after:
                self._known.pop(certificate.serial, None)
        if system:
            self._systems[key] = system
        else:
            self._systems.pop(key, None)

    def _of(self, system: System) -> Iterable[tuple[str, _Known]]:
        identity = Identity(self._hub, system.department, system.system)
        for one in system.certificates:
            yield one.serial, _Known(one, identity, Caller(system.department, system.system, system.roles, one.serial))

    def _catch_up(self) -> None:
        for key in tuple(self._stale):
            self._follow(key)


def read_certificate(pem: bytes) -> Presented:
    """Return what a certificate says of itself; raise NotSignedInError when it cannot be read or names nobody."""
    try:
        certificate = x509.load_pem_x509_certificate(pem[:LARGEST_PEM])
    except (ValueError, x509.InvalidVersion) as error:
        raise NotSignedInError(
            "the client certificate cannot be read", zh="客户端证书无法读取", next_action="enrol with `shuniu join`", reason="CERTIFICATE_UNREADABLE"
        ) from error
    return Presented(serial_of(certificate), fingerprint_of(certificate), parse_identity(certificate))


def _unknown(presented: Presented, hub: str) -> NotSignedInError:
    if presented.identity.hub != hub:
        return NotSignedInError(
            f"the certificate is of the hub {presented.identity.hub}, this is {hub}", zh="证书属于其他枢纽",
            next_action="use the certificate that this hub issued", reason="CERTIFICATE_OF_OTHER_HUB",
        )  # fmt: skip
    return NotSignedInError(
        "the certificate is not registered at this hub", zh="证书未在本枢纽登记", next_action="enrol with `shuniu join`",
        reason="CERTIFICATE_UNKNOWN", serial=presented.serial,
    )  # fmt: skip


def _worthless(certificate: Certificate, status: Status) -> NotSignedInError:
    if status is Status.REVOKED:
        at = certificate.revoke_time.isoformat(timespec="seconds") if certificate.revoke_time else ""
        text, zh = f"the certificate was revoked at {at}: {certificate.revoke_reason}", f"证书已于 {at} 吊销：{certificate.revoke_reason}"
        step, reason = "ask the authority for a new enrolment token", "CERTIFICATE_REVOKED"
    elif status is Status.NOT_YET_VALID:
        at = certificate.not_before.isoformat(timespec="seconds")
        text, zh = f"the certificate is not valid before {at}", f"证书自 {at} 起方有效"
        step, reason = "wait, and compare the clocks", "CERTIFICATE_NOT_YET_VALID"
    else:
        at = certificate.not_after.isoformat(timespec="seconds")
        text, zh = f"the certificate expired at {at}", f"证书已于 {at} 过期"
        step, reason = "ask the authority for a new enrolment token; renew before the date next time", "CERTIFICATE_EXPIRED"
    return NotSignedInError(text, zh=zh, next_action=step, reason=reason, serial=certificate.serial)
