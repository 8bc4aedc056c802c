"""A sequence as a text that people read: who called what, what came back, and where that is not what the rule says."""

from __future__ import annotations

from typing import Final

from shuniu.tck.result import Result, Turn

_WIDTH: Final = 11
_LONGEST: Final = 300
_HOURS: Final = 24


def draw(result: Result) -> str:
    """Return the diagram of one run."""
    one = result.sequence
    head = [f"{one.id}  [{one.kind.value}]  {result.outcome.value}", f"  {one.title.zh}  {one.title.en}", f"  依据 rule: {one.article}"]
    tail = [f"  !! {result.why}"] if result.why and not any(turn.fault for turn in result.turns) else []
    return "\n".join([*head, *(line for turn in result.turns for line in _lines(turn)), *tail])


def _lines(turn: Turn) -> list[str]:
    if turn.hours:
        return [f"  {'~ time':<{_WIDTH}} ~~~~~~> hub   {turn.hours / _HOURS:g} days pass"]
    lines = [f"  {turn.who:<{_WIDTH}} ------> hub   {turn.rpc}({_cut(turn.sent)})", f"  {turn.who:<{_WIDTH}} <------ hub   {_cut(turn.answer)}"]
    if turn.fault:
        lines += [f"  {'':<{_WIDTH}} !!!!!!! expected {turn.fault}", f"  {'':<{_WIDTH}} !!!!!!! got      {_cut(turn.answer)}"]
    return lines


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
