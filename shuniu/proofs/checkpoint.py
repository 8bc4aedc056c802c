"""The signed head of the log: C2SP tlog-checkpoint inside a C2SP signed-note with Ed25519, read strictly and written byte for byte."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shuniu.catalogue import InvalidInputError, Reason
from shuniu.proofs.reasons import (
    BAD_SIGNATURE,
    CHECKPOINT,
    CHECKPOINT_FORM,
    CHECKPOINT_LINES,
    CHECKPOINT_ROOT,
    CHECKPOINT_SIZE,
    KEY_ALGORITHM,
    KEY_FORM,
    KEY_HASH,
    KEY_LENGTH,
    KEY_NAME,
    NO_KNOWN_SIGNATURE,
    NOT_BASE64,
    NOTE,
    NOTE_CONTROL,
    NOTE_FORM,
    NOTE_NOT_UTF8,
    NOTE_SIGNATURES,
    NOTE_TOO_LONG,
    SIGNATURE_LINE,
    SIGNATURE_SHORT,
    STRAY_BITS,
    VERIFIER_KEY,
    WRONG_ORIGIN,
)
from shuniu.proofs.tree import EMPTY_ROOT, HASH_LENGTH
from shuniu.words import Word

if TYPE_CHECKING:
    from typing import Self

ED25519: Final = 0x01  # signature type identifier byte (signed-note, "Signature types"); 0x04 are witness cosignatures
MAX_NOTE: Final = 262_144  # post-quantum signatures take nearly 5 kB each (signed-note, "Format")
MAX_SIGNATURES: Final = 32  # a verifier accepts at least 16
MAX_VKEY: Final = 512
MAX_EXTENSIONS: Final = 16
_DASH: Final = "\u2014 "
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)  # 19 digits at most, so int() stays cheap; Checkpoint checks the bound
_HASH_ID: Final = 4
_LINES: Final = 3  # origin, size, root


def _wrong(reason: Reason[InvalidInputError], what: Word, *, most: int = 0, expected: str = "") -> InvalidInputError:
    return reason(field=what.id, what=what, most=most, expected=expected)


def _base64(text: str, what: Word) -> bytes:
    """Decode standard base64 (RFC 4648 section 4) and accept only the one spelling of each value."""
    try:
        value = b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise _wrong(NOT_BASE64, what) from error
    if b64encode(value).decode() != text:
        raise _wrong(STRAY_BITS, what)
    return value


def _check_name(name: str, what: Word) -> None:
    """Refuse key names that signed-note forbids: empty, with Unicode spaces, with a plus sign."""
    if not name or "+" in name or any(c.isspace() or c < " " or "\ud800" <= c <= "\udfff" for c in name):
        raise _wrong(KEY_NAME, what)


@dataclass(frozen=True)
class VerifierKey:
    """The public half of a log's key under its name, as an auditor keeps it: `name+hash+key`."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name, VERIFIER_KEY)
        if len(self.public) != HASH_LENGTH:
            raise _wrong(KEY_LENGTH, VERIFIER_KEY)

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a signature line names this key (signed-note, "Ed25519 signatures")."""
        return sha256(self.name.encode() + b"\n" + bytes([ED25519]) + self.public).digest()[:_HASH_ID]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([ED25519]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a verifier key; its own hash must fit, so that a mistyped key is noticed before it is used."""
        name, _, rest = text.partition("+")
        hash_hex, _, encoded = rest.partition("+")
        if len(text) > MAX_VKEY or not encoded:
            raise _wrong(KEY_FORM, VERIFIER_KEY)
        raw = _base64(encoded, VERIFIER_KEY)
        if raw[:1] != bytes([ED25519]):
            raise _wrong(KEY_ALGORITHM, VERIFIER_KEY)
        key = cls(name, raw[1:])
        if key.key_id.hex() != hash_hex:
            raise _wrong(KEY_HASH, VERIFIER_KEY, expected=key.key_id.hex())
        return key

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Tell whether the signature over the message is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class NoteSignature:
    """One signature line: the key's name, its four-byte ID, and the bytes that the algorithm gave."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """Write the line, with its newline."""
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.signature).decode()}\n"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read one signature line, without its newline."""
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not encoded:
            raise _wrong(SIGNATURE_LINE, NOTE)
        _check_name(name, NOTE)
        raw = _base64(encoded, NOTE)
        if len(raw) <= _HASH_ID:
            raise _wrong(SIGNATURE_SHORT, NOTE)
        return cls(name, raw[:_HASH_ID], raw[_HASH_ID:])


@dataclass(frozen=True)
class Note:
    """A signed note: a text that ends in a newline, and the signatures under it. Nothing in it is true until a known key has signed."""

    text: str
    signatures: tuple[NoteSignature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a signed note (signed-note, "Format"); no signature is checked yet."""
        if len(data) > MAX_NOTE:
            raise _wrong(NOTE_TOO_LONG, NOTE, most=MAX_NOTE)
        try:
            whole = data.decode()
        except UnicodeDecodeError as error:
            raise _wrong(NOTE_NOT_UTF8, NOTE) from error
        if any(c < " " and c != "\n" for c in whole):
            raise _wrong(NOTE_CONTROL, NOTE)
        # The last empty line separates: the text may hold empty lines of its own (signed-note, "Format").
        text, separator, tail = whole.rpartition("\n\n")
        if not separator or not text or not tail.endswith("\n"):
            raise _wrong(NOTE_FORM, NOTE)
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise _wrong(NOTE_SIGNATURES, NOTE, most=MAX_SIGNATURES)
        return cls(text + "\n", tuple(NoteSignature.parse(line) for line in lines))

    def signers(self, known: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
        """Return the known keys that signed, each once however often its line stands there; a bad one, or none at all, is an error.

        Lines of unknown keys are skipped, a witness's cosignature (type 0x04) among them: its key ID differs even for the same key.
        """
        found: dict[VerifierKey, None] = {}  # in the order of the lines; a quorum counts signers, and a repeated line is one signer
        for one in self.signatures:
            for key in known:
                # Name and ID: the ID alone has four bytes, and two keys may share it.
                if (key.name, key.key_id) == (one.name, one.key_id):
                    if not key.verifies(one.signature, self.text.encode()):
                        raise BAD_SIGNATURE(name=key.name)
                    found[key] = None
        if not found:
            raise NO_KNOWN_SIGNATURE()
        return tuple(found)


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log: its origin, how many leaves it has, and the root over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = (self.origin, *self.extensions)
        if any(not line or any(c < " " or "\ud800" <= c <= "\udfff" for c in line) for line in lines) or len(self.extensions) > MAX_EXTENSIONS:
            raise _wrong(CHECKPOINT_LINES, CHECKPOINT)
        if not 0 <= self.size < 2**63:
            raise _wrong(CHECKPOINT_SIZE, CHECKPOINT)
        if len(self.root) != HASH_LENGTH or (self.size == 0 and self.root != EMPTY_ROOT):
            raise _wrong(CHECKPOINT_ROOT, CHECKPOINT)

    def text(self) -> str:
        """Write the note text (tlog-checkpoint, "Note text")."""
        return "".join(f"{line}\n" for line in (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the note text: origin, decimal size without leading zeroes, base64 root, extension lines."""
        lines = text.split("\n")
        if len(lines) < _LINES + 1 or lines.pop() or not _SIZE.fullmatch(lines[1]):
            raise _wrong(CHECKPOINT_FORM, CHECKPOINT)
        return cls(lines[0], int(lines[1]), _base64(lines[2], CHECKPOINT), tuple(lines[_LINES:]))


def open_checkpoint(data: bytes, known: Sequence[VerifierKey], origin: str = "") -> Checkpoint:
    """Return the checkpoint once a known key's signature under it holds and, if asked, its origin is the expected one."""
    note = Note.parse(data)
    note.signers(known)
    head = Checkpoint.parse(note.text)
    if origin and head.origin != origin:
        raise WRONG_ORIGIN(origin=head.origin, expected=origin)
    return head
