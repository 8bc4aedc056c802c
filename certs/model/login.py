"""How officers come into the web pages: a one-time link, then a session."""

from dataclasses import dataclass
from datetime import datetime

from hub.access import Caller


@dataclass(frozen=True, slots=True)
class LoginLink:
    """A one-time way into the web pages for one officer; the secret itself is kept nowhere, only its digest."""

    digest: str
    department: str
    system: str
    officer: str
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """An officer at the web pages, acting through a system of the department; ends when idle, when over, and with the system's certificates."""

    caller: Caller
    officer: str
    expire_time: datetime
