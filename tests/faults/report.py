"""What a run of faults came to, as rows: figures that must be 0, figures that only tell how much was tried, and what else went wrong."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from rich.console import Console
from rich.table import Table

from tests.faults.evidence import Tally

MUST_BE_0 = frozenset(
    {"lost", "other leaf", "twice", "no intent", "taken back", "open", "wrongly accepted", "wrongly refused", "not named", "answered", "left"}
)


@dataclass
class Row:
    """One kind of fault: how often it was done, of how often it was meant to be, and what was counted."""

    fault: str
    times: int = 0
    planned: int = 0
    figures: dict[str, int] = field(default_factory=dict)
    note: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Say what must not be."""
        return [f"{name}: {number}" for name, number in self.figures.items() if number and name in MUST_BE_0] + self.problems

    def count(self, **figures: int) -> None:
        for name, number in figures.items():
            key = name.replace("_", " ")
            self.figures[key] = self.figures.get(key, 0) + number

    def take(self, answers: int, found: Tally) -> None:
        """Add what was found after one more time."""
        self.times += 1
        # What is counted over all receipts so far stands there already when it is found again.
        total = {"twice": found.twice, "taken back": found.taken_back}
        self.count(answers=answers, lost=found.lost, other_leaf=found.other_leaf, no_intent=found.without_intent)
        self.figures |= {name: max(number, self.figures.get(name, 0)) for name, number in total.items()}


def as_json(rows: list[Row], seconds: float) -> str:
    whole = [{**asdict(one), "wrong": one.wrong} for one in rows]
    return json.dumps({"ok": not any(one.wrong for one in rows), "seconds": round(seconds), "rows": whole}, ensure_ascii=False)


def from_json(rows: list[Mapping[str, object]]) -> list[Row]:
    return [Row(**{name: value for name, value in one.items() if name != "wrong"}) for one in rows]  # type: ignore[arg-type]


def show(rows: list[Row], seconds: float) -> None:
    """Print one table for each set of figures; what must not be, in red."""
    console = Console(file=sys.stdout, width=150)
    for names in dict.fromkeys(tuple(one.figures) for one in rows):
        table = Table("fault", "times", *names, "note")
        for one in (row for row in rows if tuple(row.figures) == names):
            numbers = [f"[red]{one.figures[name]:,}[/red]" if one.figures[name] and name in MUST_BE_0 else f"{one.figures[name]:,}" for name in names]
            times = f"{one.times:,}" if one.times >= one.planned else f"{one.times:,} of {one.planned:,}"
            table.add_row(one.fault, times, *numbers, one.note)
        console.print(table)
    for one in rows:
        for problem in one.wrong:
            console.print(f"[red]{one.fault}: {problem}[/red]", highlight=False)
    verdict = "[red]NOT as it must be[/red]" if any(one.wrong for one in rows) else "nothing lost"
    console.print(f"{verdict}; {seconds:.0f} s. What must be 0: {', '.join(sorted(MUST_BE_0))}.", highlight=False)
