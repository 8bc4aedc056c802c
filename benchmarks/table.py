"""The table of ratios with its spread."""

from dataclasses import dataclass, field
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass
class Figure:
    """One path: ratios product/bare, one a round, none where nothing was measured; floor and wanted are ratios, None where they are no ratio."""

    path: str
    reference: str
    ratios: list[float] = field(default_factory=list)
    floor: float | None = None
    wanted: float | None = None
    note: str = ""


def show(lines: list[Figure]) -> None:
    """Print the table; what is below its floor in red."""
    table = Table("path", "bare reference", "ratio (median)", "spread", "floor", "wanted", "this run")
    for line in lines:
        if not line.ratios:
            table.add_row(line.path, line.reference, "-", "-", _bound(line.floor), _bound(line.wanted), line.note)
            continue
        middle = median(line.ratios)
        below = line.floor is not None and middle < line.floor
        spread = f"{min(line.ratios):.2f}-{max(line.ratios):.2f}"
        shown = f"[red]{middle:.2f}[/red]" if below else f"{middle:.2f}"
        table.add_row(line.path, line.reference, shown, spread, _bound(line.floor), _bound(line.wanted), line.note)
    Console(width=150).print(table)


def _bound(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
