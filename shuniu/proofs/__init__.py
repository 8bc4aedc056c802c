"""What anybody can check of the hub's access log without trusting the hub: the tree, proofs, signed checkpoints, tiles, and whole copies.

    from shuniu.proofs import VerifierKey, open_checkpoint, verify_directory

    head = open_checkpoint(note, [VerifierKey.parse(text)])  # raises unless the log's key signed it
    verdict = verify_directory("copy", text)  # every file of a copy of the log; `findings` names what does not fit

The hub computes and checks with this very code. Nothing here asks a hub, and nothing here needs gRPC. What is wrong is a row of the catalogue
(`shuniu.proofs.reasons`), told in both languages.
"""

from shuniu.proofs.checkpoint import Checkpoint, Note, NoteSignature, VerifierKey, open_checkpoint
from shuniu.proofs.offline import verify_directory
from shuniu.proofs.proof import ConsistencyProof, InclusionProof, inclusion_proof, verify_consistency, verify_inclusion
from shuniu.proofs.tiles import TileReader
from shuniu.proofs.tree import leaf_hash
from shuniu.proofs.verdict import Finding, LogVerdict

__all__ = [
    "Checkpoint",
    "ConsistencyProof",
    "Finding",
    "InclusionProof",
    "LogVerdict",
    "Note",
    "NoteSignature",
    "TileReader",
    "VerifierKey",
    "inclusion_proof",
    "leaf_hash",
    "open_checkpoint",
    "verify_consistency",
    "verify_directory",
    "verify_inclusion",
]
