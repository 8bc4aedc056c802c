"""The child processes of the demo: a hub and two providers, the hub by a clock of its own; all of them end with the demo."""

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

from cli.demo.expectation import StoryError
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

    def start(self, name: str, arguments: Sequence[str], program: str = "") -> dict[str, Any]:
        """Start `shuniu <arguments>`, or another program of the demo, which can be told lines; return what it writes into its ready file."""
        ready = self._folder / f"{name}.ready.json"
        ready.unlink(missing_ok=True)
        output = self._folder / f"{name}.log"
        # `--parent` ends the child even where the demo is killed and cannot
        command = shuniu_command(*arguments, "--ready", str(ready), "--parent", str(os.getpid()), program=program or "cli")
        with output.open("ab") as log:
            # in a session of its own: Ctrl-C in the terminal reaches the demo alone, which stops the others in order
            told, says = (subprocess.PIPE, subprocess.PIPE) if program else (subprocess.DEVNULL, log)
            popen = subprocess.Popen(command, stdin=told, stdout=says, stderr=log, start_new_session=True)
        child = Child(name, popen, output)
        self._children.append(child)
        return _wait(child, ready)

    def tell(self, name: str, line: str) -> None:
        """Write a line to a program of the demo, and wait for the line that says that it did so."""
        child = next(child for child in self._children if child.name == name)
        told, says = child.popen.stdin, child.popen.stdout
        if told is None or says is None:
            raise StoryError(name)
        told.write(f"{line}\n".encode())
        told.flush()
        if not says.readline():
            raise StoryError(f"{name} ended by itself; see its log")

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
            for pipe in (child.popen.stdin, child.popen.stdout):
                if pipe is not None:
                    pipe.close()
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
