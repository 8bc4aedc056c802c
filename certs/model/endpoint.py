"""Hosts and the addresses at which systems serve."""

import ipaddress
import re
from typing import Final

from certs.reasons import ENDPOINT_WRONG

_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")  # RFC 1123 section 2.1
_LONGEST_HOST: Final = 253  # RFC 1035 section 2.3.4, written without the final dot
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_HIGHEST_PORT: Final = 65535


def is_host(text: str) -> bool:
    """Tell whether the text is an IP address that one machine can have, or a DNS name without wildcard (RFC 1123 section 2.1)."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        labels = text.split(".")
        # The last label is never all digits, so no name looks like an IPv4 address (RFC 1123 section 2.1).
        return len(text) <= _LONGEST_HOST and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    return "%" not in text and not address.is_unspecified and not address.is_multicast  # %: a zone, known on one machine only (RFC 4007)


def parse_endpoint(text: str) -> str:
    """Return a valid host:port (IPv6 in brackets, RFC 3986 section 3.2.2) as given, the empty text for none."""
    if not text:
        return ""
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    bare = host_of_endpoint(text)
    # 6: the colon and five digits. Brackets stand exactly where the host has colons of its own.
    right_host = bool(colon) and len(text) <= _LONGEST_HOST + 6 and is_host(bare) and (":" in bare) is bracketed
    if not right_host or _PORT.fullmatch(port) is None or int(port) > _HIGHEST_PORT:
        raise ENDPOINT_WRONG(field="endpoint")
    return text


def host_of_endpoint(text: str) -> str:
    """Return the host of host:port, without the brackets of an IPv6 address."""
    host = text.rpartition(":")[0]
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host
