"""Whither the hub sends notice of work by itself: the keys of `[delivery]` in `shuniu.toml`. The defaults send nothing."""

from dataclasses import dataclass
from typing import Final

SMTP_TLS: Final = ("starttls", "implicit", "none")
"""How the connection to a mail server may be protected."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an operator may set of webhooks and mail. Paths are relative to the configuration's folder."""

    networks: tuple[str, ...] = ()
    """Networks (CIDR) into which webhooks are sent; empty: none is sent."""
    ca: str = ""
    """File of CA certificates (PEM) by which receivers and the mail server are known; empty means those of the machine."""
    smtp: str = ""
    """host:port of the mail server; empty: no mail is sent."""
    smtp_tls: str = "starttls"
    """How the connection to it is protected: `starttls`, `implicit` (TLS from the first byte), or `none` for a relay on the same machine."""
    sender: str = ""
    """Address from which mail is sent; required with `smtp`."""
    credentials: str = ""
    """File of mode 0600 with the user's name and the password for the mail server, a line each; empty: none are asked for."""
    digest_minutes: int = 60
    """How often an address gets a digest at most; what is over comes at once."""

    @property
    def sends(self) -> bool:
        """Tell whether anything is sent at all."""
        return bool(self.networks or self.smtp)
