"""A hatch between whoever makes the parts of a stream and whoever reads them: one part lies in it, and a failure comes before any part."""

import asyncio


class Hatch:
    """One place. Who puts waits until it is empty; who takes waits until it is full. For one event loop, one on either side."""

    def __init__(self) -> None:
        """Begin empty."""
        self._part = b""
        self._failure: BaseException | None = None
        self._is_full, self._is_empty = asyncio.Event(), asyncio.Event()
        self._is_empty.set()

    async def put(self, part: bytes, seconds: float) -> bool:
        """Put a part in and return True; False where the place did not become empty within so many seconds, and nothing was put."""
        if not self._is_empty.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await self._is_empty.wait()
            except TimeoutError:
                return False
        self._part = part
        self._is_empty.clear()
        self._is_full.set()
        return True

    async def take(self) -> bytes:
        """Return the next part, nothing behind the last; raise the failure as soon as there is one."""
        await self._is_full.wait()
        if self._failure is not None:
            raise self._failure
        part, self._part = self._part, b""
        self._is_full.clear()
        self._is_empty.set()
        return part

    def fail(self, error: BaseException) -> None:
        """Let whoever takes next hear of a failure; a part that nobody has taken is dropped."""
        self._failure = error
        self._is_full.set()
