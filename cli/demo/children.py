"""The child processes of the demo: a hub and two providers, each a real `shuniu` command; all of them end with the demo."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from cli.process import shuniu_command
from cli.reasons import DID_NOT_START
from shuniu.cli.output import plain

PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Child:
    """One command that runs, and where its output goes."""

    name: str
    popen: "subprocess.Popen[bytes]"
    output: Path


class Children:
    """Starts commands and stops every one of them, whatever happens."""

    def __init__(self, folder: Path) -> None:
        """Keep logs and ready files in `folder`."""
        self._folder = folder
        self._children: list[Child] = []
        folder.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, arguments: Sequence[str]) -> dict[str, Any]:
        """Start `shuniu <arguments>`; return what it writes into its ready file."""
        ready = self._folder / f"{name}.ready.json"
        ready.unlink(missing_ok=True)
        output = self._folder / f"{name}.log"
        # `--parent` ends the child even where the demo is killed and cannot
        command = shuniu_command(*arguments, "--ready", str(ready), "--parent", str(os.getpid()))
        with output.open("ab") as log:
            # in a session of its own: Ctrl-C in the terminal reaches the demo alone, which stops the others in order
            popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        child = Child(name, popen, output)
        self._children.append(child)
        return _wait(child, ready)

    def stop(self) -> None:
        """Stop every child: by SIGTERM, after ten seconds by SIGKILL."""
        for child in reversed(self._children):
            if child.popen.poll() is None:
                child.popen.send_signal(signal.SIGTERM)
        for child in reversed(self._children):
            try:
                child.popen.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.popen.kill()
                child.popen.wait()
        self._children.clear()

    def dead(self) -> str:
        """Return the name of a child that ended by itself, empty while all run."""
        return next((child.name for child in self._children if child.popen.poll() is not None), "")


def _wait(child: Child, ready: Path) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if ready.exists():
            # written whole or not at all (`cli/process.py`), so it can be read as soon as it is there
            facts: dict[str, Any] = json.loads(ready.read_text(encoding="utf-8"))
            return facts
        if child.popen.poll() is not None:
            break
        time.sleep(0.02)
    for line in child.output.read_text(encoding="utf-8", errors="replace")[-2000:].splitlines():
        click.echo(f"  {plain(line)}", err=True)
    raise DID_NOT_START(process=child.name)
