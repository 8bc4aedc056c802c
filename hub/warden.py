"""Connections of the gRPC doors that gRPC itself cannot hold to a rule: who has more than an address may loses the newest, who floods loses his.

gRPC counts the connections of a door (`hub.doors`) and knows nothing of addresses. A flood of pings it answers with a farewell after the third,
and closes the connection once nothing is left to be written: which never comes while pings that must be answered keep coming in. So this looks
at the process's own sockets, as Linux shows them. Elsewhere nothing is looked at.
"""

import logging
import os
import socket
import stat
import struct
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from hub.addresses import address_of, party_of
from hub.counting import Counted

log = logging.getLogger(__name__)
LOOK: Final = 1.0
"""Seconds between two looks: a look at 1,000 connections takes two milliseconds."""
HURRY: Final = 0.1
"""Seconds to the next look after one that found too many: whoever floods a door fills it again in half a second."""
TOO_MANY: Final = "CONNECTIONS_PER_ADDRESS"
FLOOD: Final = "CONNECTION_FLOODED"
FLOOD_BYTES: Final = 64 * 1024
"""Bytes that a stranger sends between two looks, with no call among them: 3,800 pings; a connection that only stands sends none."""
ECHO: Final = 4
"""A flood is answered: at least a fourth of what came in goes out, or lies there because nobody reads it. Of a large request nearly nothing does."""
_INFO, _INFO_AT, _INFO_SIZE = struct.Struct("=QQIII"), 120, 148
_OWN: Final = Path("/proc/self/fd")
_INTERNET: Final = (socket.AF_INET, socket.AF_INET6)


class Traffic(NamedTuple):
    """Bytes of a connection since it began: that came in, that went out, and that wait to go out because the other side does not read."""

    received: int
    sent: int
    unsent: int

    def since(self, before: "Traffic") -> "Traffic":
        """Return what came in and went out since, and what waits."""
        return Traffic(self.received - before.received, self.sent - before.sent, self.unsent)


NOTHING: Final = Traffic(0, 0, 0)


class Connection(NamedTuple):
    """A connection that somebody has to a door: since which look it is known, by which number the kernel knows it, and who it is.

    Linux gives the numbers to each processor in blocks, so of connections that came between two looks the order is nearly that of their arrival.
    """

    look: int
    inode: int
    port: int
    party: str
    remote: str


class Warden:
    """Looks at the connections of the doors, in a thread of its own."""

    def __init__(self, most: int, cut: Counted) -> None:
        """Take how many connections an address may have at one door, and what counts those that are cut."""
        self._most, self._cut = most, cut
        self._ports: frozenset[int] = frozenset()
        self._of_strangers: frozenset[int] = frozenset()
        # Of every socket of the process, what it is: None for those that are no connection to a door.
        self._known: dict[int, Connection | None] = {}
        self._traffic: dict[int, Traffic] = {}
        self._callers: set[str] = set()
        self._looks = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def guard(self, port: int, *, strangers: bool) -> None:
        """Look at the connections of one more door, which listens at a port; with `strangers`, each of their calls is told by `called`."""
        self._ports |= {port}
        self._of_strangers |= {port} if strangers else set()
        self._known = {}  # whoever was there before belongs to it as well

    def called(self, peer: str) -> None:
        """Take note that a call came over the connection of a gRPC peer."""
        if self._thread is not None:  # else nobody would ever forget it
            self._callers.add(peer)

    def start(self) -> None:
        """Look once a second, where this is Linux."""
        if not _OWN.is_dir():
            log.warning("connections of one address are not limited: this system does not show a process its sockets (/proc/self/fd)")
            return
        self._thread = threading.Thread(target=self._run, name="warden", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def look(self) -> int:
        """Cut what exceeds a share, the newest first, and what floods; return how many were cut."""
        descriptors = os.listdir(_OWN)  # noqa: PTH208 - a Path for each of a thousand takes as long as all the rest
        self._looks += 1
        held: dict[tuple[int, str], list[tuple[Connection, int]]] = defaultdict(list)
        for connection, descriptor in self._connections(map(int, descriptors)):
            held[connection.port, connection.party].append((connection, descriptor))
        beyond = [one for all_of_one in held.values() if len(all_of_one) > self._most for one in sorted(all_of_one)[self._most :]]
        flooding = self._flooding(one for all_of_one in held.values() for one in all_of_one if one[0].port in self._of_strangers)
        return self._end(beyond, TOO_MANY) + self._end(flooding, FLOOD)

    def _end(self, connections: list[tuple[Connection, int]], reason: str) -> int:
        cut = sum(_cut(descriptor, connection.inode) for connection, descriptor in connections)
        for _ in range(cut):
            self._cut.note(reason)
        return cut

    def _flooding(self, connections: Iterator[tuple[Connection, int]]) -> list[tuple[Connection, int]]:
        """Return the connections over which much came in and went out since the last look, and no call."""
        callers, self._callers = self._callers, set()
        called = {(party_of(address_of(peer)), peer.rpartition(":")[2]) for peer in list(callers)}
        before, now = self._traffic, dict[int, Traffic]()
        found = []
        for connection, descriptor in connections:
            with suppress(OSError):
                now[connection.inode] = traffic = _traffic(descriptor)
                received, sent, unsent = traffic.since(before.get(connection.inode, NOTHING))
                answered = unsent > 0 or sent * ECHO > received
                if received > FLOOD_BYTES and answered and (connection.party, connection.remote) not in called:
                    found.append((connection, descriptor))
        self._traffic = now
        return found

    def _run(self) -> None:
        pause = LOOK
        while not self._stopping.wait(pause):
            try:
                pause = HURRY if self.look() else LOOK
            except OSError:  # no descriptor was free to look with
                pause = HURRY

    def _connections(self, descriptors: Iterator[int]) -> Iterator[tuple[Connection, int]]:
        before, known = self._known, dict[int, Connection | None]()
        for descriptor in descriptors:
            with suppress(OSError):  # closed since it was listed
                status = os.fstat(descriptor)
                if not stat.S_ISSOCK(status.st_mode):
                    continue
                inode = status.st_ino
                found = before[inode] if inode in before else self._found(descriptor, inode)
                known[inode] = found
                if found is not None:
                    yield found, descriptor
        self._known = known

    def _found(self, descriptor: int, inode: int) -> Connection | None:
        with _duplicate(descriptor) as one:
            if one.family not in _INTERNET or one.getsockname()[1] not in self._ports:
                return None
            try:
                host, remote = one.getpeername()[:2]
                return Connection(self._looks, inode, one.getsockname()[1], party_of(host), str(remote))
            except OSError:  # it listens, or is over
                return None


def _duplicate(descriptor: int) -> socket.socket:
    """Return the socket of a descriptor under a number of its own, so that closing it closes nobody's."""
    number = os.dup(descriptor)
    try:
        return socket.socket(fileno=number)
    except OSError:  # no socket any more
        os.close(number)
        raise


def _traffic(descriptor: int) -> Traffic:
    """Ask the kernel (struct tcp_info of linux/tcp.h: bytes acked, received, segments out and in, bytes not sent)."""
    # The family is named, whatever it is, so that nobody asks for it: half the time of a look at a thousand.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=os.dup(descriptor)) as one:
        info = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
    sent, received, _, _, unsent = _INFO.unpack_from(info, _INFO_AT)
    return Traffic(received, sent, unsent)


def _cut(descriptor: int, inode: int) -> bool:
    """End a connection; gRPC hears of it as of any other that has ended. Tell whether it was still there."""
    with suppress(OSError), _duplicate(descriptor) as one:
        # The number may have gone to another file since it was looked at.
        if os.fstat(one.fileno()).st_ino == inode:
            one.shutdown(socket.SHUT_RDWR)
            return True
    return False
