"""`shuniu` as others run it: processes of their own, each ended by the test that started it."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from cli.command import shuniu
from cli.process import shuniu_command
from cli.synthetic import department

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
AUTHORITY = department("data")
DOORS = ("--members", "127.0.0.1:0", "--public", "127.0.0.1:0", "--web", "127.0.0.1:0", "--local", "--officers", "recorded")


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: object, given: bytes | None = None, env: dict[str, str] | None = None) -> Result:
    """Run a command to its end in this process, which spares a second of imports; nothing it says may be a traceback."""
    done = CliRunner().invoke(shuniu, [*map(str, arguments)], input=given, prog_name="shuniu", env=env)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert "Traceback" not in done.output, done.output
    return Result(done.exit_code, done.stdout, done.stderr)


def run_process(*arguments: object) -> Result:
    """Do the same in a process of its own."""
    done = subprocess.run(shuniu_command(*map(str, arguments)), capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT, check=False)
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return Result(done.returncode, done.stdout, done.stderr)


def facts_from(*arguments: object) -> Any:
    """Run a command that must succeed with --json; return what it says."""
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def make_hub(folder: Path, *options: str) -> dict[str, Any]:
    """Make a hub in a folder."""
    facts: dict[str, Any] = facts_from(
        "init", "--config", folder / "shuniu.toml", "--authority", AUTHORITY.uscc, "--title", AUTHORITY.name, *DOORS, *options
    )
    return facts


class Running:
    """A command that serves, and what it wrote into its ready file."""

    def __init__(self, folder: Path, name: str, *arguments: object) -> None:
        self.ready, self._log = folder / f"{name}.ready", folder / f"{name}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(shuniu_command(*map(str, arguments), "--ready", str(self.ready)), stdout=log, stderr=log, cwd=ROOT)

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def facts(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while not self.ready.exists():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < end, self.output
            time.sleep(0.02)
        known: dict[str, Any] = json.loads(self.ready.read_text(encoding="utf-8"))
        return known

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def running(folder: Path, name: str, *arguments: object) -> Iterator[Running]:
    """Start a command and end it, whatever happens."""
    started = Running(folder, name, *arguments)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
            started.process.wait()
