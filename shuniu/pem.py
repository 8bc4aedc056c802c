"""PEM (RFC 7468): one block of bytes in text, found by its label and written in its strict form."""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import Final

_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]+)-----END \1-----", re.ASCII)
_LINE: Final = 64


def armor(label: str, data: bytes) -> bytes:
    """Return the bytes as one block of lines of 64 characters (RFC 7468 section 2)."""
    text = b64encode(data)
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    return b"\n".join([b"-----BEGIN %s-----" % label.encode(), *lines, b"-----END %s-----\n" % label.encode()])


def unarmor(text: bytes, *labels: str) -> bytes | None:
    """Return what the first block holds, None where there is none, where it bears another label or headers (an encrypted key has them)."""
    found = _BLOCK.search(text)
    if found is None or found[1].decode() not in labels:
        return None
    try:
        return a2b_base64(found[2])
    except Base64Error:
        return None
