"""Whoever waits in front of a terminal sees how far it is; a file or a program sees nothing of it."""

import io
import sys

from shuniu.cli import progress as room
from shuniu.cli.progress import progress
from tests.cli.processes import AUTHORITY, DOORS, run


class Terminal(io.StringIO):
    def isatty(self):
        return True


def said(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(room, "_PACE", 0.0)
    with progress("已核对 compared") as tell:
        tell(1_000, 20_000)
        tell(2_000, 0)
    return stream.getvalue()


def test_a_terminal_shows_one_line_that_changes_and_is_gone_at_the_end(monkeypatch):
    text = said(monkeypatch, Terminal())
    assert "已核对 compared ..." in text
    assert "1,000 / 20,000" in text
    assert "2,000\r" in text
    assert text.endswith("\r\x1b[K")
    assert "\n" not in text


def test_what_is_no_terminal_gets_nothing(monkeypatch):
    assert said(monkeypatch, io.StringIO()) == ""


def test_init_says_at_once_what_it_does(monkeypatch, tmp_path):
    told = []

    def watch(what):
        told.append(what)
        return progress(what)

    monkeypatch.setattr("cli.serving.progress", watch)
    made = run("init", "--config", tmp_path / "shuniu.toml", "--authority", AUTHORITY.uscc, "--title", AUTHORITY.name, *DOORS)
    assert made.returncode == 0, made.stderr
    assert made.stderr == ""
    assert len(told) == 1
