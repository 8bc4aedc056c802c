"""What a proof of possession signs, for departments that register an issuing key and for the hub that checks it, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_HEAD: Final = "shuniu-issuing-key 2"  # a head of its own: a proof is no signature over anything else, nor the other way round


def issuing_key_proof(hub: str, department: str, license_types: Iterable[str], public_key: bytes) -> bytes:
    """Return the bytes that a department's issuing key signs with ES256 (raw r||s) for `RegisterIssuingKeyRequest.proof`.

    They say who the proof is for: the hub's name (as in the certificate's URI shuniu://<hub>/...), the department's USCC, the license type
    codes, the key (DER, SubjectPublicKeyInfo). A registration that somebody copied is of no use at another hub or in another department's name.
    """
    lines = (_HEAD, hub, department, ",".join(sorted(set(license_types))))
    return "".join(f"{line}\n" for line in lines).encode() + public_key
