"""How many rows a resource has and how new its newest is, as Describe tells it: looked up beside the calls, never long, never for each call.

A source says what it finds without reading a whole table, or nothing. Looking takes a thread of its own and a second of a Describe at most;
what takes longer is told by the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from shuniu.places import places_of

log = logging.getLogger(__name__)
KEPT: Final = 60.0
"""Seconds for which a look is good."""
WAITED: Final = 1.0
"""Seconds for which a Describe waits for looks."""


@dataclass(frozen=True)
class Freshness:
    """What a source knows of its rows at little cost; None where it does not."""

    row_count: int | None = None
    newest_row_time: datetime | None = None


NOTHING: Final = Freshness()
Look = Callable[[], Freshness]


class FreshnessBook:
    """The looks at the resources of one provider. Process-local, as the provider is; used in one event loop."""

    def __init__(self, looks: Mapping[str, Look]) -> None:
        """Take how each resource is looked at that can be; nothing is looked at yet."""
        self._looks = looks
        self._known: dict[str, tuple[float, Freshness]] = {}
        self._under_way: dict[str, asyncio.Future[None]] = {}
        # one thread: however many resources there are, the database has one such question at a time
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="freshness")

    async def read(self) -> Mapping[str, Freshness]:
        """Return what is known of each resource, looking again where that was a while ago."""
        now = monotonic()
        for name in self._looks:
            looked, _ = self._known.get(name, (-KEPT, NOTHING))
            if now - looked >= KEPT and name not in self._under_way:
                self._under_way[name] = asyncio.ensure_future(self._look(name))
        if self._under_way:
            await asyncio.wait(self._under_way.values(), timeout=WAITED)
        return {name: found for name, (_, found) in self._known.items()}

    def close(self) -> None:
        """Look no more; a look that hangs in a driver is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _look(self, name: str) -> None:
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._thread, self._looks[name])
        except Exception as error:  # noqa: BLE001 -- a driver's own; its text may quote data
            log.warning("how fresh %s is could not be found out: %s at %s", name, type(error).__name__, places_of(error))
            found = NOTHING
        finally:
            self._under_way.pop(name, None)
        self._known[name] = (monotonic(), found)


def looks_of(resources: Iterable[tuple[str, Look | None]]) -> dict[str, Look]:
    """Return how each resource is looked at, without those that cannot be."""
    return {name: look for name, look in resources if look is not None}
