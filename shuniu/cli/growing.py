"""`shuniu audit grown`: of two kept checkpoints of the log, whether the older is the beginning of the newer."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from shuniu.catalogue import CatalogueError, NotFoundError
from shuniu.cli.options import FILE, FOLDER, identity_of, is_said, key_of
from shuniu.cli.output import ExitCode, plain, print_json
from shuniu.cli.reasons import COPY_INCOMPLETE, PROOF_SOURCE
from shuniu.enums import StrEnum

if TYPE_CHECKING:
    from shuniu.proofs import Checkpoint, ConsistencyProof


class Growth(StrEnum):
    """What two checkpoints under the log's own signature say together."""

    GROWN = "grown"
    SAME = "same"
    REWRITTEN = "rewritten"
    """The log signed two histories: both checkpoints together prove it to anybody."""
    SHORTER = "shorter"
    """The checkpoint that is said to be the newer has fewer records: the log was put back, or the files stand in the wrong order."""
    UNPROVEN = "unproven"
    """The proof at hand does not lead to the newer checkpoint, so nothing is known of the older one."""


_SAY: Final = {
    Growth.GROWN: (ExitCode.OK, "✓ 日志只有新增，旧检查点所含内容未变", "the log has only grown: what the older checkpoint covers is unchanged"),
    Growth.SAME: (ExitCode.OK, "✓ 两个检查点相同，日志没有变化", "both checkpoints are the same: the log has not changed"),
    Growth.REWRITTEN: (
        ExitCode.NO,
        "✗ 日志已被改写：旧检查点不是新检查点的开头。两者均有签名，请妥善保存，并向枢纽运行单位的上级报告",
        "the log was rewritten: the older checkpoint is not the beginning of the newer. Both are signed: keep them and tell the operator's superiors",
    ),
    Growth.SHORTER: (
        ExitCode.NO,
        "✗ 新检查点的记录数少于旧检查点：日志已回退，或两个文件次序颠倒",
        "the newer checkpoint has fewer records than the older: the log was put back, or the two files are in the wrong order",
    ),
    Growth.UNPROVEN: (
        ExitCode.UNKNOWN,
        "? 所得证明与新检查点不符，无法判定。副本请先用 `shuniu audit verify` 核验；证明由枢纽给出的，请保存两个检查点并查明原因",
        "the proof does not lead to the newer checkpoint: nothing is shown. Check a copy with `shuniu audit verify`; if the hub gave it, ask why",
    ),
}
_COLOUR: Final = {ExitCode.OK: "green", ExitCode.NO: "red", ExitCode.UNKNOWN: "yellow"}


@dataclass(frozen=True)
class _Source:
    """Where the proof comes from: a copy of the log, or the hub by a member's certificate."""

    tiles: Path | None
    identity: Path | None

    def newest(self) -> bytes:
        """Return the newest checkpoint there is."""
        if self.tiles is not None:
            return _read(self.tiles / "checkpoint")
        note: str = self._audit("GetCheckpoint").checkpoint
        return note.encode()

    def proof(self, size1: int, size2: int) -> ConsistencyProof:
        """Return the proof that the first so many records are the beginning of so many; nothing in it is believed."""
        proofs = import_module("shuniu.proofs.proof")
        if self.tiles is not None:
            return _from_tiles(self.tiles, size1, size2)
        given = self._audit("GetConsistencyProof", size1=size1, size2=size2)
        proof: ConsistencyProof = proofs.ConsistencyProof(given.size1, given.size2, given.root1, given.root2, tuple(given.proof))
        return proof

    def _audit(self, method: str, **asked: int) -> Any:
        # gRPC is loaded here: a copy needs none
        address = import_module("shuniu.cli.department").members_address(self.identity)
        request = getattr(import_module("shuniu.v1.audit_pb2"), f"{method}Request")
        with import_module("shuniu").connect(address, self.identity) as hub:
            return getattr(hub.audit, method)(request(**asked))


@click.command("grown")
@click.argument("old", type=FILE, metavar="OLD")
@click.argument("new", type=FILE, metavar="[NEW]", required=False)
@click.option("--vkey", required=True, metavar="KEY", help="日志公钥 the log's verifier key, or a file with it, obtained over a channel you trust.")
@identity_of("向枢纽索取证明所用的身份目录 fetch the proof from the hub, with the folder that `shuniu join` made.", required=False)
@click.option("--tiles", type=FOLDER, metavar="DIR", help="由日志副本计算证明 make the proof out of a copy of the log; nothing is asked of the hub.")
@click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")
@click.pass_context
def grown(ctx: click.Context, *, old: Path, new: Path | None, vkey: str, identity: Path | None, tiles: Path | None, as_json: bool) -> None:
    """核对两个检查点 Check that the log has only grown between two checkpoints that you kept, OLD and NEW.

    Without NEW the newest checkpoint of the hub or of the copy is taken. The proof is checked against the two signed checkpoints; what the hub
    says of its roots is not believed.
    Exit codes: 0 grown or the same, 1 rewritten or put back, 2 wrong input, 3 undetermined: the proof does not fit, or the hub is away.
    """
    if tiles is not None and not is_said(ctx, "identity"):
        identity = None  # a copy is judged by itself, though the environment names an identity
    if (identity is None) == (tiles is None):
        raise PROOF_SOURCE()
    source = _Source(tiles, identity)
    first = _open(str(old), _read(old), vkey)
    second = _open(str(new or "checkpoint"), _read(new) if new else source.newest(), vkey)
    growth = judge(first, second, source)
    _show(growth, first, second, as_json=as_json)
    ctx.exit(_SAY[growth][0])


def judge(old: Checkpoint, new: Checkpoint, source: Any) -> Growth:
    """Tell what became of the log between two signed heads of it."""
    if new.size <= old.size:
        same = Growth.SAME if new.root == old.root else Growth.REWRITTEN
        return same if new.size == old.size else Growth.SHORTER
    if old.size == 0:  # RFC 9162 section 2.1.4: every log extends the empty one
        return Growth.GROWN
    proof = source.proof(old.size, new.size)
    try:
        proof.verify()
    except CatalogueError:
        return Growth.UNPROVEN
    if (proof.size1, proof.size2, proof.root2) != (old.size, new.size, new.root):
        return Growth.UNPROVEN
    # the proof holds and ends in NEW's root, so its hashes are those of NEW's tree: what it begins with is how NEW began
    return Growth.GROWN if proof.root1 == old.root else Growth.REWRITTEN


def _from_tiles(folder: Path, size1: int, size2: int) -> ConsistencyProof:
    proofs, tree = import_module("shuniu.proofs.proof"), import_module("shuniu.proofs.tree")
    node = import_module("shuniu.proofs.tiles").TileReader(folder).nodes(size2)
    try:
        roots = tree.range_root(0, size1, node), tree.range_root(0, size2, node)
        hashes = tuple(proofs.consistency_proof(size1, size2, node))
    except NotFoundError:
        raise COPY_INCOMPLETE(folder=folder, size=size2) from None
    proof: ConsistencyProof = proofs.ConsistencyProof(size1, size2, *roots, hashes)
    return proof


def _open(name: str, note: bytes, vkey: str) -> Checkpoint:
    checkpoint = import_module("shuniu.proofs.checkpoint")
    key = checkpoint.VerifierKey.parse(key_of(vkey))
    try:
        head: Checkpoint = checkpoint.open_checkpoint(note, [key], key.name)
    except Exception:
        click.echo(f"{plain(name)}:", err=True)  # which of the two
        raise
    return head


def _read(path: Path) -> bytes:
    return import_module("shuniu.cli.verifying").read_file(path)  # type: ignore[no-any-return]


def _show(growth: Growth, old: Checkpoint, new: Checkpoint, *, as_json: bool) -> None:
    code, zh, en = _SAY[growth]
    if as_json:
        facts = {"outcome": growth.value, "origin": old.origin, "message": en, "message_zh": zh[2:]}
        heads = {"size1": old.size, "size2": new.size, "root1": old.root.hex(), "root2": new.root.hex()}
        print_json(facts | heads)
        return
    click.secho(f"{zh}\n  {en}", fg=_COLOUR[code], bold=True)
    click.echo(f"  日志 log: {plain(old.origin)}")
    for label, head in (("旧 older", old), ("新 newer", new)):
        click.echo(f"  {label}: 记录数 records {head.size}, 根哈希 root {head.root.hex()}")
