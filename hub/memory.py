"""Memory that a flood took goes back to the machine: the C library keeps what is freed for itself, and a hub would stay as large as it ever was."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

MUCH: Final = 64 * 1024 * 1024
"""Bytes by which the process must have grown: to look through what is free holds up whoever wants memory for some milliseconds."""
_SIZES: Final = Path("/proc/self/statm")


class Memory:
    """What the process holds beyond what it held at its smallest since it last gave back."""

    def __init__(self) -> None:
        """Find glibc's function; elsewhere nothing is given back."""
        found: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
        self._trim = found if _SIZES.exists() else None
        self._floor = 0

    def give_back(self) -> None:
        """Give free memory back where the process has grown by much since it last did."""
        if self._trim is None:
            return
        held = resident()
        if held > self._floor + MUCH:
            self._trim(0)  # without the interpreter's lock: ctypes releases it
            self._floor = resident()
        self._floor = min(self._floor, held)


def resident() -> int:
    """Return how many bytes of this process are in memory."""
    return int(_SIZES.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
