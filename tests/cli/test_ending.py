"""SIGTERM ends a running hub in the stated time whatever its database does, and every line that it writes meanwhile has the form of its log."""

import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from server import GRACE, STOP_SECONDS
from shuniu.cli.server_log.lines import CONTINUED
from tests.cli.processes import make_hub, running
from tests.postgres import frozen

BEGINNING = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [a-z_.A-Z]+: ")
MARGIN = 5.0
"""Seconds beyond the limits that a busy machine may take to notice the signal and to end the process."""


@contextmanager
def untouched(_url: str) -> Iterator[None]:
    yield


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold what every write of the hub needs."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(make_url(url).database or "", isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            yield
        return
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as one:
        one.execute(text("LOCK TABLE audit_tree, change_counter, audit_checkpoints IN ACCESS EXCLUSIVE MODE"))
        yield
    engine.dispose()


@contextmanager
def gone(url: str) -> Iterator[None]:
    """End every session of the hub and let no new one in."""
    name = make_url(url).database
    admin = create_engine(url.replace("postgresql://", "postgresql+psycopg://").replace(f"/{name}", "/postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as one:
        one.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        one.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name})
        yield
        one.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    admin.dispose()


Fault = Callable[[str], AbstractContextManager[None]]


@pytest.mark.parametrize("fault", [untouched, locked, frozen, gone])
def test_sigterm_ends_a_hub_in_the_stated_time(url: str, tmp_path: Path, fault: Fault):
    if url.startswith("sqlite"):
        if fault in {frozen, gone}:
            pytest.skip("a file cannot fall silent")
        Path(make_url(url).database or "").parent.mkdir()
    make_hub(tmp_path, "--database", url)
    with running(tmp_path, "hub", "serve", "--config", tmp_path / "shuniu.toml") as hub:
        hub.facts()
        with fault(url):
            time.sleep(1.5)  # so that what runs each second waits for the database already
            began = time.monotonic()
            hub.process.send_signal(signal.SIGTERM)
            code = hub.process.wait(GRACE + STOP_SECONDS + MARGIN)
            took = time.monotonic() - began
        assert took < GRACE + STOP_SECONDS + MARGIN
        assert code in {0, 3}, hub.output
        assert "FAULT" not in hub.output
        for line in hub.output.splitlines():
            assert BEGINNING.match(line) or line.startswith((CONTINUED, "错误 error [", "          ", "下一步", "next")), line
