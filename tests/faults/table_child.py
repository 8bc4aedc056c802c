"""The two departments of a delivery as children of a nursery: one provides a table until it is killed, one takes it into a file."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from shuniu.client import connect
from shuniu.errors import ShuniuCallError
from shuniu.provider import Provider
from shuniu.provider.table import TableProvider

PACE = 0.03
"""Seconds for which the consumer rests behind each frame, so that a kill finds a delivery under way."""
BETWEEN = 0.05


def child(role: str, folder: str, place: str, **said: str) -> int:
    """Provide the table of a database at a port, or take it from a hub into a file."""
    return provide(Path(folder), place, **said) if role == "provide" else take(Path(folder), place, **said)


def provide(folder: Path, place: str, database: str) -> int:
    async def serve() -> None:
        provider = Provider(folder)
        provider.add(TableProvider(f"sqlite:///{database}", "resident", "id_number").resource())
        running = await provider.serve(place)
        await asyncio.Event().wait()
        await running.stop(0)  # kept until then: a server that nobody holds is gone

    asyncio.run(serve())
    return 0


def take(folder: Path, place: str, file: str, **asked: Any) -> int:
    """Write the table into a file, and behind whatever an earlier child wrote, until it is whole."""
    with connect(place, folder) as client:
        while not Path(file).exists():
            with suppress(ShuniuCallError):
                client.stream(**asked).to_file(Path(file), lambda _rows, _size: time.sleep(PACE))
            time.sleep(BETWEEN)
    return 0
