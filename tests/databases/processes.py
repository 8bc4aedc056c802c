"""A private server process of this machine's own binaries: a folder in memory, an unprivileged user when we are root, an end that is waited for."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port
from tests.postgres import _fast_folder as fast_folder
from tests.postgres import missing

__all__ = ["as_user", "binary", "free_port", "room", "serving"]
_STARTING = 30.0


def binary(name: str, package: str) -> str:
    """Return the path of a server's binary; skip where it is not installed, with CI=true fail."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        missing(name, f"apt-get install {package}")
    return str(found)


@contextmanager
def room(user: str) -> Iterator[Path]:
    """Give a folder that belongs to the user, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="shuniu-db-", dir=fast_folder()))
    try:
        if os.geteuid() == 0:
            owner = pwd.getpwnam(user)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def as_user(user: str, command: Sequence[str]) -> list[str]:
    """Return the command as that user runs it; as root only, others start servers as themselves."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--", *command] if os.geteuid() == 0 else list(command)


@contextmanager
def serving(command: Sequence[str], folder: Path, is_up: Callable[[], bool]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server until the end; give it once it takes connections."""
    with (folder / "log").open("ab") as output, subprocess.Popen(command, stdout=output, stderr=output, cwd=folder) as process:
        try:
            end = time.monotonic() + _STARTING
            while not is_up():
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{command[0]} did not start: {(folder / 'log').read_text(encoding='utf-8', errors='replace')[-2000:]}")
                time.sleep(0.05)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
