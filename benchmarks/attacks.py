"""What another member's Query feels while somebody attacks: `python -m benchmarks.attacks [--rounds N] [--seconds S] [--only NAME,...]`.

Each attack is run against the hub, and as a control against a bare server of the same stack beside the hub: two busy processes alone move a
median on two cores. Printed for each: the Query's p50 quiet, beside the control, under the attack; the last two as a ratio (wanted: at most
1.20); Queries that failed; the hub's CPU; how its memory and its log grew, and what of the memory is left a minute later (`--memory`).
"""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.attack_scene import Attack, Scene, attacks
from benchmarks.served import QUERY, cpu_us
from tests.faults.process import HubProcess

_HERE: Final = Path(__file__).parent
_MEASURED: Final = "p50 quiet, ms|beside the control|attacked|ratio|failed|CPU of the hub|memory +MB|a minute later|log +MB"
_COLUMNS: Final = ("attack", *_MEASURED.split("|"), "what came back", "from the bare server")
VICTIMS: Final = 2


@dataclass
class Round:
    """What was measured in one round: medians in microseconds, memory and log in MB."""

    quiet: float
    control: float
    attacked: float = 0.0
    failed: int = 0
    calls: int = 0
    cpu: float = 0.0
    grown: float = 0.0
    left: float | None = None
    logged: float = 0.0
    answers: dict[str, int] = field(default_factory=dict)
    of_bare: dict[str, int] = field(default_factory=dict)


@contextmanager
def _attacking(spec: dict[str, Any], answers: dict[str, int]) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-P", str(_HERE / "attack_load.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(json.dumps(spec))
    process.stdin.close()
    process.stdin = None
    time.sleep(0.7)  # until it is on its way
    try:
        yield
    finally:
        told, _ = process.communicate(timeout=spec["seconds"] + 60)
        for name, count in (json.loads(told)["answers"] if told else {"none": 1}).items():
            answers[name] = answers.get(name, 0) + count


def _felt(scene: Scene, attack: Attack, seconds: float) -> dict[str, Any]:
    """Return what the victim's queries feel at this moment."""
    query = scene.query(attack.victim or scene.grant).SerializeToString().hex()
    spec = {"address": scene.hub.addresses["members"], "method": QUERY, "request": query, "callers": VICTIMS, "seconds": seconds}
    done = subprocess.run(
        [sys.executable, "-P", str(_HERE / "load.py")],
        input=json.dumps({**spec, **scene.tls(scene.victim)}),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 60,
    )
    found: dict[str, Any] = (
        json.loads(done.stdout) if done.returncode == 0 else {"calls": 0, "p50_us": float("nan"), "errors": {"none went through": 1}}
    )
    return found


def measure(scene: Scene, attack: Attack, seconds: float, *, memory: bool) -> Round:
    """Run one round of an attack and of its control."""
    quiet = _felt(scene, attack, seconds / 2)
    lasts = {**attack.spec, "seconds": seconds + 1.5}
    found = Round(quiet["p50_us"], 0.0)
    with _attacking({**lasts, **attack.bare}, found.of_bare):
        found.control = _felt(scene, attack, seconds)["p50_us"]
    time.sleep(1.0)
    log, before = scene.hub.folder / "hub.log", _rss(scene.hub.pid)
    written = log.stat().st_size
    with _attacking({**lasts, **attack.hub}, found.answers):
        spent, began = cpu_us(scene.hub.pid), time.monotonic()
        attacked = _felt(scene, attack, seconds)
        found.cpu = (cpu_us(scene.hub.pid) - spent) / 1e6 / (time.monotonic() - began)
        found.grown = _rss(scene.hub.pid) - before
    found.logged = (log.stat().st_size - written) / 1e6
    found.attacked, found.calls, found.failed = attacked["p50_us"], attacked["calls"], sum(attacked["errors"].values())
    time.sleep(60 if memory else 1)
    found.left = _rss(scene.hub.pid) - before if memory else None
    return found


def _cells(rounds: list[Round]) -> list[str]:
    """Return what the table says of an attack."""
    ratios = [one.attacked / one.control for one in rounds]
    left = rounds[-1].left
    return [
        *(f"{median(getattr(one, name) for one in rounds) / 1e3:.1f}" for name in ("quiet", "control", "attacked")),
        f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
        f"{sum(one.failed for one in rounds)} of {sum(one.calls + one.failed for one in rounds)}",
        f"{median(one.cpu for one in rounds):.2f}",
        f"{max(one.grown for one in rounds):.0f}",
        "-" if left is None else f"{left:.0f}",
        f"{max(one.logged for one in rounds):.2f}",
        _told(one.answers for one in rounds),
        _told(one.of_bare for one in rounds),
    ]


def _told(answers: Iterable[dict[str, int]]) -> str:
    came = sum(map(Counter, answers), Counter())
    return ", ".join(f"{name} {count:,}" for name, count in sorted(came.items()))


def _rss(pid: int) -> float:
    """Return the memory of a process, MB."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1_000


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--only", default="", help="parts of names, with commas")
    parser.add_argument("--memory", action="store_true", help="wait a minute after each attack and look at the memory again")
    options = parser.parse_args()
    wanted = [part for part in options.only.split(",") if part]
    table = Table(*_COLUMNS)
    with ExitStack() as stack:
        hub = HubProcess()
        stack.callback(hub.leave)
        scene = Scene(hub, stack)
        for attack in attacks(scene, hub.folder):
            if wanted and not any(part in attack.name for part in wanted):
                continue
            cells = _cells([measure(scene, attack, options.seconds, memory=options.memory) for _ in range(options.rounds)])
            table.add_row(attack.name, *cells)
            print(attack.name, *cells, sep=" | ", file=sys.stderr, flush=True)
    Console(width=200).print(table)


if __name__ == "__main__":
    main()
