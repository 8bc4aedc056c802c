"""`make bench` prints the table of budgets, below a floor in red. ARGS="--rounds 9 --seconds 6" on a calm machine; --only served, --only local."""

import argparse

from benchmarks import local, served, table

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--seconds", type=float, default=4.0)
parser.add_argument("--only", choices=("served", "local"))
options = parser.parse_args()
lines = []
if options.only != "local":
    lines += served.served(options.rounds, options.seconds)
if options.only != "served":
    lines += [local.append(options.rounds), local.license_signing(options.rounds)]
table.show(lines)
