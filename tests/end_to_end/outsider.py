"""What an outsider needs to check a hub's papers: written from the standards, without a line of the hub's own code."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass(frozen=True)
class Head:
    """A C2SP checkpoint whose signature holds."""

    origin: str
    size: int
    root: bytes


def opened(note: bytes, vkey: str) -> Head:
    """Check a signed note against a verifier key (C2SP signed-note, tlog-checkpoint)."""
    name, key_id, material = vkey.strip().split("+", 2)
    key = base64.b64decode(material, validate=True)
    assert key[0] == 1, "Ed25519"
    assert hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_id
    text, _, signatures = note.partition(b"\n\n")
    text += b"\n"
    mark, signer, blob = signatures.decode().rstrip("\n").split(" ")
    assert (mark, signer) == ("\u2014", name)
    signature = base64.b64decode(blob, validate=True)
    assert signature[:4].hex() == key_id
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], text)
    origin, size, root = text.decode().splitlines()[:3]
    assert origin == name
    return Head(origin, int(size), base64.b64decode(root, validate=True))


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root_of(leaves[:half]), root_of(leaves[half:]))


def leaves_of(tiles: Path, size: int) -> list[bytes]:
    """Read the entry bundles of a C2SP tlog-tiles folder, return the leaf hashes."""
    found: list[bytes] = []
    while len(found) < size:
        number, width = len(found) // 256, min(256, size - len(found))
        assert number < 1000
        path = tiles / "entries" / f"{number:03d}" if width == 256 else tiles / "entries" / f"{number:03d}.p" / str(width)
        data = path.read_bytes()
        while data:
            length = int.from_bytes(data[:2], "big")
            found.append(hashlib.sha256(b"\x00" + data[2 : 2 + length]).digest())
            data = data[2 + length :]
    return found


def root_by_inclusion(index: int, size: int, leaf: bytes, proof: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.3.2: the root that an inclusion proof leads to."""
    assert index < size
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        assert sn != 0
        if fn & 1 or fn == sn:
            r = node(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return r


def roots_by_consistency(first: int, second: int, first_root: bytes, proof: list[bytes]) -> tuple[bytes, bytes]:
    """RFC 9162 section 2.1.4.2: the two roots that a consistency proof leads to."""
    assert 0 < first <= second
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        assert sn != 0
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return fr, sr


def children(der: bytes) -> list[bytes]:
    """Cut a DER SEQUENCE into the raw bytes of its members (X.690 section 8.1): what was signed is judged as it stands there."""
    assert der[0] == 0x30
    body, rest = _content(der)
    assert not rest
    parts = []
    while body:
        _, after = _content(body)
        parts.append(body[: len(body) - len(after)])
        body = after
    return parts


def content(der: bytes) -> bytes:
    return _content(der)[0]


def _content(der: bytes) -> tuple[bytes, bytes]:
    length, start = der[1], 2
    if length & 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(der[2 : 2 + count], "big"), 2 + count
    assert len(der) >= start + length
    return der[start : start + length], der[start + length :]
