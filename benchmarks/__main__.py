"""`make bench` prints the table of budgets, below a floor in red. ARGS="--rounds 9 --seconds 6" on a calm machine; --only served, --only local."""

import argparse

from benchmarks import local, seals, search, served, table

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--seconds", type=float, default=4.0)
parser.add_argument("--only", choices=("served", "local"))
options = parser.parse_args()
lines = []
if options.only != "local":
    lines += served.served(options.rounds, options.seconds)
    lines += [
        table.Figure("Verify (SM2), 32 callers, calls/s", "bare echo", floor=0.28, wanted=0.40, note="not in this release: codes are ES256"),
        table.Figure("Stream, MB/s", "bare mTLS hop, 1 MiB messages", floor=0.90, wanted=0.97, note="measured by python -m benchmarks.stream"),
    ]
if options.only != "served":
    lines += [*local.append(options.rounds), local.license_signing(options.rounds), seals.seal_and_stamp(options.rounds)]
    lines += [search.directory_search(options.rounds)]
    lines += [
        table.Figure("start, 100,000 entries and 10 M records", "-", note="not measured by this command"),
        table.Figure("memory, 10 GB streamed", "-", note="measured by python -m benchmarks.stream --gib 10"),
    ]
table.show(lines)
