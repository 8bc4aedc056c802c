"""What a flood took is given back to the machine, and whoever did not grow is not held up."""

import ctypes
from collections.abc import Iterator

import pytest

from hub import memory
from hub.memory import MUCH, Memory, resident

LIBRARY = ctypes.CDLL(None)
pytestmark = pytest.mark.skipif(not hasattr(LIBRARY, "malloc_trim"), reason="glibc alone gives back")
SIZE = 64 * 1024


@pytest.fixture
def library() -> Iterator[ctypes.CDLL]:
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.malloc.argtypes = [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    return library


def test_memory_that_was_freed_below_memory_that_is_in_use_goes_back(library: ctypes.CDLL):
    kept = Memory()
    kept.give_back()
    before = resident()
    blocks = [library.malloc(SIZE) for _ in range(3 * MUCH // SIZE)]
    for block in blocks:
        ctypes.memset(block, 1, SIZE)
    for block in blocks[:-1]:
        library.free(block)
    assert resident() > before + 2 * MUCH  # the C library keeps it: the last block stands above
    kept.give_back()
    assert resident() < before + MUCH // 2
    library.free(blocks[-1])


def test_only_who_grew_by_much_is_held_up(monkeypatch: pytest.MonkeyPatch):
    sizes = iter([500, 500, 500 + MUCH, 501 + MUCH, 90 + MUCH, 91 + 2 * MUCH, 91])
    monkeypatch.setattr(memory, "resident", lambda: next(sizes))
    trimmed: list[int] = []

    def trim(most: int) -> int:
        trimmed.append(most)
        return 1

    kept = Memory()
    kept._trim, kept._floor = trim, 500
    for expected in (0, 0, 0, 1, 2):  # as it was twice, just not by much, by much (90 + MUCH are left), by much again
        kept.give_back()
        assert len(trimmed) == expected
