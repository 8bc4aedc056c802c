"""Acknowledgements of changes, written together: a hundred consumers must not take a hundred transactions a second from the log's writer."""

import asyncio
from typing import Final

from exchange.subscribe_cursors import Acknowledgement, SubscriptionCursors
from hub.access import Caller

BETWEEN: Final = 0.05
"""Seconds between two transactions."""


class Acknowledging:
    """What waits to be written, of one process; for the event loop's thread."""

    def __init__(self, cursors: SubscriptionCursors) -> None:
        """Take what writes."""
        self._cursors = cursors
        self._waiting: list[tuple[Acknowledgement, asyncio.Future[int]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def acknowledge(self, caller: Caller, grant: str, token: bytes) -> int:
        """Return up to which position the calling system has everything, once that is durable."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((self._cursors.acknowledgement(caller, grant, token), written))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        return int(await written)

    async def _write(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting, []
                await self._write_together(together)
                await asyncio.sleep(BETWEEN)
        finally:
            self._writer = None

    async def _write_together(self, together: list[tuple[Acknowledgement, "asyncio.Future[int]"]]) -> None:
        try:
            positions = await asyncio.to_thread(self._cursors.write, [one for one, _ in together])
        except Exception as error:  # noqa: BLE001 - each of them hears of it
            for _, written in together:
                if not written.done():  # else its caller is gone
                    written.set_exception(error)
            return
        for one, written in together:
            if not written.done():
                written.set_result(positions[one])
