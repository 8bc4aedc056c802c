"""Why a connection does not stand: the dates of the certificates on both sides, compared with this machine's clock.

gRPC says "unavailable" of a certificate that has ended, of a clock that is off and of a hub that is away alike, and gives up trying only when
somebody ends the program. The hub's certificate is read in a handshake of its own that trusts nothing and sends nothing.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from time import monotonic
from typing import TYPE_CHECKING, Final

import grpc
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from shuniu.errors import Details, ShuniuCallError
from shuniu.handshake import chain_at, demands_certificate, host_of
from shuniu.reasons import (
    CLOCK_OFF,
    HOST_NOT_NAMED,
    HUB_EXPIRED,
    HUB_NOT_YET_VALID,
    HUB_OF_OTHER_CA,
    MEMBERS_PORT,
    NOBODY_LISTENS,
    NOT_TLS,
    OWN_EXPIRED,
    OWN_NOT_YET_VALID,
)
from shuniu.zone import beijing_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shuniu.catalogue import CatalogueError

AGAIN: Final = 30.0
"""Seconds in which the other side is not looked at twice: whoever calls through an outage makes no second attack of it."""
HANDSHAKE: Final = 2.0
_CLEAR_TEXT: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"})
_NEARLY: Final = timedelta(minutes=1)


def utc_now() -> datetime:
    """Return what this machine's clock says."""
    return datetime.now(timezone.utc)


@dataclass
class Diagnosis:
    """What is known of one connection: where it goes, under which certificate (None for a stranger's) and which CAs, all PEM."""

    address: str
    ca: bytes
    certificate: bytes = b""
    looked: float = float("-inf")
    found: x509.Certificate | None = None
    silence: Callable[..., CatalogueError] | None = None
    """Why no certificate was shown, where that is known."""

    def of(self, error: ShuniuCallError) -> ShuniuCallError:
        """Return a better account of a call that reached nobody, the error itself where the certificates explain nothing."""
        if error.code is not grpc.StatusCode.UNAVAILABLE or error.reason != grpc.StatusCode.UNAVAILABLE.name:
            return error  # the hub itself has spoken
        why = self.cause(utc_now())
        if why is None:
            return error
        details = Details(
            reason=why.reason,
            message_zh=why.message_zh,
            next_action=why.next_action,
            next_action_zh=why.next_action_zh,
            facts=dict(why.facts),
        )
        return ShuniuCallError(grpc.StatusCode[why.grpc_status], why.message, details)

    def cause(self, now: datetime) -> CatalogueError | None:
        """Return what is wrong with the certificates of both sides at a moment, None where nothing is."""
        own = _read(self.certificate)
        if own is not None and now < own.not_valid_before_utc:
            return OWN_NOT_YET_VALID(begin=beijing_clock(own.not_valid_before_utc), now=beijing_clock(now))
        hub = self._shown()
        if own is not None and now > own.not_valid_after_utc:
            end, clock = beijing_clock(own.not_valid_after_utc), beijing_clock(now)
            # Two that ended at different times by one clock: rather the clock than both.
            if hub is not None and now > hub.not_valid_after_utc:
                return CLOCK_OFF(now=clock, end=end, hub_end=beijing_clock(hub.not_valid_after_utc))
            return OWN_EXPIRED(end=end, now=clock)
        if hub is None:
            return None if self.silence is None else self.silence(address=self.address)
        return self._cause_of(hub, now)

    def _cause_of(self, hub: x509.Certificate, now: datetime) -> CatalogueError | None:
        if not any(_is_issued_by(hub, one) for one in _read_all(self.ca)):
            return HUB_OF_OTHER_CA(address=self.address)
        if now < hub.not_valid_before_utc - _NEARLY:
            return HUB_NOT_YET_VALID(begin=beijing_clock(hub.not_valid_before_utc), now=beijing_clock(now))
        if now > hub.not_valid_after_utc:
            return HUB_EXPIRED(end=beijing_clock(hub.not_valid_after_utc), now=beijing_clock(now))
        names = _hosts_of(hub)
        if names and not is_named(host_of(self.address), names):
            return HOST_NOT_NAMED(address=self.address, names=", ".join(names))
        if not self.certificate and demands_certificate(self.address, HANDSHAKE):
            return MEMBERS_PORT(address=self.address)
        return None

    def _shown(self) -> x509.Certificate | None:
        """Return the certificate that the hub shows, None where it shows none; looked at once in a while."""
        if monotonic() - self.looked < AGAIN:
            return self.found
        self.looked, self.silence = monotonic(), None
        try:
            chain = chain_at(self.address, HANDSHAKE)
            self.found = x509.load_der_x509_certificate(chain[0])
        except ssl.SSLError as error:
            self.found = None
            # a server without TLS answers in clear text
            self.silence = NOT_TLS if error.reason in _CLEAR_TEXT else None
        except ConnectionRefusedError:
            self.found, self.silence = None, NOBODY_LISTENS
        except (OSError, ValueError, IndexError):
            self.found = None
        return self.found


def _hosts_of(leaf: x509.Certificate) -> list[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return []
    return [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]


def is_named(host: str, names: Iterable[str]) -> bool:
    """Tell whether a host is among a certificate's names (RFC 9525 section 6.3: a star stands for the first label alone)."""
    try:
        return str(ip_address(host)) in names
    except ValueError:
        wanted = host.lower().rstrip(".")
        star = f"*.{wanted.partition('.')[2]}"
        return any(one.lower() in {wanted, star} for one in names)


def _read(pem: bytes) -> x509.Certificate | None:
    return next(iter(_read_all(pem)), None)


def _read_all(pem: bytes) -> list[x509.Certificate]:
    try:
        return list(x509.load_pem_x509_certificates(pem)) if pem else []
    except ValueError:
        return []


def _is_issued_by(leaf: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
