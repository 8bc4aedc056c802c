"""Closing the terminal of the demo ends all that it started and removes its folder, as Ctrl-C does."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.process import shuniu_command
from tests.cli.processes import ROOT

PATIENCE = 90.0
# whoever runs these tests under nohup leaves SIGHUP ignored to all that they start
_OWN_TERMINAL = (
    "import fcntl, os, signal, sys, termios; signal.signal(signal.SIGHUP, signal.SIG_DFL); "
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
)


def read_until(terminal: int, word: bytes, end: float) -> None:
    seen = b""
    while word not in seen:
        assert time.monotonic() < end, seen.decode("utf-8", "replace")
        seen += os.read(terminal, 4_096)


@pytest.mark.parametrize("word", [b"open now", b"Shuniu"], ids=["while it serves", "during the story"])
def test_closing_the_terminal_leaves_nothing_behind(tmp_path: Path, word: bytes):
    terminal, side = pty.openpty()
    command = [sys.executable, "-c", _OWN_TERMINAL, *shuniu_command("demo", "--entries", "3")]
    surroundings = {**os.environ, "TMPDIR": str(tmp_path)}
    demo = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, cwd=ROOT, env=surroundings, start_new_session=True)
    try:
        os.close(side)
        read_until(terminal, word, time.monotonic() + PATIENCE)
        assert list(tmp_path.glob("shuniu-demo-*"))
        os.close(terminal)  # the system sends SIGHUP to whoever is on it
        demo.wait(PATIENCE)
    finally:
        if demo.poll() is None:
            demo.send_signal(signal.SIGKILL)
            demo.wait()
    assert not list(tmp_path.glob("shuniu-demo-*"))
