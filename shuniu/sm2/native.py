"""The functions of libcrypto >= 3.0 that SM2 and SM3 need, each with its argument types.

Only the system's library is loaded, never one that a wheel brings along: the administrator patches the system's.
Every handle is freed on every path and the thread's error queue is left empty, because Python's own `ssl` module
shares that queue and would report our leftovers as its failures.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_uint, c_ulong, c_void_p
from functools import cache
from typing import Any, Final

from shuniu.catalogue import ConfigError
from shuniu.sm2.reasons import LIBRARY_LACKS_FUNCTIONS, LIBRARY_TOO_OLD

OLDEST: Final = 0x30000000  # OPENSSL_VERSION_NUMBER of 3.0.0

_SLOT = POINTER(c_void_p)
_SIGNATURES: Final[dict[str, tuple[object, tuple[object, ...]]]] = {
    "OpenSSL_version_num": (c_ulong, ()),
    "ERR_clear_error": (None, ()),
    "CRYPTO_free": (None, (c_void_p, c_char_p, c_int)),
    "EVP_sm3": (c_void_p, ()),
    "EVP_Digest": (c_int, (c_char_p, c_size_t, c_char_p, POINTER(c_uint), c_void_p, c_void_p)),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, (c_void_p, c_char_p, c_char_p)),
    "EVP_PKEY_CTX_new": (c_void_p, (c_void_p, c_void_p)),
    "EVP_PKEY_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_set1_id": (c_int, (c_void_p, c_char_p, c_int)),
    "EVP_PKEY_keygen_init": (c_int, (c_void_p,)),
    "EVP_PKEY_generate": (c_int, (c_void_p, _SLOT)),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_PKEY2PKCS8": (c_void_p, (c_void_p,)),
    "PKCS8_PRIV_KEY_INFO_free": (None, (c_void_p,)),
    "i2d_PKCS8_PRIV_KEY_INFO": (c_int, (c_void_p, _SLOT)),
    "i2d_PUBKEY": (c_int, (c_void_p, _SLOT)),
    "d2i_PUBKEY": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "d2i_AutoPrivateKey": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "EVP_MD_CTX_new": (c_void_p, ()),
    "EVP_MD_CTX_free": (None, (c_void_p,)),
    "EVP_MD_CTX_set_pkey_ctx": (None, (c_void_p, c_void_p)),
    "EVP_DigestSignInit": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)),
    "EVP_DigestSign": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_DigestVerifyInit": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)),
    "EVP_DigestVerify": (c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
}


def open_library(name: str) -> Any:
    """Return the library with every needed function declared, or say what to install."""
    try:
        lib = ctypes.CDLL(name)
        for function, (result, arguments) in _SIGNATURES.items():
            declared = getattr(lib, function)
            declared.restype, declared.argtypes = result, arguments
    except (OSError, AttributeError) as missing:
        raise LIBRARY_LACKS_FUNCTIONS(library=name) from missing
    if lib.OpenSSL_version_num() < OLDEST:
        raise LIBRARY_TOO_OLD(library=name)
    return lib


@cache
def library() -> Any:
    """Return the system's libcrypto; it is opened once a process."""
    found = ctypes.util.find_library("crypto")
    # find_library asks ldconfig or a compiler, which a slim image may lack; the plain name goes through the loader's own search.
    if found:
        with suppress(ConfigError):
            return open_library(found)
    return open_library("libcrypto.so.3")


class Handle:
    """An EVP_PKEY that frees itself once; libcrypto counts its users, so threads may share it."""

    __slots__ = ("_free", "pointer")

    def __init__(self, pointer: int) -> None:
        """Take over the pointer; `_free` is kept because module globals may be gone when the process ends."""
        self.pointer = pointer
        self._free = library().EVP_PKEY_free

    def __reduce__(self) -> str:
        """Refuse to be copied or pickled: a second owner would free the key a second time."""
        raise TypeError("a key in libcrypto is neither copied nor pickled")

    def __del__(self) -> None:
        """Free the key (libcrypto wipes private parts)."""
        self._free(self.pointer)


@contextmanager
def clean_errors() -> Iterator[Any]:
    """Hand out the library and leave this thread's error queue empty, whatever happens."""
    lib = library()
    try:
        yield lib
    finally:
        lib.ERR_clear_error()


@contextmanager
def digest_context(lib: Any, key: Handle, user_id: bytes) -> Iterator[int | None]:
    """Give an EVP_MD_CTX whose key context carries the SM2 user id, or None where libcrypto refuses; free both.

    The id has to be set before DigestSignInit/DigestVerifyInit, which hash Z = SM3(id, curve, public key) first.
    """
    pkey_context = lib.EVP_PKEY_CTX_new(key.pointer, None)
    context = lib.EVP_MD_CTX_new()
    try:
        if pkey_context and context and lib.EVP_PKEY_CTX_set1_id(pkey_context, user_id, len(user_id)) == 1:
            lib.EVP_MD_CTX_set_pkey_ctx(context, pkey_context)
            yield context
        else:
            yield None
    finally:
        # In this order: the first refers to the second, which set_pkey_ctx leaves to us to free.
        lib.EVP_MD_CTX_free(context)
        lib.EVP_PKEY_CTX_free(pkey_context)


def encode(lib: Any, function: Any, pointer: int | None) -> bytes:
    """Return what an i2d function writes; empty where it refuses."""
    if not pointer:
        return b""
    # An empty slot makes i2d allocate, so the bytes must go back to libcrypto's own allocator.
    out = c_void_p()
    length = function(pointer, byref(out))
    if length <= 0 or not out.value:
        return b""
    try:
        return ctypes.string_at(out.value, length)
    finally:
        lib.CRYPTO_free(out, b"", 0)
