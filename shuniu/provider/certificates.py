"""The two certificates of a provider: its own, which it shows, and the hub's, which alone may fetch."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Final, cast

import grpc
from cryptography import x509

from shuniu.errors import FetchError, IdentityError
from shuniu.folder import CERTIFICATE, Identity, read_identity, uris_of
from shuniu.zone import beijing_clock

log = logging.getLogger(__name__)
_TOLD_EVERY: Final = 3600.0
"""Seconds between two lines that say the same of a certificate."""


class HubCertificate:
    """Decides whether a client certificate is the hub's own: one URI among its names, `shuniu://<hub>/hub`, within its dates.

    TLS has checked the chain already. This check runs on every call, so that a certificate that expires on an open connection is refused.
    """

    def __init__(self, uri: str, clock: Callable[[], float] = time.time) -> None:
        """Accept this URI alone."""
        self._uri = uri
        self._clock = clock
        # parsed once for each certificate; its dates are compared at every call
        self._window = functools.lru_cache(maxsize=64)(self._read)
        self._told = float("-inf")

    def check(self, pem: bytes) -> None:
        """Raise FetchError PERMISSION_DENIED for any other certificate."""
        begin, end = self._window(pem)
        now = self._clock()
        if not begin <= now <= end:
            if begin < end:  # the hub's own, and out of date: nobody else sees why the hub is refused here
                self._warn(now, begin, end)
            raise FetchError(
                grpc.StatusCode.PERMISSION_DENIED,
                "NOT_THE_HUB",
                "only the hub may call this provider",
                message_zh="仅允许共享枢纽调用",
                next_action="query the data through the hub, under a grant",
                next_action_zh="请依共享授权通过枢纽查询",
            )

    def _warn(self, now: float, begin: float, end: float) -> None:
        if now - self._told >= _TOLD_EVERY:
            self._told = now
            log.warning(
                "the hub's certificate is good from %s to %s, the clock here says %s (Beijing time): set it right, or tell the hub's operator",
                _moment(begin),
                _moment(end),
                _moment(now),
            )

    def _read(self, pem: bytes) -> tuple[float, float]:
        try:
            certificate = x509.load_pem_x509_certificate(pem)
        except ValueError:
            return (1.0, 0.0)
        if uris_of(certificate) != [self._uri]:
            return (1.0, 0.0)
        return (certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp())


class Certificates:
    """The server's TLS identity, read again when `renew` has replaced cert.pem: no restart every few months."""

    def __init__(self, folder: Path, identity: Identity) -> None:
        self._folder = folder
        self._stamp = self._modified_at()
        self._first = _configuration(identity)
        self._end = identity.leaf.not_valid_after_utc.timestamp()
        self._told = float("-inf")

    def credentials(self) -> grpc.ServerCredentials:
        """Return credentials that ask each client for a certificate of the hub's CA."""
        fetcher = cast("Callable[[], grpc.ServerCertificateConfiguration]", self._read_if_renewed)  # the stubs do not know that None means no change
        return grpc.dynamic_ssl_server_credentials(self._first, fetcher, require_client_authentication=True)

    def _modified_at(self) -> int:
        return (self._folder / CERTIFICATE).stat().st_mtime_ns

    def _read_if_renewed(self) -> grpc.ServerCertificateConfiguration | None:
        """Return the new certificate at a handshake, None to keep the old; called in gRPC's own thread."""
        self._warn(time.time())
        try:
            stamp = self._modified_at()
            # asked at every handshake, so it costs one look at the file
            if stamp == self._stamp:
                return None
            identity = read_identity(self._folder)
            configuration = _configuration(identity)
        # in the middle of a renewal, or damaged: the old certificate serves on
        except (OSError, IdentityError):
            return None
        self._stamp, self._end = stamp, identity.leaf.not_valid_after_utc.timestamp()
        return configuration

    def _warn(self, now: float) -> None:
        """Say at a handshake that the hub will refuse what is shown: it is the hub alone that would hear of it otherwise."""
        if now > self._end and now - self._told >= _TOLD_EVERY:
            self._told = now
            log.warning(
                "this provider's certificate ended %s (clock: %s, Beijing time), the hub cannot connect: check the clock, or join anew",
                _moment(self._end),
                _moment(now),
            )


def _moment(at: float) -> str:
    return beijing_clock(datetime.fromtimestamp(at, timezone.utc))


def _configuration(identity: Identity) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(identity.key, identity.certificate)], root_certificates=identity.ca)
