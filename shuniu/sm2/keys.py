"""SM2 keys that sign and verify; SM2-with-SM3 over the data itself, user id 1234567812345678 (GM/T 0009, GB/T 35276)."""

from __future__ import annotations

from ctypes import byref, c_char_p, c_size_t, c_uint, c_void_p, create_string_buffer
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shuniu import pem
from shuniu.catalogue import InvalidInputError
from shuniu.sm2.der import BIT_STRING, INTEGER, SEQUENCE, parse, write, write_integer, write_oid, write_sequence
from shuniu.sm2.native import Handle, clean_errors, digest_context, encode
from shuniu.sm2.reasons import (
    NO_SM2_CURVE,
    NO_SM2_KEYS,
    NO_SM3,
    POINT_OFF_CURVE,
    PRIVATE_KEY_FORM,
    PUBLIC_KEY_FORM,
    SIGNING_FAILED,
    SM2_UNSTABLE,
    SM2_WRONG,
    SM3_WRONG,
)

if TYPE_CHECKING:
    from typing import Self

SM2_SM3: Final = "SM2-SM3"
"""What a signature of these keys is called."""
USER_ID: Final = b"1234567812345678"
SIGNATURE_CAP: Final = 256  # a DER signature has at most 72 bytes; longer input is not even looked at

# SubjectPublicKeyInfo of an SM2 key up to its point: id-ecPublicKey 1.2.840.10045.2.1, curve 1.2.156.10197.1.301.
_SM2_OID: Final = write_oid("1.2.156.10197.1.301")
_SPKI_HEAD: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
# The same with SM2's OID as the algorithm, and behind it the curve, NULL or nothing: OpenSSL's API and some HSMs (openssl #22180).
_FOREIGN_HEADS: Final = tuple(
    write_sequence(write_sequence(_SM2_OID, parameters), write(BIT_STRING, bytes(1 + 65)))[:-65] for parameters in (_SM2_OID, b"\x05\x00", b"")
)
_UNCOMPRESSED: Final = b"\x04"
_POINT_BYTES: Final = 65
_RAW_BYTES: Final = 64
_PEM_CAP: Final = 16_384

# GB/T 32918.5-2017 A.2: public key, message and signature of the standard's worked example.
_KNOWN_POINT: Final = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_KNOWN_SIGNATURE: Final = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
_KNOWN_MESSAGE: Final = b"message digest"
# GB/T 32905-2016 A.1
_KNOWN_DIGEST: Final = bytes.fromhex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")


@dataclass(frozen=True)
class PublicKey:
    """A point on the SM2 curve; two keys are equal when their points are."""

    spki: bytes
    _handle: Handle = field(repr=False, compare=False)

    @classmethod
    def from_spki(cls, der: bytes) -> Self:
        """Read a DER SubjectPublicKeyInfo; any other curve, a compressed or hybrid point or a point off the curve is refused."""
        # With a fixed head nothing is left for libcrypto to interpret: the curve by its name, one length, an uncompressed point. A hybrid
        # point (06, 07), which libcrypto reads too, would be a second encoding of the same key: RFC 5480 section 2.2 forbids it.
        if len(der) != len(_SPKI_HEAD) + _POINT_BYTES or not der.startswith(_SPKI_HEAD + _UNCOMPRESSED):
            raise PUBLIC_KEY_FORM()
        with clean_errors() as lib:
            pointer = lib.d2i_PUBKEY(None, byref(c_char_p(der)), len(der))
            if not pointer:
                raise POINT_OFF_CURVE()
            return cls(der, Handle(pointer))

    @classmethod
    def from_foreign_spki(cls, der: bytes) -> Self:
        """Read a SubjectPublicKeyInfo as other makers write it: SM2's own object identifier in the place of id-ecPublicKey, too.

        The key's own `spki` is its one form all the same, so that one key is one key however it came.
        """
        for head in _FOREIGN_HEADS:
            if der.startswith(head) and len(der) == len(head) + _POINT_BYTES:
                return cls.from_point(der[len(head) :])
        return cls.from_spki(der)

    @classmethod
    def from_point(cls, point: bytes) -> Self:
        """Read an uncompressed point: 0x04, x, y; 65 bytes."""
        return cls.from_spki(_SPKI_HEAD + point)

    @property
    def point(self) -> bytes:
        """The uncompressed point: 0x04, x, y."""
        return self.spki[len(_SPKI_HEAD) :]

    @property
    def pem(self) -> bytes:
        """The SubjectPublicKeyInfo in PEM."""
        return pem.armor("PUBLIC KEY", self.spki)

    def verify(self, signature: bytes, data: bytes, *, user_id: bytes = USER_ID) -> bool:
        """Tell whether `signature` fits `data`: DER as the standards want it, or 64 raw bytes r||s as one vendor writes it.

        Another `user_id` than the standards' only tells what went wrong: such a signature is no valid one.
        """
        if len(signature) > SIGNATURE_CAP:
            return False
        # DER first, as the standards want it; the raw form is what one vendor writes.
        if self._fits(signature, data, user_id):
            return True
        return len(signature) == _RAW_BYTES and self._fits(_der_of_raw(signature), data, user_id)

    def _fits(self, signature: bytes, data: bytes, user_id: bytes) -> bool:
        with clean_errors() as lib, digest_context(lib, self._handle, user_id) as context:
            if not context or lib.EVP_DigestVerifyInit(context, None, lib.EVP_sm3(), None, self._handle.pointer) != 1:
                return False
            return bool(lib.EVP_DigestVerify(context, signature, len(signature), data, len(data)) == 1)


@dataclass(frozen=True)
class PrivateKey:
    """An SM2 private key held by this process; its text form says nothing about it."""

    public: PublicKey
    _handle: Handle = field(repr=False, compare=False)

    @classmethod
    def from_pem(cls, text: bytes) -> Self:
        """Read an unencrypted PKCS#8 (or SEC 1) private key and see that its two halves belong together."""
        with clean_errors() as lib:
            der = _private_der(text)
            pointer = lib.d2i_AutoPrivateKey(None, byref(c_char_p(der)), len(der))
            if not pointer:
                raise PRIVATE_KEY_FORM()
            handle = Handle(pointer)
            key = cls(PublicKey.from_spki(encode(lib, lib.i2d_PUBKEY, pointer)), handle)  # refuses keys of other kinds
        # The file may carry another key's public half; only a signature shows whether the two belong together.
        if not key.public.verify(key.sign(_KNOWN_MESSAGE), _KNOWN_MESSAGE):
            raise PRIVATE_KEY_FORM()
        return key

    def to_pem(self) -> bytes:
        """Return PKCS#8, not encrypted: the caller keeps it in a file that only the owner may read (mode 0600)."""
        with clean_errors() as lib:
            info = lib.EVP_PKEY2PKCS8(self._handle.pointer)
            try:
                return pem.armor("PRIVATE KEY", encode(lib, lib.i2d_PKCS8_PRIV_KEY_INFO, info))
            finally:
                lib.PKCS8_PRIV_KEY_INFO_free(info)

    @property
    def algorithm(self) -> str:
        """The only algorithm an SM2 key signs with here."""
        return SM2_SM3

    @property
    def public_der(self) -> bytes:
        """The public key's SubjectPublicKeyInfo in DER."""
        return self.public.spki

    @property
    def public_pem(self) -> bytes:
        """The public key in PEM."""
        return self.public.pem

    def sign(self, data: bytes) -> bytes:
        """Return a DER ECDSA-Sig-Value, SM2 with SM3 over `data`."""
        signature, size = create_string_buffer(SIGNATURE_CAP), c_size_t(SIGNATURE_CAP)
        with clean_errors() as lib, digest_context(lib, self._handle, USER_ID) as context:
            if (
                context
                and lib.EVP_DigestSignInit(context, None, lib.EVP_sm3(), None, self._handle.pointer) == 1
                and lib.EVP_DigestSign(context, signature, byref(size), data, len(data)) == 1
            ):
                return signature.raw[: size.value]
        raise SIGNING_FAILED()


def generate() -> PrivateKey:
    """Make a new SM2 key from libcrypto's random generator."""
    with clean_errors() as lib:
        context, slot = lib.EVP_PKEY_CTX_new_from_name(None, b"SM2", None), c_void_p()
        try:
            if not context or lib.EVP_PKEY_keygen_init(context) != 1 or lib.EVP_PKEY_generate(context, byref(slot)) != 1 or not slot.value:
                raise NO_SM2_KEYS()
        finally:
            lib.EVP_PKEY_CTX_free(context)  # does nothing with NULL
        handle = Handle(slot.value)
        return PrivateKey(PublicKey.from_spki(encode(lib, lib.i2d_PUBKEY, handle.pointer)), handle)


def sm3(data: bytes) -> bytes:
    """Return the SM3 digest of `data`, 32 bytes."""
    out, size = create_string_buffer(64), c_uint(0)  # EVP_MAX_MD_SIZE
    with clean_errors() as lib:
        if lib.EVP_Digest(data, len(data), out, byref(size), lib.EVP_sm3(), None) != 1:
            raise NO_SM3()
    return out.raw[: size.value]


def is_signature(value: bytes) -> bool:
    """Tell whether the bytes have the form of a signature: DER SEQUENCE of two positive INTEGERs, or 64 raw bytes r||s. Nothing is verified."""
    if len(value) == _RAW_BYTES:
        return True
    what = "ECDSA-Sig-Value"
    try:
        parts = parse(value, what, at_most=SIGNATURE_CAP).expect(SEQUENCE, what).children(what, at_least=2, at_most=2)
    except InvalidInputError:
        return False
    # a first byte from 80 on is a minus: what lacks its sign byte is another number (X.690 8.3.3)
    return all(part.tag == INTEGER and part.content[:1] and part.content[0] < 0x80 for part in parts)  # noqa: PLR2004 - the sign bit


def self_test() -> None:
    """Check the standards' known answers and one fresh key, so that a libcrypto without SM2 stops the start, not a citizen."""
    if sm3(b"abc") != _KNOWN_DIGEST:  # GB/T 32905-2016 A.1
        raise SM3_WRONG()
    try:
        known = PublicKey.from_point(_KNOWN_POINT)
    except InvalidInputError as missing:
        raise NO_SM2_CURVE() from missing
    # The changed message as well: a library that accepts everything would pass the first half.
    if not known.verify(_KNOWN_SIGNATURE, _KNOWN_MESSAGE) or known.verify(_KNOWN_SIGNATURE, _KNOWN_MESSAGE + b"."):
        raise SM2_WRONG()  # GB/T 32918.5-2017 A.2
    key = generate()
    if not key.public.verify(key.sign(_KNOWN_MESSAGE), _KNOWN_MESSAGE):
        raise SM2_UNSTABLE()


def _der_of_raw(raw: bytes) -> bytes:
    half = len(raw) // 2
    return write_sequence(*(write_integer(int.from_bytes(part, "big")) for part in (raw[:half], raw[half:])))


def _private_der(text: bytes) -> bytes:
    """Return the DER inside the PEM; an encrypted key is refused here, so that libcrypto never asks a terminal for a password."""
    if len(text) > _PEM_CAP:
        raise PRIVATE_KEY_FORM()
    der = pem.unarmor(text, "PRIVATE KEY", "EC PRIVATE KEY")
    if der is None:
        raise PRIVATE_KEY_FORM()
    return der
