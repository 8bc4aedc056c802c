"""The kit in the provider's place: one table with one record, served over mTLS on loopback, so that calls for data have somebody to ask."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from shuniu.provider import Provider
from shuniu.tck.hub import TestedHub
from shuniu.tck.sequence import PROVIDER
from shuniu.tck.things import COLUMNS, KEY, RESOURCE, ROW

_PATIENCE: Final = 20.0


@contextmanager
def served(hub: TestedHub) -> Iterator[None]:
    """Serve in the provider's name while the block runs, and tell the hub where."""
    provider = Provider(hub.folder(PROVIDER))
    provider.resource(RESOURCE, key=COLUMNS[0], columns=COLUMNS, stream=lambda _fields, _call: [ROW])(_rows)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="tck-provider", daemon=True)
    thread.start()
    try:
        running = asyncio.run_coroutine_threadsafe(provider.serve("127.0.0.1:0"), loop).result(_PATIENCE)
        try:
            hub.must(PROVIDER, "SetEndpoint", endpoint=f"127.0.0.1:{running.port}")
            yield
        finally:
            asyncio.run_coroutine_threadsafe(running.stop(0), loop).result(_PATIENCE)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_PATIENCE)
        loop.close()


def _rows(key: str, _fields: Sequence[str], _call: Any) -> list[dict[str, str]]:
    return [ROW] if key == KEY else []
