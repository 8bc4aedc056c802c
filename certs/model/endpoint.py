"""The addresses at which systems serve."""

import re
from typing import Final

from certs.reasons import ENDPOINT_WRONG
from shuniu.joining.hosts import is_host

_LONGEST_HOST: Final = 253  # RFC 1035 section 2.3.4, written without the final dot
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_HIGHEST_PORT: Final = 65535


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
