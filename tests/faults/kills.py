"""kill -9 of the hub under load, many times."""

import random
import time
from pathlib import Path

from shuniu.proofs.offline import verify_directory
from tests.faults.copies import copy_of
from tests.faults.evidence import merkle_root, signed, under_load, wait_for
from tests.faults.report import Row
from tests.faults.stage import PATIENCE, Stage

EVERY = 10
"""Rounds after which the published head is compared with the whole log."""


def kill(stage: Stage, rounds: int, seconds: float) -> Row:
    """Kill the hub so often, for so many seconds at most; it starts again each time, closes what it left open, and goes on."""
    row, dice, hub = Row("kill -9 of the hub", planned=rounds), random.Random(20261123), stage.hub  # noqa: S311 - repeatable
    end, most_open = time.monotonic() + seconds, 0
    for number in range(rounds):
        if time.monotonic() > end:
            break
        with under_load(hub, stage.grant) as receipts:
            time.sleep(dice.uniform(0.15, 0.7))
            hub.kill()
        row.take(len(receipts), stage.evidence.compare(receipts))
        most_open += len(stage.evidence.open)
        before = signed(hub) if number % EVERY == 0 else None
        try:
            hub.start()
        except RuntimeError as refused:
            row.problems.append(f"time {row.times}: {refused}")
            break
        row.count(no_intent=stage.evidence.compare([]).without_intent, open=len(stage.evidence.open))
        if before is not None and merkle_root(stage.evidence.leaves[: before[0]]) != before[1]:
            row.problems.append(f"time {row.times}: what was signed is not how the log begins")
        if not wait_for(stage.answers, PATIENCE):
            row.problems.append(f"time {row.times}: the hub does not answer again")
    row.note = f"{most_open:,} intents were open after a kill"
    return row


def left_behind(stage: Stage) -> Row:
    """Look at the published folder after all that: whole, and without what killed writers leave."""
    row = Row("files of killed writers", planned=1, times=1)
    found = len(passing(stage.hub.log_folder))
    wait_for(lambda: not passing(stage.hub.log_folder), PATIENCE)
    row.count(left=len(passing(stage.hub.log_folder)))
    row.note = f"{found} of them before the cleaning came around"
    row.problems += stage.unsigned()
    row.problems += [one.en for one in verify_directory(copy_of(stage.hub.log_folder, stage.hub.folder / "after kills")).findings]
    return row


def passing(folder: Path) -> list[Path]:
    return [one for one in folder.rglob(".new-*") if one.is_file()]
