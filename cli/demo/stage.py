"""The processes of the demo: a hub and two providers, each a real `shuniu` command of its own; all of them end with the demo."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hub.errors import UnavailableError

PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Process:
    """One started command and where its output goes."""

    name: str
    popen: "subprocess.Popen[bytes]"
    output: Path


class Stage:
    """Starts commands and stops every one of them, whatever happens."""

    def __init__(self, folder: Path) -> None:
        """Keep logs and ready files in `folder`."""
        self._folder = folder
        self._processes: list[Process] = []
        folder.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, arguments: Sequence[str]) -> dict[str, Any]:
        """Start `shuniu <arguments>`; return what it says of itself once it serves."""
        ready = self._folder / f"{name}.ready.json"
        ready.unlink(missing_ok=True)
        output = self._folder / f"{name}.log"
        command = [sys.executable, "-m", "cli", *arguments, "--ready", str(ready), "--parent", str(os.getpid())]
        with output.open("ab") as log:
            popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        process = Process(name, popen, output)
        self._processes.append(process)
        return _wait(process, ready)

    def stop(self) -> None:
        """End every process: first asked, after ten seconds made to."""
        for process in reversed(self._processes):
            if process.popen.poll() is None:
                process.popen.send_signal(signal.SIGTERM)
        for process in reversed(self._processes):
            try:
                process.popen.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.popen.kill()
                process.popen.wait()
        self._processes.clear()

    def dead(self) -> str:
        """Return the name of a process that ended by itself, empty while all run."""
        return next((process.name for process in self._processes if process.popen.poll() is not None), "")


def _wait(process: Process, ready: Path) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if ready.exists():
            told: dict[str, Any] = json.loads(ready.read_text(encoding="utf-8"))
            return told
        if process.popen.poll() is not None:
            break
        time.sleep(0.02)
    tail = process.output.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise UnavailableError(f"{process.name} did not start:\n{tail}", zh=f"{process.name} 未能启动", next_action="shuniu doctor")
