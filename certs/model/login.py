"""How officers come into the web pages: a one-time link, then a session."""

from dataclasses import dataclass
from datetime import datetime

from hub.access import Caller


@dataclass(frozen=True, slots=True)
class LoginLink:
    """A one-time way into the web pages for one officer; the secret itself is kept nowhere, only its digest.

    It rests on the certificate that made it, and so does the session that it begins: with that certificate both end, and its roles they have.
    None stands in links of the release before, which open nothing any more. `means` says how else its officer is known: by a link of the
    officer's own, or by a passkey; then there is neither system nor certificate.
    """

    digest: str
    department: str
    system: str
    officer: str
    expire_time: datetime
    serial: str | None = None
    means: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """An officer at the web pages: one who signed in, or one who acts through a system of the department by a link under its certificate.

    It ends when idle, when over, and with what it rests on. `means` is how an officer who signed in is known, empty for a link under a
    certificate; `proven_time` is when that was proven last.
    """

    caller: Caller
    officer: str
    expire_time: datetime
    means: str = ""
    proven_time: datetime | None = None
