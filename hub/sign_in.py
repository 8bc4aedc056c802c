"""By which identity provider people sign in to the pages (OpenID Connect): the keys of `[sign_in]` in `shuniu.toml`. The defaults ask none."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

_HERE: Final = "localhost"


@dataclass(frozen=True, slots=True)
class SignIn:
    """What an operator may set of the identity provider, and which of its claims mean what. Paths are relative to the configuration's folder."""

    issuer: str = ""
    """Issuer of the provider, as its discovery document names it; empty: nobody signs in by one."""
    title: str = ""
    """What people call it, on the page on which they sign in."""
    client: str = ""
    """The hub's client id there; required with `issuer`."""
    secret: str = ""
    """File of mode 0600 with the client secret; empty: a public client, by PKCE alone."""
    ca: str = ""
    """File of CA certificates (PEM) by which the provider is known; empty means those of the machine."""
    scopes: tuple[str, ...] = ("openid", "profile")
    """What is asked for; `openid` is always among it."""
    department: str = "department"
    """Claim with the USCC of an officer's department."""
    officer: str = "officer"
    """Claim with the officer's number."""
    person: str = "name"
    """Claim with a citizen's or representative's name."""
    id_number: str = "id_number"
    """Claim with a citizen's ID number."""
    company: str = "company"
    """Claim with the USCC of the company for which somebody comes."""
    company_name: str = "company_name"
    """Claim with its name."""


def may_be_asked(address: str) -> bool:
    """Tell whether a secret may be sent to an address: over TLS, or on this machine."""
    try:
        where = urlsplit(address)
        return not where.fragment and "@" not in where.netloc and (_is_tls(where) or _is_here(where))
    except ValueError:  # a port or an IPv6 host that is none
        return False


def _is_tls(where: SplitResult) -> bool:
    return where.scheme == "https" and bool(where.hostname)


def _is_here(where: SplitResult) -> bool:
    if where.scheme != "http" or not where.hostname:
        return False
    try:
        return ip_address(where.hostname).is_loopback
    except ValueError:
        return where.hostname == _HERE
