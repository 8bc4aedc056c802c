"""The two departments of a delivery as children of a nursery: one provides a table until it is killed, one takes it, or follows it, into a file."""

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from shuniu.client import connect
from shuniu.errors import ShuniuCallError
from shuniu.provider import Provider
from shuniu.provider.table import TableProvider
from shuniu.subscriptions import Subscription

PACE = 0.03
"""Seconds for which the consumer rests behind each frame, so that a kill finds a delivery under way."""
BETWEEN = 0.05


def child(role: str, folder: str, place: str, **said: str) -> int:
    """Provide the table of a database at a port, or take it from a hub into a file, as a whole or by its changes."""
    if role == "follow":
        return follow(Path(folder), place, **said)
    return provide(Path(folder), place, **said) if role == "provide" else take(Path(folder), place, **said)


def provide(folder: Path, place: str, database: str) -> int:
    async def serve() -> None:
        provider = Provider(folder)
        provider.add(TableProvider(f"sqlite:///{database}", "resident", "id_number", version="changed").resource())
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


def follow(folder: Path, place: str, file: str, rows: str, **asked: Any) -> int:
    """Write the key of each change into a file, and acknowledge it once it is durable, until every row has come."""
    with connect(place, folder) as client, Path(file).open("a+", encoding="utf-8") as lines:
        lines.seek(0)
        have = set(lines.read().split())
        while len(have) < int(rows):
            with suppress(ShuniuCallError):
                _take_changes(client.subscribe(**asked, from_beginning=not have), lines, have, int(rows))
            time.sleep(BETWEEN)
    return 0


def _take_changes(subscription: Subscription, lines: TextIO, have: set[str], rows: int) -> None:
    for batch in subscription.batches():
        lines.write("".join(f"{one.key}\n" for one in batch))
        lines.flush()
        os.fsync(lines.fileno())
        have.update(one.key for one in batch)
        if batch:
            subscription.ack(batch[-1].token)
        if len(have) >= rows:
            return
        time.sleep(PACE)
