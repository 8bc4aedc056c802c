"""A process that has imported everything already, and its children, which somebody kills: a round takes a fraction of what a new interpreter does.

`python -m tests.faults.nursery MODULE` reads a line of JSON for each child, forks, and calls `MODULE.child` with it; a line with the number of a
child asks how it ended. The parent never touches gRPC or a database itself: what a child has of those it made after it was born.
"""

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0


class Child:
    """One child of a nursery: as much of a `Popen` as is needed to kill it."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.pid, self._nursery = pid, nursery
        self._ended: int | None = None

    def poll(self) -> int | None:
        """Return how it ended, None while it runs."""
        if self._ended is None:
            self._ended = self._nursery.ask(self.pid)
        return self._ended

    def kill(self) -> None:
        """Kill it: SIGKILL. Until somebody has asked how it ended its number is nobody else's."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        if self._ended is None:
            os.kill(self.pid, number)

    def wait(self, seconds: float) -> int:
        """Return how it ended; raise TimeoutExpired where it runs on."""
        end = time.monotonic() + seconds
        while (ended := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(f"child {self.pid}", seconds)
            time.sleep(0.005)
        return ended


class Nursery:
    """The parent of children of one module."""

    def __init__(self, module: str) -> None:
        command = [sys.executable, "-m", "tests.faults.nursery", module]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    @property
    def pid(self) -> int:
        return self._process.pid

    def bear(self, said: Mapping[str, Any]) -> Child:
        """Start a child with what it is told."""
        return Child(self, int(self._say(json.dumps(said))))

    def ask(self, pid: int) -> int | None:
        """Return how a child ended, None while it runs."""
        answer = self._say(str(pid))
        return None if answer == "runs" else int(answer)

    def close(self) -> None:
        """End it, and with it whoever is left."""
        self._process.communicate(timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _say(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        assert answer, "the nursery has ended"
        return answer


def main(module: str) -> None:
    """Bear and bury children as the lines say; when they end, whoever still lives is killed."""
    child, living = import_module(module).child, set[int]()
    for line in sys.stdin:
        said = json.loads(line)
        if isinstance(said, int):
            answer = _bury(said)
            living -= {said} if answer != "runs" else set()
        else:
            answer = str(_born(child, said))
            living.add(int(answer))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    for pid in living:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _born(child: Any, said: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    ended = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)  # its parent's lines are not its own
        ended = child(**said) or 0
    except BaseException:  # noqa: BLE001 - whatever ends it, it must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended)


def _bury(pid: int) -> str:
    gone, status = os.waitpid(pid, os.WNOHANG)
    return str(os.waitstatus_to_exitcode(status)) if gone else "runs"


if __name__ == "__main__":
    main(sys.argv[1])
