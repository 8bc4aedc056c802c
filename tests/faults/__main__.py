"""`make faults` repeats what the log must bear, with real processes on loopback, and prints what was counted; exit code 1 where anything is wrong.

`--short` does little of each, `--only kills,rollback` only some kinds, `--json` prints one line for programs. Progress is on stderr.
The series run side by side, each in a process of its own; Ctrl-C ends them and cleans up. The rounds of `outbox` and `work` go on where a run
before was broken off or had no time left, until there are `--rounds` of them; their figures are kept in `--kept`.
"""

import argparse
import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.faults import report, series
from tests.faults.process import ROOT

KINDS = sorted(set().union(*(kinds for _, kinds in series.SERIES.values())))
LEAVING = 90.0
"""Seconds for a series to clean up."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="little of each kind: under a minute")
    parser.add_argument("--only", default="", metavar="KINDS", help=f"some kinds, with commas: {', '.join(KINDS)}")
    parser.add_argument("--series", choices=series.SERIES, help="one series, in this process")
    parser.add_argument("--rounds", type=int, default=0, metavar="N", help=f"rounds of outbox and work in all ({series.LONG.rounds:,})")
    parser.add_argument("--seconds", type=float, default=0.0, metavar="S", help=f"what one run takes for them ({series.LONG.round_seconds:.0f})")
    parser.add_argument("--kept", type=Path, default=series.LONG.kept, metavar="FOLDER", help="where their figures are kept (var/faults)")
    parser.add_argument("--json", action="store_true", help="one line of JSON for programs")
    options = parser.parse_args()
    kinds = frozenset(filter(None, options.only.split(",")))
    if unknown := kinds - set(KINDS):
        parser.error(f"there is no kind {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    begun = time.monotonic()
    if options.series:
        rows = series.run(options.series, _extent(options), kinds)
    else:
        rows = side_by_side([name for name, (_, has) in series.SERIES.items() if not kinds or kinds & has], sys.argv[1:])
    seconds = time.monotonic() - begun
    if options.json:
        sys.stdout.write(report.as_json(rows, seconds) + "\n")
    else:
        report.show(rows, seconds)
    return 1 if any(one.wrong for one in rows) else 0


def _extent(options: argparse.Namespace) -> series.Extent:
    usual = series.SHORT if options.short else replace(series.LONG, kept=options.kept)
    return replace(usual, rounds=options.rounds or usual.rounds, round_seconds=options.seconds or usual.round_seconds)


def side_by_side(names: list[str], arguments: list[str]) -> list[report.Row]:
    """Run series as processes of their own, with the same arguments; return their rows."""
    command = [sys.executable, "-m", "tests.faults", *arguments, "--json", "--series"]
    processes = [subprocess.Popen([*command, name], stdout=subprocess.PIPE, cwd=ROOT) for name in names]
    with ThreadPoolExecutor(len(processes) or 1) as pool:
        try:
            outputs = list(pool.map(lambda one: one.communicate()[0], processes))
        except BaseException:
            for one in processes:
                one.send_signal(signal.SIGINT)
            for one in processes:
                one.wait(LEAVING)
            raise
    rows = []
    for name, one, output in zip(names, processes, outputs, strict=True):
        found: dict[str, Any] = json.loads(output) if output.strip() else {"rows": []}
        rows += report.from_json(found["rows"])
        if not found["rows"]:
            rows.append(report.Row(f"the series {name}", problems=[f"it ended with exit code {one.returncode} and without a result"]))
    return rows


def _interrupt(_number: int, _frame: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # what cleans up is not interrupted again
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; everything is cleaned up\n")
        sys.exit(130)
