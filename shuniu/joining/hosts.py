"""Hosts that a certificate may name: DNS names (RFC 1123 section 2.1) and IP addresses that one machine can have, in one spelling."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Final

from shuniu.joining.reasons import HOST_WRONG, HOSTS_TOO_MANY
from shuniu.words import Word

MOST_HOSTS: Final = 8
"""How many hosts a certificate names at most."""
_LONGEST: Final = 253  # RFC 1035 section 2.3.4, written without the final dot
_SHOWN: Final = 80
_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")  # RFC 1123 section 2.1
_NOBODY: Final = Word("address", "it is an address that no single machine has", "不是单台机器可用的地址")
_FAULTS: Final[tuple[tuple[Word, Callable[[str], bool]], ...]] = (
    (Word("empty", "it is empty", "内容为空"), lambda text: not text.strip()),
    (Word("blank", "it holds a blank", "含有空白"), lambda text: any(one.isspace() for one in text)),
    (Word("wildcard", "a certificate names each host, no wildcard", "证书须逐一写明主机名，不支持通配符"), lambda text: "*" in text),
    (Word("underscore", "a host name has no underscore (RFC 1123)", "主机名不可含下划线（RFC 1123）"), lambda text: "_" in text),
    (Word("url", "it is an address of a page, or a network, and no host", "写成了网址或网段，应只写主机名"), lambda text: "/" in text),
    (
        Word("port", "it has a port, or is no IPv6 address; write the host alone", "带有端口号，或者不是 IPv6 地址，应只写主机名"),
        lambda text: ":" in text,
    ),
    (
        Word("not ascii", "it holds characters beyond ASCII; write it as xn--... (IDNA)", "含有非英文字符，请改用 xn-- 形式"),
        lambda text: not text.isascii(),
    ),
    (Word("final dot", "it ends with a dot; leave the dot out", "以句点结尾，请去掉句点"), lambda text: text.endswith(".")),
    (Word("too long", f"it has more than {_LONGEST} characters", f"超过{_LONGEST}个字符"), lambda text: len(text) > _LONGEST),
    (
        Word(
            "label",
            "a part between its dots is empty, longer than 63 characters, begins or ends with a hyphen, or holds another character than a-z, 0-9, -",
            "句点之间的某一段为空、超过63个字符、以连字符开头或结尾，或者含有其他字符",
        ),
        lambda text: not all(_LABEL.fullmatch(label) for label in text.split(".")),
    ),
    # The last label is never all digits, so no name looks like an IPv4 address (RFC 1123 section 2.1).
    (Word("digits", "it looks like an IPv4 address and is none", "形似 IPv4 地址，但不是有效地址"), lambda text: text.rpartition(".")[2].isdigit()),
)
"""What makes a text that is no address no name either; the first that fits is told."""


def hosts_from(texts: Iterable[str], field: str) -> tuple[str, ...]:
    """Return hosts in their one spelling, each once; raise InvalidInputError naming the first that no certificate can name, and why."""
    found = tuple(dict.fromkeys(map(canonical, texts)))
    for host in found:
        why = fault_of(host)
        if why is not None:
            raise HOST_WRONG(field=field, host=_shown(host), why=why)
    if len(found) > MOST_HOSTS:
        raise HOSTS_TOO_MANY(field=field, count=len(found), most=MOST_HOSTS)
    return found


def is_host(text: str) -> bool:
    """Tell whether a certificate may name the text as a host."""
    return fault_of(text) is None


def fault_of(text: str) -> Word | None:
    """Return why no certificate can name the text as a host, None where one can."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return next((word for word, is_so in _FAULTS if is_so(text)), None)
    # %: a zone, known on one machine only (RFC 4007)
    return _NOBODY if "%" in text or address.is_unspecified or address.is_multicast else None


def canonical(host: str) -> str:
    """Return the one spelling of a host: DNS names in small letters, addresses as RFC 5952 writes them."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.lower()


def is_loopback(host: str) -> bool:
    """Tell whether the host is the machine itself, whichever machine that is."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shown(host: str) -> str:
    """Return a host as an error may show it: printable, and no longer than a line."""
    text = "".join(one if one.isprintable() else "�" for one in host)
    return f"{text[:_SHOWN]}..." if len(text) > _SHOWN else text or '""'
