"""`shuniu receipts`: a folder of kept receipts, checked against the log's signed checkpoints; the hub is asked with --fetch alone."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from shuniu.catalogue import CatalogueError
from shuniu.cli.options import ADDRESS, FOLDER, identity_of, key_of, officer_of
from shuniu.cli.output import ExitCode, plain, print_json
from shuniu.cli.progress import progress
from shuniu.errors import InvalidValueError
from shuniu.folder import write_new
from shuniu.proofs.checkpoint import MAX_NOTE, MAX_VKEY, VerifierKey, open_checkpoint
from shuniu.proofs.tiles import CHECKPOINT, TileReader, read_file
from shuniu.receipts.folder import KEY, ReceiptFolder
from shuniu.receipts.reasons import NOT_A_RECEIPT, RECEIPTS_NO_KEY, RECEIPTS_OTHER_KEY
from shuniu.receipts.verdict import LogCopy, ReceiptCheck, ReceiptVerdict, Standing, proven, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shuniu.receipts.fetching import ProofSource

_MARKS: Final = {Standing.PROVEN: ("✓", "green"), Standing.WRONG: ("✗", "red"), Standing.OPEN: ("?", "yellow")}
_CODES: Final = {Standing.PROVEN: ExitCode.OK, Standing.WRONG: ExitCode.NO, Standing.OPEN: ExitCode.UNKNOWN}
_SAY: Final = {
    Standing.PROVEN: "全部回执核对无误 every receipt holds",
    Standing.WRONG: "有回执不符 some receipts do not hold",
    Standing.OPEN: "有回执尚未全部核对，未发现不符 nothing is wrong, and not everything could be checked",
}
_REASON: Final = "核对存证回执"


@click.group()
def receipts() -> None:
    """存证回执 A folder of receipts, as `shuniu call --receipts DIR` and `connect(..., receipts=DIR)` keep them."""


@dataclass(frozen=True)
class _Outcome:
    """What the check of a folder came to."""

    key: VerifierKey
    is_pinned: bool
    verdicts: tuple[ReceiptVerdict, ...]
    ignored: tuple[str, ...] = field(default=())

    @property
    def standing(self) -> Standing:
        """Return the worst of all receipts; of an empty folder nothing is known."""
        found = {one.standing for one in self.verdicts}
        if Standing.WRONG in found:
            return Standing.WRONG
        return Standing.OPEN if Standing.OPEN in found or not found else Standing.PROVEN

    def count(self, standing: Standing) -> int:
        """Return how many receipts stand so."""
        return sum(one.standing is standing for one in self.verdicts)


@receipts.command()
@click.argument("directory", type=FOLDER, metavar="DIR")
@click.option("--vkey", metavar="KEY", help="日志公钥 the log's verifier key, or a file with it, obtained over a channel you trust.")
@click.option("--log", "copy", type=FOLDER, metavar="COPY", help="日志副本 prove the receipts out of a copy of the log: its checkpoint and tiles.")
@click.option("--fetch", is_flag=True, help="向枢纽索取所缺的证明 fetch missing proofs from the hub and keep them in the files.")
@identity_of("向枢纽索取所用的身份目录 ask the hub with the folder that `shuniu join` made.", required=False)
@click.option("--hub", type=ADDRESS, help="枢纽地址 the address to ask, if not the one in the identity folder.")
@click.option("--compare", is_flag=True, help="并读取各条记录核对 fetch, and read each record to compare it with the answer: a look on the log.")
@officer_of("--compare 的经办人 who reads the records.", required=False)
@click.option("--reason", default=_REASON, show_default=True, help="查看记录的理由 why records are read.")
@click.option("--files", type=FOLDER, help="批量交换数据文件所在目录 where the files of streams lie. [default: the folder that holds DIR]")
@click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    directory: Path,
    vkey: str | None,
    copy: Path | None,
    fetch: bool,
    compare: bool,
    identity: Path | None,
    hub: str | None,
    officer: str,
    reason: str,
    files: Path | None,
    as_json: bool,
) -> None:
    """核对存证回执 Check every receipt in DIR: that its record stands in the signed log, and speaks of just the answer that was kept.

    Of a stream the file into which it was written is read through, and compared with the receipt.

    Nothing is asked of the hub without --fetch or --compare: files that hold their proofs need the log's key alone.
    Exit codes: 0 every receipt holds, 1 some do not, 2 wrong input, 3 undetermined: something could not be checked yet.
    """
    folder = ReceiptFolder(directory)
    given = VerifierKey.parse((key_of(vkey) or "").strip()) if vkey else None
    trusted = _trusted(folder, given, copy)
    names = folder.names()
    if compare and not officer:
        raise click.UsageError("--compare 需要用 --officer 给出经办人: --compare needs --officer, since each look is on the log")
    door = _door_of(identity, hub) if fetch or compare else None
    with _hub(door, trusted, (officer, reason) if compare else None) as asked, progress("已核对回执 receipts checked") as tell:
        key = asked.key if asked is not None else trusted
        if key is None:
            raise RECEIPTS_NO_KEY()
        if asked is not None:
            _keep_key(folder, key)
        check = ReceiptCheck(key, None if copy is None else _copy_of(copy, key), files or directory.absolute().parent)
        verdicts = []
        for number, name in enumerate(names, 1):
            verdicts.append(_judge(folder, name, check, asked))
            tell(number, len(names))
    outcome = _Outcome(key, given is not None, tuple(verdicts), tuple(folder.others()))
    (_print_facts if as_json else _show)(outcome)
    ctx.exit(_CODES[outcome.standing])


def _judge(folder: ReceiptFolder, name: str, check: ReceiptCheck, asked: ProofSource | None) -> ReceiptVerdict:
    """Return the verdict over one file, whatever is in it."""
    index = -1
    try:
        kept = folder.read(name)
        index = kept.receipt.index
        if asked is not None and name == f"{index}.json":
            kept = asked.complete(folder, name, kept)
        check.check(name, kept)
    except InvalidValueError:
        return verdict_of(name, NOT_A_RECEIPT(), index)
    except CatalogueError as error:
        return verdict_of(name, error, index)
    return proven(name, index)


def _door_of(identity: Path | None, hub: str | None) -> tuple[str, Path]:
    """Return where the hub is and as whom it is asked."""
    if identity is None:
        raise click.UsageError("向枢纽索取需要用 --identity 给出身份目录: to ask the hub takes --identity")
    return hub or import_module("shuniu.cli.department").members_address(identity), identity


@contextmanager
def _hub(door: tuple[str, Path] | None, trusted: VerifierKey | None, look: tuple[str, str] | None) -> Iterator[ProofSource | None]:
    """Give the hub as a source of proofs where it is to be asked."""
    if door is None:
        yield None
        return
    # gRPC is loaded here: what is checked offline needs none
    fetching = import_module("shuniu.receipts.fetching")
    with import_module("shuniu").connect(*door) as client:
        yield fetching.ProofSource(client.audit, trusted, fetching.Look(*look) if look else None)


def _trusted(folder: ReceiptFolder, given: VerifierKey | None, copy: Path | None) -> VerifierKey | None:
    """Return the key to trust: the one given, the one kept with the receipts, the copy's; the first two must not differ."""
    kept = _key_in(folder.place)
    if given is not None and kept is not None and given != kept:
        raise RECEIPTS_OTHER_KEY(found=str(kept), expected=str(given))
    return given or kept or (None if copy is None else _key_in(copy))


def _key_in(place: Path) -> VerifierKey | None:
    if not (place / KEY).is_file():
        return None
    return VerifierKey.parse(read_file(place / KEY, MAX_VKEY).decode("utf-8", "replace").strip())


def _keep_key(folder: ReceiptFolder, key: VerifierKey) -> None:
    """Keep the log's key with the receipts, so that another key is noticed from then on."""
    if not (folder.place / KEY).exists():
        write_new(folder.place, {KEY: f"{key}\n".encode()})


def _copy_of(place: Path, key: VerifierKey) -> LogCopy:
    head = open_checkpoint(read_file(place / CHECKPOINT, MAX_NOTE), [key], key.name)
    return LogCopy(head, TileReader(place).nodes(head.size))


def _print_facts(outcome: _Outcome) -> None:
    print_json(
        {
            "outcome": outcome.standing.value,
            "origin": outcome.key.name,
            "key": str(outcome.key),
            "pinned": outcome.is_pinned,
            **{one.value: outcome.count(one) for one in Standing},
            "receipts": [{**asdict(one), "standing": one.standing.value} for one in outcome.verdicts],
            "ignored": list(outcome.ignored),
        }
    )


def _show(outcome: _Outcome) -> None:
    for one in outcome.verdicts:
        mark, colour = _MARKS[one.standing]
        reason = f" [{one.reason}]" if one.reason else ""
        click.secho(f"{mark} {one.file}{reason} {plain(one.zh)} {plain(one.en)}", fg=colour)
    for reason, one in {one.reason: one for one in outcome.verdicts if one.next_en}.items():
        click.echo(f"  {reason}\n    下一步: {plain(one.next_zh)}\n    next: {plain(one.next_en)}")
    mark, colour = _MARKS[outcome.standing]
    text = _SAY[outcome.standing] if outcome.verdicts else "目录中没有存证回执 there are no receipts in the folder"
    counts = f"无误 hold {outcome.count(Standing.PROVEN)}, 不符 do not {outcome.count(Standing.WRONG)}, 未定 open {outcome.count(Standing.OPEN)}"
    click.secho(f"{mark} {text} ({counts})", fg=colour, bold=True)
    click.echo(f"  日志 log: {plain(outcome.key.name)}")
    for name in outcome.ignored:
        click.echo(f"  注 note: 未核对 not checked, its name is no index: {plain(name)}")
    if not outcome.is_pinned:
        click.echo(f"  注 note: 未用 --vkey 指定日志公钥，所信任的公钥为 the key that was trusted, without --vkey:\n    {plain(str(outcome.key))}")
