"""A ring of keys as `shuniu init` makes it."""

from pathlib import Path

from hub.key_set import KEYS
from hub.keys import KeyRing


def a_ring(folder: Path) -> KeyRing:
    """Return the ring of a folder, with every key of a hub in it; those that are there stay."""
    ring = KeyRing(folder)
    for key in KEYS:
        ring.make(key)
    return ring
