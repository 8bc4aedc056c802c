"""How officers come into the web pages: a one-time link, then a session."""

from dataclasses import dataclass
from datetime import datetime

from hub.access import Caller


@dataclass(frozen=True, slots=True)
class LoginLink:
    """A one-time way into the web pages for one officer; the secret itself is kept nowhere, only its digest.

    It rests on the certificate that made it, and so does the session that it begins: with that certificate both end, and its roles they have.
    None stands in links of the release before, which open nothing any more.
    """

    digest: str
    department: str
    system: str
    officer: str
    expire_time: datetime
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """An officer at the web pages, acting through a system of the department; ends when idle, when over, and with the certificate of its link."""

    caller: Caller
    officer: str
    expire_time: datetime
