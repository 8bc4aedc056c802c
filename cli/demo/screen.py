"""What the demo prints: one line a step, with a tick and the time it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape


@dataclass(slots=True)
class StoryStep:
    """One step of the story."""

    name: str
    ok: bool = False
    ms: float = 0.0
    lines: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Add a line below the step."""
        self.lines.append(text)


class Screen:
    """Prints the story as it happens, and keeps it."""

    def __init__(self, console: Console) -> None:
        """Write to a rich console."""
        self._console = console
        self.steps: list[StoryStep] = []

    def title(self, zh: str, en: str) -> None:
        """Print a headline."""
        self._console.rule(f"[bold]{escape(zh)}[/bold]  [dim]{escape(en)}[/dim]", align="left", style="dim")

    @contextmanager
    def step(self, name: str, zh: str, en: str) -> Iterator[StoryStep]:
        """Run one step; an error is shown as a cross and goes on to the caller."""
        step = StoryStep(name)
        self.steps.append(step)
        start = time.perf_counter()
        try:
            yield step
            step.ok = True
        finally:
            step.ms = round((time.perf_counter() - start) * 1000, 1)
            mark = "[green]✓[/green]" if step.ok else "[red]✗[/red]"
            self._console.print(f"  {mark} {escape(zh)} [dim]{escape(en)}[/dim] [cyan]{step.ms:,.0f} ms[/cyan]")
            for line in step.lines:
                self._console.print(f"      [dim]{escape(line)}[/dim]", soft_wrap=True)

    def line(self, text: str) -> None:
        """Print a line; markup is understood."""
        self._console.print(text, soft_wrap=True)

    def summary(self) -> dict[str, Any]:
        """Return what happened: {"ok", "steps": [{"name", "ok", "ms"}]}."""
        steps = [{"name": step.name, "ok": step.ok, "ms": step.ms} for step in self.steps]
        return {"ok": bool(steps) and all(step.ok for step in self.steps), "steps": steps}
