"""Who is behind a certificate, from memory: every call passes here, so a revocation also ends what open connections may do."""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography import x509

from certs.credentials import fingerprint_of, serial_of
from certs.model import Certificate, System, system_name
from certs.reasons import CERTIFICATE_OF_OTHER_HUB, CERTIFICATE_UNKNOWN, CERTIFICATE_UNREADABLE
from certs.roll import Roll
from certs.san import SystemIdentity, parse_identity
from hub.access import Caller, Role
from hub.clock import Clock
from hub.errors import NotSignedInError, UnavailableError

log = logging.getLogger(__name__)
TOPIC: Final = "identities"
# A connection shows the same bytes on every call, so they are parsed once.
MOST_REMEMBERED: Final = 10_000
LARGEST_PEM: Final = 32 * 1024


@dataclass(frozen=True, slots=True)
class CertificateClaim:
    """What a certificate says of itself; a fact of its bytes, so it may be remembered for ever."""

    serial: str
    fingerprint: str
    identity: SystemIdentity


@dataclass(frozen=True, slots=True)
class _Bearer:
    """A registered certificate and whom to take its bearer for."""

    certificate: Certificate
    identity: SystemIdentity
    caller: Caller


class Identities:
    """The registered systems and certificates of one hub, in memory. Reading takes no lock; changes come through `reload`."""

    def __init__(
        self, clock: Clock, hub: str, load_one: Callable[[str], System | None], load_all: Callable[[], Iterable[System]], roll: Roll
    ) -> None:
        """Take the clock, the hub's short name, the two loaders (one system by resource name; all) and the departments; loads everything at once."""
        self.roll = roll
        self._clock, self._hub = clock, hub
        self._load_one, self._load_all = load_one, load_all
        self._lock = threading.Lock()
        self._stale: set[str] = set()
        self._systems: dict[str, System] = {}
        self._bearers: dict[str, _Bearer] = {}
        self._read = lru_cache(MOST_REMEMBERED)(read_certificate)
        self._load_systems()

    def identify(self, pem: bytes) -> Caller:
        """Return who shows this certificate; raise NotSignedInError saying what is wrong with it, at this moment."""
        # A view that is known to be old lets nobody in: what could not be read may be a revocation.
        if self._stale:
            self._catch_up()
        claim = self._read(pem)
        bearer = self._bearers.get(claim.serial)
        # Serial, fingerprint and name must agree: another certificate under a registered serial is not the registered one.
        if bearer is None or bearer.certificate.fingerprint != claim.fingerprint or bearer.identity != claim.identity:
            raise _unknown(claim, self._hub)
        bearer.certificate.check(self._clock.now())
        department = self.roll.find(bearer.caller.department)
        if department is None:  # its row is not what the log's records say
            raise _unknown(claim, self._hub)
        department.check_active()
        return bearer.caller

    def caller(self, department: str, system: str) -> Caller | None:
        """Return a system as the bearer of its newest valid certificate, None where it has none or its department takes no part."""
        if self._stale:
            self._catch_up()
        found, at = self._systems.get(system_name(department, system)), self._clock.now()
        valid = found.valid_certificates(at) if found and self.roll.takes_part(department) else ()
        return Caller(department, system, found.roles_of(valid[0]), valid[0].serial) if found and valid else None

    def departments_of(self, role: Role) -> frozenset[str]:
        """Return the departments that have a system which may act in a role."""
        return frozenset(one.caller.department for one in tuple(self._bearers.values()) if role in one.caller.roles)

    def endpoint(self, department: str, system: str) -> str:
        """Return the host:port at which a system serves, empty when it serves nothing, is not known, or its department is disabled."""
        # `_stale` is not looked at here: whoever asks has a caller that `identify` let in, which caught up.
        found = self._systems.get(system_name(department, system))
        return found.endpoint if found and self.roll.takes_part(department) else ""

    def certificates_of(self, department: str, system: str) -> bytes:
        """Return the certificates of a system that are valid now, PEM, empty when there are none.

        As `root_certificates` of a gRPC channel they let in this very system and nobody else of the same CA: gRPC's clients look at host
        names only and never at the URI. Dial anew when the answer changes.
        """
        found = self._systems.get(system_name(department, system))
        return b"".join(one.pem.encode() for one in found.valid_certificates(self._clock.now())) if found else b""

    def reload(self, topic: str, key: str) -> None:
        """Follow a change of `identities`; `key` is a system's resource name. What cannot be loaded now is loaded before the next call."""
        self.roll.reload(topic, key)
        if topic != TOPIC:
            return
        try:
            self._follow(key)
        except UnavailableError:
            log.warning("identities could not be read after a change; no caller is let in until they are")

    def load_all(self) -> None:
        """Load every department and every system anew."""
        self.roll.load_all()
        self._load_systems()

    def _load_systems(self) -> None:
        with self._lock:
            systems = {system.name: system for system in self._load_all()}
            self._bearers = {serial: bearer for system in systems.values() for serial, bearer in self._of(system)}
            self._systems = systems
            self._stale = set()

    def _follow(self, key: str) -> None:
        """Load one system anew. One at a time, or an old view loaded by a slower thread could bury a revocation."""
        with self._lock:
            try:
                system = self._load_one(key)
            except BaseException:  # whatever it was: the next call must not rest on the old view
                self._stale.add(key)
                raise
            self._place(key, system)
            self._stale.discard(key)

    def _place(self, key: str, system: System | None) -> None:
        before = self._systems.get(key)
        after = dict(self._of(system)) if system else {}
        # New ones before old ones go: readers take no lock, and a certificate that stays is never missing for a moment.
        self._bearers.update(after)
        for certificate in before.certificates if before else ():
            if certificate.serial not in after:
                self._bearers.pop(certificate.serial, None)
        if system:
            self._systems[key] = system
        else:
            self._systems.pop(key, None)

    def _of(self, system: System) -> Iterable[tuple[str, _Bearer]]:
        identity = SystemIdentity(self._hub, system.department, system.system)
        for one in system.certificates:
            yield one.serial, _Bearer(one, identity, Caller(system.department, system.system, system.roles_of(one), one.serial))

    def _catch_up(self) -> None:
        for key in tuple(self._stale):
            self._follow(key)


def read_certificate(pem: bytes) -> CertificateClaim:
    """Return what a certificate says of itself; raise NotSignedInError when it cannot be read or names nobody."""
    try:
        # Cut instead of measured: half a PEM cannot be parsed, which is the refusal.
        certificate = x509.load_pem_x509_certificate(pem[:LARGEST_PEM])
    except (ValueError, x509.InvalidVersion) as error:
        raise CERTIFICATE_UNREADABLE() from error
    return CertificateClaim(serial_of(certificate), fingerprint_of(certificate), parse_identity(certificate))


def _unknown(claim: CertificateClaim, hub: str) -> NotSignedInError:
    if claim.identity.hub != hub:
        return CERTIFICATE_OF_OTHER_HUB(other=claim.identity.hub, hub=hub)
    return CERTIFICATE_UNKNOWN(serial=claim.serial)
