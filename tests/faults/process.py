"""A hub as a process of its own, made and run by the `shuniu` command, that a test may kill at any moment and start again."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cli.process import shuniu_command
from cli.synthetic import department
from hub.config import Config, load
from tests.faults.nursery import Child, Nursery
from tests.ports import free_port
from tests.world import AUTHORITY, Surroundings

PATIENCE = 30.0
ROOT = Path(__file__).resolve().parents[2]


class HubProcess(Surroundings):
    """A hub outside this process. Its ports stay the same over restarts, so that connections find it again."""

    def __init__(
        self,
        database: str = "",
        place: Path | None = None,
        environment: Mapping[str, str] | None = None,
        descriptors: int = 0,
        nursery: Nursery | None = None,
    ) -> None:
        """Make a hub and start it: in a folder of its own, or in `place`; `environment` is added to that of its process.

        `descriptors` is how many files it may have open, 0 for as many as this process. With a nursery (of `tests.faults.hub_child`) it is born
        there, each time anew and in a fraction of the time; neither environment nor descriptors are its own then.
        """
        super().__init__()
        self._nursery = nursery
        self._before = ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh"] if descriptors else []
        self._settings = (place or self.folder / "hub") / "shuniu.toml"
        self._settings.parent.mkdir(exist_ok=True)
        self._environment = {**os.environ, **(environment or {})}
        doors = [part for door in ("members", "public", "web") for part in (f"--{door}", f"127.0.0.1:{free_port()}")]
        doors += ["--officers", "recorded"]
        body = department(AUTHORITY)
        made = ["init", "--config", str(self._settings), "--authority", body.uscc, "--title", body.name, "--json", "--local", *doors]
        self._token_of_init = str(json.loads(self._said(*made, *(["--database", database] if database else [])))["token"])
        self.config: Config = load(self._settings)
        self._process: subprocess.Popen[bytes] | Child | None = None
        self.start()
        self.ca = (self.config.data / "certs" / "ca.crt.pem").read_bytes()

    @property
    def log_folder(self) -> Path:
        return self.config.data / "log"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the hub; return when all its doors are open."""
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        parent = self._nursery.pid if self._nursery else os.getpid()
        said = ["serve", "--config", str(self._settings), "--ready", str(ready), "--parent", str(parent), "--log-level", "warning"]
        self._process = self._begin(said, self.folder / "hub.log", self.folder / "hub.log")
        end = time.monotonic() + PATIENCE
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise RuntimeError(f"the hub did not start:\n{(self.folder / 'hub.log').read_text(encoding='utf-8')[-3000:]}")
            time.sleep(0.02)
        self.addresses = json.loads(ready.read_text(encoding="utf-8"))

    def kill(self) -> None:
        """Kill the hub: SIGKILL, no word of farewell."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE)

    def stop(self) -> None:
        """Ask the hub to stop, and see that it does."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(PATIENCE)

    def _said(self, *arguments: str) -> str:
        """Run a command to its end; return what it said."""
        output, errors = self.folder / "said", self.folder / "errors"
        if self._begin(arguments, output, errors).wait(PATIENCE):
            raise RuntimeError(errors.read_text(encoding="utf-8")[-3000:])
        return output.read_text(encoding="utf-8")

    def _begin(self, arguments: Sequence[str], output: Path, errors: Path) -> subprocess.Popen[bytes] | Child:
        if self._nursery:
            return self._nursery.bear({"arguments": list(arguments), "output": str(output), "errors": str(errors)})
        command = [*self._before, *shuniu_command(*arguments)]
        with output.open("ab") as said, errors.open("ab") as wrong:
            return subprocess.Popen(command, stdout=said, stderr=wrong, stdin=subprocess.DEVNULL, cwd=ROOT, env=self._environment)

    def first_token(self, _body: Any, _system: str) -> str:
        return self._token_of_init
