"""Damaged copies of the published log: each file that was touched is named by `shuniu audit verify`."""

import json
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from cli.process import shuniu_command
from shuniu.proofs.offline import verify_directory
from tests.faults.evidence import under_load
from tests.faults.process import ROOT
from tests.faults.report import Row
from tests.faults.stage import Stage

SECONDS = 2.0
EACH = 50
"""Copies of which the command itself, as a process, is asked about one."""


def damage(stage: Stage, places: int, most: int) -> Row:
    """Damage copies of the hub's own log, each file in so many places, `most` copies at most."""
    hub, row = stage.hub, Row("damaged checkpoint, key, tile or bundle")
    row.count(copies=0, by_command=0, wrongly_accepted=0, not_named=0)
    with under_load(hub, stage.grant) as receipts:
        time.sleep(SECONDS)
    stage.settle(Row(""), receipts)
    row.problems += stage.unsigned()
    copy = copy_of(hub.log_folder, hub.folder / "copy")
    whole = verify_directory(copy)
    row.problems += [f"before anything was touched: {one.en}" for one in whole.findings]
    dice = random.Random(5)  # noqa: S311 - repeatable
    damages = list(damages_of(copy, places, dice))
    dice.shuffle(damages)
    for path, data in damages[:most]:
        row.times += 1
        before = path.read_bytes()
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)
        files = [{one.file for one in verify_directory(copy).findings}]
        if row.times % EACH == 1:
            files.append(_by_command(copy))
            row.count(by_command=1)
        path.write_bytes(before)
        name = path.relative_to(copy).as_posix()
        for found in files:
            row.count(copies=1, wrongly_accepted=not found, not_named=bool(found) and name not in found)
            if name not in found:
                row.problems.append(f"{name}: {sorted(found)} instead")
    row.planned, row.note = row.times, f"a log of {whole.size:,} records"
    return row


def copy_of(log: Path, copy: Path) -> Path:
    """Copy the published log of a running hub as docs/guides/operations.md says: the checkpoint first; `cp` may miss a file that was superseded."""
    copy.mkdir()
    for name in ("checkpoint", "log.vkey"):
        shutil.copy(log / name, copy / name)
    subprocess.run(["cp", "-a", str(log / "tile"), str(copy)], check=False, capture_output=True)
    return copy


def damages_of(folder: Path, places: int, dice: random.Random) -> Iterator[tuple[Path, bytes | None]]:
    """Give files with what they may become; None for one that is taken away."""
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    for number, path in enumerate(files):
        data, other = path.read_bytes(), files[number - 1].read_bytes()
        found = range(len(data)) if path.parent == folder else sorted({0, len(data) - 1, *(dice.randrange(len(data)) for _ in range(places))})
        for place in found:
            yield path, data[:place] + bytes([data[place] ^ 1 << dice.randrange(8)]) + data[place + 1 :]
        half = dice.randrange(len(data))
        changed = (b"", data[:half], data[:-1], data + b"\x00", data + data[:32], data[32:], data[:half] + data[half + 1 :], bytes(len(data)), other)
        # A key without the newline at its end is the same key.
        yield from ((path, one) for one in changed if one.rstrip(b"\n") != data.rstrip(b"\n"))
        if not _is_spare(path):
            yield path, None


def _is_spare(path: Path) -> bool:
    """Tell whether a file may be absent: a partial tile whose full tile stands, or that is not the widest of its place."""
    if path.parent.suffix != ".p":
        return False
    widest = max(int(one.name) for one in path.parent.iterdir())
    return path.parent.with_suffix("").exists() or int(path.name) < widest


def _by_command(copy: Path) -> set[str]:
    done = subprocess.run(shuniu_command("audit", "verify", str(copy), "--json"), check=False, capture_output=True, cwd=ROOT)
    assert done.returncode in {0, 1}, done.stderr
    said = json.loads(done.stdout)
    assert said["ok"] == (done.returncode == 0)
    return {one["file"] for one in said["findings"]}
