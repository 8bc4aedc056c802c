"""What the brokerage asks about licenses. They lie above this package; the composition hands in who answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from brokerage.model.reasons import NO_SUCH_LICENSE
from hub.access import Caller
from hub.db import Tx
from hub.unit_of_work import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseCorrection:
    """That a license was found wrong: which one, which took its place (resource names, the second empty for none), by whom, why, when."""

    caller: Caller
    officer: str
    license: str
    successor: str
    reason: str
    at: datetime


class Licenses(Protocol):
    """The register of licenses as the brokerage needs it."""

    def issuer_of(self, tx: Tx, name: str, /) -> str:
        """Return the department (USCC) that issued a license; raise NotFoundError for one that nobody issued, a draft among them."""

    def correct(self, tx: Tx, correction: LicenseCorrection, /) -> Iterable[Change]:
        """Let the successor take the place of a license found wrong, within `tx`; return what the log is to say of it.

        Raise InvalidInputError where the successor does not fit, or where there is none although the license is in force or suspended.
        """


class _NoLicenses:
    """A hub that issues none: for tests of the brokerage alone."""

    def issuer_of(self, _tx: Tx, _name: str) -> str:
        """Say that there is no such license."""
        raise NO_SUCH_LICENSE()

    def correct(self, _tx: Tx, _correction: LicenseCorrection) -> Iterable[Change]:
        """Say that there is no such license."""
        raise NO_SUCH_LICENSE()


NO_LICENSES: Final[Licenses] = _NoLicenses()
