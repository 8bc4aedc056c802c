"""A process that causes events, keeps their messages and sends them, all the time, until somebody kills it: the child of a nursery."""

import asyncio
import itertools
import os
import ssl
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from certs.places import ProviderPlaces
from hub.access import Duty
from hub.clock import SystemClock
from hub.db import Database, RequestIds
from hub.ids import Ids
from hub.key_set import RELEASE
from hub.keys import KeyRing
from work.model import Happening
from work.outbox import Outbox
from work.sending import Channels, Sender
from work.store import TO_SEND, DeliveryStore
from work.webhook import Nets, Webhooks

LEASE = timedelta(seconds=0.3)
"""How long the claim of a process that was killed holds up the next one."""
CAUSES = "tests/Cause"
"""Under which method the transaction of an event notes that it happened."""
MOST_WAITING = 40
"""Messages that wait at most: where sending is slow, causing waits for it."""
DEPARTMENT = "116400000100831619"


def child(folder: str, causes: int) -> None:
    """Send what waits and cause so many events."""
    asyncio.run(_run(Path(folder), (Path(folder) / "ca.pem").read_text(), causes))


async def _run(folder: Path, trust: str, causes: int) -> None:
    db, clock, ids = Database(f"sqlite:///{folder / 'shuniu.db'}"), SystemClock(), Ids()
    outbox = Outbox(ids, timedelta(hours=1), webhooks=True, mail=False)
    nets = Nets(ProviderPlaces((ip_network("127.0.0.0/8"),)))
    webhooks = Webhooks(nets, KeyRing(folder).signer(RELEASE), ssl.create_default_context(cadata=trust), _here)
    sender = Sender(db, clock, ids, Channels(webhooks), lease=LEASE)
    outbox.wake = sender.wake
    sender.start()
    (folder / "runs").touch()
    parent = os.getppid()
    for number in itertools.count():
        if os.getppid() != parent:
            return  # nobody is left to kill it
        if number < causes and await asyncio.to_thread(_waiting, db) < MOST_WAITING:
            await asyncio.to_thread(_cause, db, outbox, ids, clock)
        else:
            await asyncio.sleep(0.02)


async def _here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def _waiting(db: Database) -> int:
    with db.read() as tx:
        return DeliveryStore(tx).counts()[TO_SEND]


def _cause(db: Database, outbox: Outbox, ids: Ids, clock: SystemClock) -> None:
    at = clock.now()
    about = f"work/{ids.new(at)}"
    with db.begin() as tx:
        RequestIds(tx).remember("cause", CAUSES, ids.new(at), b"", about, at)
        happening = Happening(
            event="posted", about=about, department=DEPARTMENT, word="TestService/Do", resource="things/1", duties=(Duty.LEAD,), time=at
        )
        outbox.put(tx, happening)
