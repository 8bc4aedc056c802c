"""Nobody holds a door by number: what exceeds an address's share is ended, the newest first, and nothing else is touched."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from hub import warden
from hub.counting import Counted
from hub.warden import FLOOD, TOO_MANY, Warden

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="a process is shown its sockets by Linux alone")


class Door:
    """A listening socket, and both ends of whoever called it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=512))
        self._inside: dict[tuple[str, int], socket.socket] = {}
        self.port: int = self._listening.getsockname()[1]

    def called(self, times: int, source: str = "127.0.0.1") -> list[socket.socket]:
        """Call so many times from an address; return the callers' ends."""
        ends = []
        for _ in range(times):
            ends.append(self._stack.enter_context(socket.create_connection(("127.0.0.1", self.port), source_address=(source, 0))))
            inside, peer = self._listening.accept()
            self._inside[peer] = self._stack.enter_context(inside)
        return ends

    def inside(self, end: socket.socket) -> socket.socket:
        """Return the door's end of a caller's connection."""
        return self._inside[end.getsockname()]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    # On one processor: Linux gives each a block of numbers for its sockets, and these tests ask which came first within one look.
    allowed = os.sched_getaffinity(0)
    with ExitStack() as opened:
        os.sched_setaffinity(0, {min(allowed)})
        opened.callback(os.sched_setaffinity, 0, allowed)
        yield opened


def stands(end: socket.socket) -> bool:
    end.setblocking(False)
    try:
        return end.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


def a_warden(most: int, *doors: Door) -> tuple[Warden, Counted]:
    counted = Counted()
    watching = Warden(most, counted)
    for door in doors:
        watching.guard(door.port, strangers=True)
    return watching, counted


def test_who_has_too_many_loses_the_newest_and_no_other_address_loses_any(stack: ExitStack):
    door = Door(stack)
    watching, counted = a_warden(10, door)
    old, other = door.called(8), door.called(9, "127.0.0.2")
    assert watching.look() == 0
    new = door.called(7)
    assert watching.look() == 5
    assert all(stands(end) for end in (*old, *other))
    assert sum(stands(end) for end in new) == 2
    assert counted.totals == {TOO_MANY: 5}
    assert watching.look() == 0 or all(stands(end) for end in old)


def test_each_door_is_counted_by_itself_and_sockets_of_others_are_left_alone(stack: ExitStack):
    first, second, foreign = Door(stack), Door(stack), Door(stack)
    watching, _ = a_warden(10, first, second)
    ends = [*first.called(10), *second.called(10), *foreign.called(30)]
    pair = socket.socketpair()
    assert watching.look() == 0
    assert all(stands(end) for end in ends)
    for one in pair:
        one.close()


def test_a_number_that_went_to_another_file_meanwhile_is_not_cut(stack: ExitStack):
    door = Door(stack)
    (end,) = door.called(1)
    inode = os.fstat(end.fileno()).st_ino
    assert not warden._cut(end.fileno(), inode + 1)
    assert stands(end)
    with Path(__file__).open("rb") as file:
        assert not warden._cut(file.fileno(), inode)
        assert file.read(3) == b'"""'
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(50):
        with Path(__file__).open("rb") as file:
            warden._cut(file.fileno(), inode)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_it_looks_by_itself_and_stops_when_told(stack: ExitStack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(warden, "LOOK", 0.01)
    door = Door(stack)
    watching, _ = a_warden(5, door)
    ends = door.called(30)
    watching.start()
    ends[-1].settimeout(10)
    assert ends[-1].recv(1) == b""
    watching.stop()
    assert "warden" not in {thread.name for thread in threading.enumerate()}
    assert all(stands(end) for end in ends[:5])


def test_where_a_process_is_not_shown_its_sockets_a_line_says_that_nothing_is_limited(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
):
    monkeypatch.setattr(warden, "_OWN", tmp_path / "fd")
    watching, _ = a_warden(5)
    with caplog.at_level(logging.WARNING):
        watching.start()
    watching.stop()
    assert "not limited" in caplog.text


def exchange(door: Door, end: socket.socket, sent: int, answered: int) -> None:
    """Send bytes from a caller's end, read them at the door, and answer with others, which the caller reads."""
    inside = door.inside(end)
    for giver, taker, count in ((end, inside, sent), (inside, end, answered)):
        giver.settimeout(10)
        taker.settimeout(10)
        for _ in range(count // 1_000):
            giver.sendall(bytes(1_000))
            taker.recv(1_000, socket.MSG_WAITALL)


def test_bytes_that_are_no_call_and_are_answered_end_their_connection(stack: ExitStack):
    door = Door(stack)
    watching, counted = a_warden(10, door)
    quiet, large_request, flood = door.called(3)
    assert watching.look() == 0
    exchange(door, quiet, 20_000, 20_000)
    exchange(door, large_request, 500_000, 2_000)
    exchange(door, flood, 100_000, 100_000)
    assert watching.look() == 1
    assert not stands(flood)
    assert stands(quiet)
    assert stands(large_request)
    assert counted.totals == {FLOOD: 1}


def test_a_connection_with_calls_on_it_floods_nothing(stack: ExitStack):
    door = Door(stack)
    watching, counted = a_warden(10, door)
    watching.start()
    (end,) = door.called(1)
    watching.called(f"ipv4:127.0.0.1:{end.getsockname()[1]}")
    exchange(door, end, 300_000, 300_000)
    watching.stop()
    watching.look()
    assert stands(end)
    assert FLOOD not in counted.totals


def test_who_sends_and_does_not_read_the_answers_is_ended_too(stack: ExitStack):
    door = Door(stack)
    watching, _ = a_warden(10, door)
    (end,) = door.called(1)
    inside = door.inside(end)
    inside.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            inside.send(bytes(100_000))
    for _ in range(100):
        end.sendall(bytes(1_000))
        inside.setblocking(True)
        inside.recv(1_000, socket.MSG_WAITALL)
    assert watching.look() == 1
