"""Chance that is the same every time: the demonstration's data depend on a seed and on nothing else."""

from random import Random
from typing import Final

SEED: Final = 20231127


def chance(purpose: str, seed: int) -> Random:
    """Return a source of numbers of its own for each purpose, so that one kind of data does not disturb another."""
    return Random(f"{purpose}:{seed}")  # noqa: S311 - repeatable on purpose; nothing secret is drawn from it
