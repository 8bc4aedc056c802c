"""Subject alternative names (RFC 5280 section 4.2.1.6): the URI that names a system, the hosts under which it serves."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from cryptography import x509

from certs.model import SYSTEM_NAME
from certs.reasons import NO_IDENTITY
from shuniu.identifiers.uscc import is_uscc
from shuniu.joining.hosts import canonical, is_host

_IDENTITY: Final = re.compile(rf"shuniu://({SYSTEM_NAME.pattern})/dept/([0-9A-Z]{{18}})/system/({SYSTEM_NAME.pattern})")


class SystemIdentity(NamedTuple):
    """Whom a certificate names."""

    hub: str
    department: str
    system: str

    @property
    def uri(self) -> str:
        """Return the SAN URI."""
        return f"shuniu://{self.hub}/dept/{self.department}/system/{self.system}"


def parse_identity(certificate: x509.Certificate) -> SystemIdentity:
    """Return whom the certificate names: its SAN holds exactly one URI, shuniu://<hub>/dept/<uscc>/system/<name>, nothing looser."""
    try:
        uris = uris_of(certificate.extensions)
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise NO_IDENTITY() from error
    # Exactly one: of two names, two programs may believe different ones.
    identity = parse_uri(uris[0]) if len(uris) == 1 else None
    if identity is None:
        raise NO_IDENTITY()
    return identity


def parse_uri(uri: str) -> SystemIdentity | None:
    """Return the identity that a URI spells out, None for anything else."""
    match = _IDENTITY.fullmatch(uri)
    return SystemIdentity(*match.groups()) if match and is_uscc(match[2]) else None


def san_with(uri: str, hosts: Iterable[str]) -> x509.SubjectAlternativeName:
    """Return the names of a certificate."""
    return x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri), *(_general_name(host) for host in hosts)])


def uris_of(extensions: x509.Extensions) -> list[str]:
    """Return the URIs of a SAN."""
    san = _san_of(extensions)
    return list(san.get_values_for_type(x509.UniformResourceIdentifier)) if san else []


def hosts_of(extensions: x509.Extensions) -> tuple[str, ...]:
    """Return the DNS names and IP addresses of a SAN that are valid hosts, each once; wildcards and other kinds of names are left out."""
    return tuple(dict.fromkeys(canonical(name) for name in host_names_of(extensions) if is_host(name)))


def hosts_in(pem: str) -> tuple[str, ...]:
    """Return the hosts of a certificate as the hub keeps it, none for one that cannot be read."""
    try:
        return hosts_of(x509.load_pem_x509_certificate(pem.encode()).extensions)
    except ValueError:
        return ()


def host_names_of(extensions: x509.Extensions) -> tuple[str, ...]:
    """Return the DNS names and IP addresses of a SAN as they stand there; names of other kinds (mail, URI) are left out."""
    san = _san_of(extensions)
    if san is None:
        return ()
    return (*san.get_values_for_type(x509.DNSName), *(str(address) for address in san.get_values_for_type(x509.IPAddress)))


def _san_of(extensions: x509.Extensions) -> x509.SubjectAlternativeName | None:
    try:
        return extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
