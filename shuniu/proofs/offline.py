"""Checks a copy of the log without the hub: signature, every leaf, every tile, the proofs; and names what does not fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from shuniu.catalogue import CatalogueError, NotFoundError
from shuniu.proofs.checkpoint import MAX_NOTE, MAX_VKEY, Checkpoint, VerifierKey, open_checkpoint
from shuniu.proofs.proof import MAX_JSON, ConsistencyProof, InclusionProof
from shuniu.proofs.reasons import KEY_NOT_TEXT
from shuniu.proofs.tile_check import TileCheck
from shuniu.proofs.tiles import CHECKPOINT, TileReader, read_file
from shuniu.proofs.tree import range_root
from shuniu.proofs.verdict import EnoughError, Findings, LogVerdict

VKEY: Final = "log.vkey"
INCLUSION: Final = "inclusion.json"
CONSISTENCY: Final = "consistency.json"


@dataclass
class _Folder:
    """One run over a folder: first the key, then what the key vouches for."""

    directory: Path
    findings: Findings = field(default_factory=Findings)
    signer: str = ""

    def key(self, given: str | None) -> VerifierKey | None:
        """Return the key to trust: the one that was given, otherwise the one in the folder; the two must not differ."""
        trusted = None if given is None else VerifierKey.parse(given.strip())
        try:
            text = read_file(self.directory / VKEY, MAX_VKEY).decode()
            stored = VerifierKey.parse(text.removesuffix("\n"))
        except NotFoundError as error:
            if trusted is None:
                self.findings.add_error(VKEY, error)
            return trusted
        except (CatalogueError, UnicodeDecodeError) as error:
            self.findings.add_error(VKEY, error if isinstance(error, CatalogueError) else KEY_NOT_TEXT())
            return trusted
        if trusted is not None and stored != trusted:
            self.findings.add(VKEY, "not the key that you trust", "与您所信任的密钥不同", expected=str(trusted), found=str(stored))
        self.findings.checked.append(VKEY)
        return trusted or stored

    def head(self, key: VerifierKey) -> Checkpoint | None:
        """Return the checkpoint if the log's key signed it; the key's name is the log's origin (tlog-checkpoint, "Signatures")."""
        try:
            head = open_checkpoint(read_file(self.directory / CHECKPOINT, MAX_NOTE), [key], key.name)
        except CatalogueError as error:
            self.findings.add_error(CHECKPOINT, error)
            return None
        self.signer = str(key)
        self.findings.checked.append(CHECKPOINT)
        return head

    def proofs(self, head: Checkpoint) -> None:
        """Check the proofs that lie beside the log, in themselves and, where the log is whole, against it."""
        for name, reader in ((INCLUSION, InclusionProof), (CONSISTENCY, ConsistencyProof)):
            try:
                proof = reader.from_json(read_file(self.directory / name, MAX_JSON))
                proof.verify()
            except NotFoundError:
                continue
            except CatalogueError as error:
                self.findings.add_error(name, error)
                continue
            self.findings.checked.append(name)
            # Against tiles that are known to be wrong, a true proof would look false.
            if not self.findings.found:
                self._compare(name, proof, head)

    def _compare(self, name: str, proof: InclusionProof | ConsistencyProof, head: Checkpoint) -> None:
        """Compare the roots a proof ends in with the log in this folder; a proof that holds binds its leaf to its root already."""
        node = TileReader(self.directory).nodes(head.size)
        roots = [(proof.size, proof.root)] if isinstance(proof, InclusionProof) else [(proof.size1, proof.root1), (proof.size2, proof.root2)]
        for size, root in roots:
            if size > head.size:
                self.findings.add(
                    name, "speaks of a longer log than the checkpoint", "所述日志长于检查点", expected=f"<= {head.size}", found=str(size)
                )
                return
            true = range_root(0, size, node)
            if root != true:
                self.findings.add(name, f"another root at size {size}", f"大小为 {size} 时的根不同", expected=true.hex(), found=root.hex())
                return


def verify_directory(path: Path, vkey: str | None = None) -> LogVerdict:
    """Check a copy of the log: `checkpoint`, `log.vkey`, `tile/`, and `inclusion.json` and `consistency.json` where they lie beside it.

    `vkey` is the log's verifier key as the reader got it from elsewhere; without it the key in the folder is believed, which shows
    that the folder is whole but not whose log it is. A malformed `vkey` is an `InvalidInputError`; what is wrong with the folder is
    a finding. Nothing below an unsigned checkpoint is judged.
    """
    folder, head = _Folder(Path(path)), None
    try:
        key = folder.key(vkey)
        head = None if key is None else folder.head(key)
        if head is not None:
            tiles = TileCheck(folder.directory, folder.findings, head)
            tiles.run()
            tiles.check_others()
            folder.findings.checked.append("tile")
            folder.proofs(head)
    except EnoughError:
        folder.findings.notices.append("too much is wrong: the check stopped here")
    origin, size, root = ("", 0, b"") if head is None else (head.origin, head.size, head.root)
    findings = folder.findings
    return LogVerdict(str(path), origin, size, root, folder.signer, tuple(findings.checked), tuple(findings.found), tuple(findings.notices))
