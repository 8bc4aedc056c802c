"""The hub's own certificate while the hub runs: renewed when a third of its life is left, so that nobody is cut off after a year of uptime.

Whoever shows it (the gRPC doors at each handshake, the connections that the hub opens to providers) asks for it each time and keeps nothing.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from certs.ca import CertificateAuthority
from certs.credentials import ServerCredentials
from hub.errors import ShuniuError
from shuniu.zone import beijing_clock

log = logging.getLogger(__name__)
LATE: Final = timedelta(days=30)
"""How long before its end a certificate that could not be renewed is told of, once a day."""
CA_LATE: Final = timedelta(days=365)
"""The same for the CA's: a new one means that every system enrols again, which takes months to plan."""
_TOLD_EVERY: Final = timedelta(days=1)


class OwnCertificate:
    """What one hub shows of itself, at every moment; `look` is called by the hub's rounds, everything else may be asked from any thread."""

    def __init__(self, ca: CertificateAuthority, names: tuple[str, ...], at: datetime) -> None:
        """Take the CA and the names of the certificate, which is made or renewed now where that is due."""
        self._ca, self._names = ca, names
        # Replaced as a whole and never changed: a handshake sees the old one or the new one.
        self._shown = ca.issue_server(names)
        self._told: dict[str, datetime] = {}
        self._warn(at)

    @property
    def shown(self) -> ServerCredentials:
        """Return what is to be shown now; the same object for as long as nothing has changed."""
        return self._shown

    def look(self, at: datetime) -> None:
        """Renew the certificate where that is due, and warn of one that ends soon all the same."""
        if self._ca.is_due(self._shown):
            self._renew(at)
        self._warn(at)

    def seconds_left(self, at: datetime) -> Mapping[str, float]:
        """Return for how long the hub's and the CA's certificate are good, in seconds; negative where one has ended."""
        return {name: (end - at).total_seconds() for name, end in self._ends().items()}

    def _renew(self, at: datetime) -> None:
        try:
            self._shown = self._ca.issue_server(self._names)
        except (ShuniuError, OSError) as error:
            # Tried again in the next round; said once a day.
            if self._may_tell("renewal", at):
                log.warning("the hub's certificate could not be renewed (%s); it is tried again each minute", type(error).__name__)
            return
        log.info("the hub's certificate was renewed; it ends %s Beijing time", beijing_clock(self._shown.not_after))

    def _warn(self, at: datetime) -> None:
        for name, end in self._ends().items():
            if end - at < (CA_LATE if name == "ca" else LATE) and self._may_tell(name, at):
                log.warning(
                    "CERTIFICATE_ENDS: the certificate %s of this hub ends %s (UTC+8); `shuniu doctor` says what to do", name, beijing_clock(end)
                )

    def _ends(self) -> Mapping[str, datetime]:
        return {"hub-server": self._shown.not_after, "ca": self._ca.certificate.not_valid_after_utc}

    def _may_tell(self, what: str, at: datetime) -> bool:
        # abs: a clock that was ahead must not silence a warning until it is there again
        if what in self._told and abs(at - self._told[what]) < _TOLD_EVERY:
            return False
        self._told[what] = at
        return True
