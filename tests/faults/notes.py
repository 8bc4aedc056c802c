"""Damaged signed notes: accepted only where the signature of the log's key really covers what is read."""

import random
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.checkpoint import sign_checkpoint
from hub.errors import ShuniuError
from shuniu.proofs.checkpoint import Checkpoint, NoteSignature, VerifierKey, open_checkpoint
from tests.faults.report import Row

ORIGIN = "hub.example/log"
SHORTEST = 5
"""Bytes: the key's ID and something that it signed."""
LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


def is_covered(data: bytes, key: VerifierKey, size: int, root: bytes) -> bool:
    """Read a note by C2SP signed-note and tlog-checkpoint, written down again: tell whether the key signed just this head."""
    whole = data.decode(errors="replace")
    text, _, tail = whole.rpartition("\n\n")
    if "\ufffd" in whole or any(c < " " and c != "\n" for c in whole) or not tail.endswith("\n"):
        return False
    found = [_is_signed(line, f"{text}\n".encode(), key) for line in tail[:-1].split("\n")]
    return True in found and False not in found and text.split("\n")[:3] == [ORIGIN, str(size), b64encode(root).decode()]


def _is_signed(line: str, text: bytes, key: VerifierKey) -> bool | None:
    """Tell of one line whether the key signed; None for a line of another key, False for one that is no such line at all."""
    match = LINE.fullmatch(line)
    try:
        raw = b64decode(match[2], validate=True) if match else b""
    except ValueError:
        return False
    if match is None or b64encode(raw).decode() != match[2] or len(raw) < SHORTEST:
        return False
    if match[1] != key.name or raw[:4] != sha256(key.name.encode() + b"\n\x01" + key.public).digest()[:4]:
        return None
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], text)
    except InvalidSignature:
        return False
    return True


def mutants(note: bytes, witness: bytes, dice: random.Random) -> Iterator[bytes]:
    """Give what a note may become: each byte changed, taken out, doubled; its lines repeated, removed, swapped; other origins, sizes, roots."""
    for place in range(len(note)):
        for by in (0x01, 0x20, 0x80, 0xFF, 1 << dice.randrange(8)):
            yield note[:place] + bytes([note[place] ^ by]) + note[place + 1 :]
        yield note[:place] + note[place + 1 :]
        yield note[: place + 1] + note[place:]
        yield note[:place]
        yield note[:place] + dice.randbytes(1) + note[place:]
    lines = note.splitlines(keepends=True)
    for place, line in enumerate(lines):
        yield b"".join([*lines[:place], *lines[place + 1 :]])
        yield b"".join([*lines[:place], line, *lines[place:]])
        yield b"".join([*lines, line])
        yield b"".join([line, *lines])
        for other in range(place + 1, len(lines)):
            swapped = lines[:]
            swapped[place], swapped[other] = swapped[other], line
            yield b"".join(swapped)
    signature, text = lines[-1], b"".join(lines[:-1])
    yield from (text + signature * number for number in (2, 16))
    yield text + witness + signature
    yield text + signature + witness
    yield text + witness
    for name in (
        b"hub.example/lo",
        b"hub.example/log2",
        b"Hub.example/log",
        b"other.example/log",
        b"hub.example/log ",
        "hub.example/l\u043eg".encode(),
    ):
        yield note.replace(ORIGIN.encode(), name)
        yield note.replace(ORIGIN.encode(), name, 1)
        yield text + signature.replace(ORIGIN.encode(), name)
    yield note.replace(b"\n", b"\r\n")
    yield b"\xef\xbb\xbf" + note
    yield note + note
    yield note + b"\n"


def probe(notes: int) -> Row:
    """Judge so many notes, each with all its mutants."""
    row = Row("signed notes", planned=notes, note="covered by C2SP signed-note and Ed25519, written down again")
    row.count(probes=0, accepted=0, wrongly_accepted=0, wrongly_refused=0)
    dice = random.Random(64)  # noqa: S311 - repeatable
    for _ in range(notes):
        private, other = (Ed25519PrivateKey.from_private_bytes(dice.randbytes(32)) for _ in range(2))
        key = VerifierKey(ORIGIN, private.public_key().public_bytes_raw())
        size, root = dice.randint(1, 1 << dice.randint(1, 62)), dice.randbytes(32)
        extensions = tuple(f"extension {number}" for number in range(dice.randint(0, 2)))
        note = sign_checkpoint(Checkpoint(ORIGIN, size, root, extensions), key, private.sign)
        stranger = VerifierKey("witness.example", other.public_key().public_bytes_raw())
        witness = NoteSignature(stranger.name, stranger.key_id, other.sign(b"anything")).line().encode()
        forger = VerifierKey(ORIGIN, other.public_key().public_bytes_raw())
        forged = sign_checkpoint(Checkpoint(ORIGIN, size + 1, root), forger, other.sign)
        row.times += 1
        for one in (note, forged, *mutants(note, witness, dice)):
            right, found = is_covered(one, key, size, root), _opens(one, key, size, root)
            row.count(probes=1, accepted=found, wrongly_accepted=found and not right, wrongly_refused=right and not found)
    return row


def _opens(data: bytes, key: VerifierKey, size: int, root: bytes) -> bool:
    """Tell whether the product reads this head out of the note; another head would be the worst of all."""
    try:
        head = open_checkpoint(data, [key], ORIGIN)
    except ShuniuError:
        return False
    assert (head.size, head.root) == (size, root), "another head was read out of a signed note"
    return True
