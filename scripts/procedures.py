"""Writes the tables and diagrams of docs/procedures.md anew from the procedures in the code: `python scripts/procedures.py`."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.hub.test_procedure import ALL, PAGE

BLOCK = re.compile(r"\| from \| step .*?\n```mermaid.*?\n```", re.DOTALL)


def main() -> None:
    """Replace table and diagram of each section; the prose stays."""
    parts = re.split(r"^(## [A-Za-z ]+? [^\x00-\x7F]+$)", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for place in range(1, len(parts), 2):
        title = re.sub(r"[^\x00-\x7F]", "", parts[place]).removeprefix("## ").strip().lower()
        procedure = ALL[title]
        block = f"{procedure.table()}\n\n{procedure.diagram()}"
        parts[place + 1] = BLOCK.sub(lambda _, block=block: block, parts[place + 1])
    PAGE.write_text("".join(parts), encoding="utf-8")


main()
