"""Query's CPU per call against another clone, both hubs running at once and loaded in turn: `python -m benchmarks.against CLONE [ROUNDS]`.

Two runs one behind the other tell the machine's mood from the code's cost only where the code costs a third more; pairs a second and a half
apart tell a few percent. Both hubs run under this interpreter, so both clones must need the same libraries.
"""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.served import QUERY, load, running
from cli.process import holder
from shuniu.v1 import exchange_pb2

CALLERS, SECONDS, ROUNDS = 32, 1.5, 40
_HERE = Path(__file__).resolve().parent.parent


@contextlib.contextmanager
def _hub_of(clone: Path) -> Iterator[dict[str, Any]]:
    """Run a clone's demo and give what `load` needs."""
    with running(clone) as (folder, connection):
        query = exchange_pb2.QueryRequest(**{key: connection[key] for key in ("grant", "purpose", "case_number", "officer", "subject_key")})
        call = {"address": connection["grpc"], "method": QUERY, "request": query.SerializeToString().hex()}
        yield {**call, **{key: connection[key] for key in ("ca", "cert", "key")}, "pid": (holder(folder / "hub" / "var") or {})["pid"]}


def main(clone: Path, rounds: int) -> None:
    """Print the median of each and the quartiles of the ratio of neighbours."""
    with _hub_of(clone) as theirs, _hub_of(_HERE) as ours:
        pairs = []
        for at in range(-1, rounds):
            order = (ours, theirs) if at % 2 else (theirs, ours)
            spent = {one["pid"]: load(one, CALLERS, SECONDS)["cpu_us"] for one in order}
            if at >= 0:  # the first pair warms both up
                pairs.append((spent[ours["pid"]], spent[theirs["pid"]]))
    low, middle, high = quantiles([mine / other for mine, other in pairs], n=4)
    print(f"CPU per Query, us: {median(mine for mine, _ in pairs):,.0f} here, {median(other for _, other in pairs):,.0f} in {clone}")
    print(f"here / there: {middle:.3f} ({low:.3f}-{high:.3f}), {rounds} pairs")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS)
