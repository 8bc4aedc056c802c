"""Signs the head of the log: what `shuniu.proofs.checkpoint` reads, written byte for byte."""

from collections.abc import Callable
from typing import Final

from audit.reasons.publishing import SIGNER_OF_OTHER_KEY
from shuniu.proofs.checkpoint import Checkpoint, NoteSignature, VerifierKey

_SIGNATURE: Final = 64  # bytes, RFC 8032 section 5.1.6


def sign_checkpoint(head: Checkpoint, key: VerifierKey, sign: Callable[[bytes], bytes]) -> bytes:
    """Return the signed note; `sign` holds the private key. A signature that does not fit the key is never given out."""
    text = head.text()
    signature = sign(text.encode())
    # Checked before anybody sees it: a wrong key file would otherwise sign a log that no auditor can open.
    if len(signature) != _SIGNATURE or not key.verifies(signature, text.encode()):
        raise SIGNER_OF_OTHER_KEY()
    return (text + "\n" + NoteSignature(key.name, key.key_id, signature).line()).encode()
