"""Checks a copy of the log without the hub: signature, every leaf, every tile, the proofs; and names what does not fit.

Each stored hash is bound twice: from below (the entries or tiles it is made of) and from above (the parent's hash, and at the right
edge the signed root). A byte changed in one file breaks the bonds of that file alone, which tells it from its neighbours.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audit.checkpoint import MAX_NOTE, MAX_VKEY, Checkpoint, VerifierKey, open_checkpoint
from audit.proofs import MAX_JSON, ConsistencyProof, InclusionProof
from audit.reasons.copies import KEY_NOT_TEXT
from audit.tiles import CHECKPOINT, ENTRIES, HEIGHT, WIDTH, Tile, TileReader, levels_of, read_file, tiles_of
from audit.tree import EMPTY_ROOT, leaf_hash, range_root, root_of
from audit.verdict import EnoughError, Findings, Verdict
from hub.errors import InvalidInputError, NotFoundError, ShuniuError

VKEY: Final = "log.vkey"
INCLUSION: Final = "inclusion.json"
CONSISTENCY: Final = "consistency.json"
_CACHED_TILES: Final = 64


@dataclass(slots=True)
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
                self.findings.broken(VKEY, error)
            return trusted
        except (ShuniuError, UnicodeDecodeError) as error:
            self.findings.broken(VKEY, error if isinstance(error, ShuniuError) else KEY_NOT_TEXT())
            return trusted
        if trusted is not None and stored != trusted:
            self.findings.find(VKEY, "not the key that you trust", "与您所信任的密钥不同", expected=str(trusted), found=str(stored))
        self.findings.checked.append(VKEY)
        return trusted or stored

    def head(self, key: VerifierKey) -> Checkpoint | None:
        """Return the checkpoint if the log's key signed it; the key's name is the log's origin (tlog-checkpoint, "Signatures")."""
        try:
            head = open_checkpoint(read_file(self.directory / CHECKPOINT, MAX_NOTE), [key], key.name)
        except ShuniuError as error:
            self.findings.broken(CHECKPOINT, error)
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
            except ShuniuError as error:
                self.findings.broken(name, error)
                continue
            self.findings.checked.append(name)
            if not self.findings.found:
                self._compare(name, proof, head)

    def _compare(self, name: str, proof: InclusionProof | ConsistencyProof, head: Checkpoint) -> None:
        """Compare the roots a proof ends in with the log in this folder; a proof that holds binds its leaf to its root already."""
        node = TileReader(self.directory).nodes(head.size)
        roots = [(proof.size, proof.root)] if isinstance(proof, InclusionProof) else [(proof.size1, proof.root1), (proof.size2, proof.root2)]
        for size, root in roots:
            if size > head.size:
                self.findings.find(
                    name, "speaks of a longer log than the checkpoint", "所述日志长于检查点", expected=f"<= {head.size}", found=str(size)
                )
                return
            true = range_root(0, size, node)
            if root != true:
                self.findings.find(name, f"another root at size {size}", f"大小为 {size} 时的根不同", expected=true.hex(), found=root.hex())
                return


class _TreeCheck:
    """Walks the tiles from the leaves up and holds each against what is below and what is above it."""

    def __init__(self, directory: Path, findings: Findings, head: Checkpoint) -> None:
        self._directory, self._findings, self._head = directory, findings, head
        self._reader = TileReader(directory)
        self._cache: OrderedDict[Tile, list[bytes] | None] = OrderedDict()
        self._edge = self._edge_holds()

    def run(self) -> None:
        """Check every level; `below` are the hashes that the level under it gives."""
        below: list[bytes | None] = []
        for level in levels_of(self._head.size):
            roots: list[bytes | None] = []
            for tile in tiles_of(self._head.size, level):
                root = self._leaves(tile) if level == 0 else self._inner(tile, below[tile.index * WIDTH : tile.index * WIDTH + tile.width])
                if tile.width == WIDTH:
                    roots.append(root)
            below = roots
        if self._head.size == 0 or (self._edge is False and not self._findings.found):
            self._judge_root()

    def _judge_root(self) -> None:
        root = EMPTY_ROOT if self._head.size == 0 else range_root(0, self._head.size, self._reader.nodes(self._head.size))
        if root != self._head.root:
            self._findings.find(
                CHECKPOINT,
                "the records here are not the ones that were signed",
                "此处的记录与已签名的不一致",
                expected=self._head.root.hex(),
                found=root.hex(),
            )

    def _edge_holds(self) -> bool | None:
        """Tell whether the tiles of the right edge give the signed root; None when one of them cannot be read."""
        try:
            return range_root(0, self._head.size, self._reader.nodes(self._head.size)) == self._head.root
        except ShuniuError:
            return None

    def _stored(self, tile: Tile) -> list[bytes] | None:
        """Return a tile's hashes, or None when it cannot be read."""
        if tile not in self._cache:
            try:
                self._cache[tile] = self._reader.hashes(tile)
            except ShuniuError:
                self._cache[tile] = None
            if len(self._cache) > _CACHED_TILES:
                self._cache.popitem(last=False)
        self._cache.move_to_end(tile)
        return self._cache[tile]

    def _load(self, tile: Tile) -> list[bytes] | None:
        """Return a tile's hashes and note when it cannot be read."""
        hashes = self._stored(tile)
        if hashes is None:
            try:
                self._reader.hashes(tile)
            except ShuniuError as error:
                self._findings.broken(self._reader.stored(tile).path, error, _first_leaf(tile))
        return hashes

    def _vouched(self, tile: Tile, root: bytes) -> bool | None:
        """Tell whether what is above confirms this tile: its parent's hash or, at the right edge, the signed root."""
        if tile.width < WIDTH:
            return self._edge
        count = self._head.size >> (HEIGHT * (tile.level + 1))
        index, place = divmod(tile.index, WIDTH)
        above = self._stored(Tile(tile.level + 1, index, min(WIDTH, count - index * WIDTH)))
        return None if above is None else above[place] == root

    def _leaves(self, tile: Tile) -> bytes | None:
        """Check an entry bundle against its tile and return the tile's root."""
        bundle = self._reader.stored(Tile(ENTRIES, tile.index, tile.width))
        hashes = self._load(tile)
        try:
            data = self._reader.read(bundle)
        except ShuniuError as error:
            self._findings.broken(bundle.path, error, _first_leaf(tile))
            return None if hashes is None else root_of(hashes)
        if hashes is None:
            computed = [one for one in _leaf_hashes(data) if one]
            return root_of(computed) if len(computed) == tile.width else None
        self._match(tile, bundle, hashes, data)
        return root_of(hashes)

    def _match(self, tile: Tile, bundle: Tile, hashes: list[bytes], data: bytes) -> None:
        """Find the first entry that does not hash to its place in the tile, and whose fault that is."""
        computed = list(_leaf_hashes(data))
        place = next((i for i, one in enumerate(hashes) if i >= len(computed) or computed[i] != one), None)
        if place is None:
            if len(computed) != bundle.width or not computed[-1]:
                self._findings.find(bundle.path, "bytes after the last entry", "末条之后有多余字节", leaf=_first_leaf(tile) + tile.width - 1)
            return
        told = computed[place].hex() if place < len(computed) and computed[place] else "no whole entry"
        leaf = _first_leaf(tile) + place
        if self._vouched(tile, root_of(hashes)) is False:
            self._findings.find(
                self._reader.stored(tile).path, "not the hash of the entry", "与条目的哈希不符", leaf=leaf, expected=told, found=hashes[place].hex()
            )
        else:
            self._findings.find(bundle.path, "the entry was changed", "条目被改动", leaf=leaf, expected=hashes[place].hex(), found=told)

    def _inner(self, tile: Tile, below: list[bytes | None]) -> bytes | None:
        """Check a tile of a higher level against the roots of the tiles below it, and return its root."""
        hashes = self._load(tile)
        if hashes is None:
            return root_of([one for one in below if one]) if None not in below else None
        wrong = [i for i, one in enumerate(below) if one is not None and one != hashes[i]]
        if wrong and self._vouched(tile, root_of(hashes)) is False:
            self._report(self._reader.stored(tile), tile, wrong[0], below[wrong[0]] or b"", hashes[wrong[0]])
        elif wrong:
            for place in wrong:
                child = Tile(tile.level - 1, tile.index * WIDTH + place)
                if not self._findings.blames(child.path):
                    self._report(child, tile, place, hashes[place], below[place] or b"")
        return root_of(hashes)

    def _report(self, culprit: Tile, tile: Tile, place: int, expected: bytes, found: bytes) -> None:
        leaf = _first_leaf(tile) + (place << (HEIGHT * tile.level))
        self._findings.find(culprit.path, "does not fit the tree", "与树不符", leaf=leaf, expected=expected.hex(), found=found.hex())

    def strays(self) -> None:
        """Check files that this size of the log does not need: an older partial tile must agree; what is newer is only noted."""
        for path in _files(self._directory / "tile"):
            name = path.relative_to(self._directory).as_posix()
            try:
                tile = Tile.parse(name)
            except InvalidInputError:
                self._findings.note(f"{name}: not a file of the log")
                continue
            width = min(WIDTH, (self._head.size >> (HEIGHT * max(tile.level, 0))) - tile.index * WIDTH)
            if width <= 0:
                self._findings.note(f"{name}: newer than the checkpoint")
            elif self._reader.stored(needed := Tile(tile.level, tile.index, width)) != tile:
                self._agree(tile, needed)

    def _agree(self, tile: Tile, needed: Tile) -> None:
        """Compare a partial tile of another size with the one that was checked."""
        if tile.width > needed.width:
            self._findings.note(f"{tile.path}: newer than the checkpoint")
        read = self._reader.entries if tile.level == ENTRIES else self._reader.hashes
        common = min(tile.width, needed.width)
        try:
            known = read(needed)[:common]
        except ShuniuError:
            return  # found already
        try:
            other = read(tile)[:common]
        except ShuniuError as error:
            self._findings.broken(tile.path, error, _first_leaf(tile))
            return
        place = next((i for i in range(common) if other[i] != known[i]), None)
        if place is not None and not self._findings.blames(self._reader.stored(needed).path):
            leaf = _first_leaf(tile) + (place << (HEIGHT * max(tile.level, 0)))
            self._findings.find(
                tile.path,
                "an older part of the log says otherwise",
                "日志的旧分片与之不符",
                leaf=leaf,
                expected=known[place].hex()[:64],
                found=other[place].hex()[:64],
            )


def _first_leaf(tile: Tile) -> int:
    return (tile.index * WIDTH) << (HEIGHT * max(tile.level, 0))


def _leaf_hashes(data: bytes) -> Iterator[bytes]:
    """Hash the entries of a bundle one by one; an empty hash stands where it breaks off or runs over."""
    at = count = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) or at + 2 > len(data) or count == WIDTH:
            yield b""
            return
        yield leaf_hash(data[at + 2 : end])
        at, count = end, count + 1


def _files(folder: Path) -> Iterator[Path]:
    """Name every file below a folder in a fixed order; links to folders are not followed."""
    for path, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(path) / name for name in sorted(names))


def verify_directory(path: Path, vkey: str | None = None) -> Verdict:
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
            tree = _TreeCheck(folder.directory, folder.findings, head)
            tree.run()
            tree.strays()
            folder.findings.checked.append("tile")
            folder.proofs(head)
    except EnoughError:
        folder.findings.notices.append("too much is wrong: the check stopped here")
    origin, size, root = ("", 0, b"") if head is None else (head.origin, head.size, head.root)
    said = folder.findings
    return Verdict(str(path), origin, size, root, folder.signer, tuple(said.checked), tuple(said.found), tuple(said.notices))
