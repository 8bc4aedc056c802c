"""What happens to a PostgreSQL server under a hub: stops, kills, standstill, sessions that end."""

import os
import random
import signal
import time
from collections.abc import Callable, Mapping

import psycopg

from tests.faults.report import Row
from tests.faults.stage import Stage
from tests.postgres import Server, frozen

WINDOW = 0.5
FROZEN = 2.0


def _stop_and_start(server: Server, number: int) -> None:
    server.stop(number)
    time.sleep(WINDOW)
    server.start()


def _sessions(server: Server, name: str, do: str) -> list[int]:
    """Do something with every session on a database; return their process ids."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        found = connection.execute(f"SELECT pid, {do} FROM pg_stat_activity WHERE datname = %s", (name,)).fetchall()  # noqa: S608 - our own word
    return [int(pid) for pid, _ in found]


def _kill_a_backend(server: Server, name: str) -> None:
    os.kill(random.choice(_sessions(server, name, "1")), signal.SIGKILL)  # noqa: S311 - any of them


def _freeze(server: Server) -> None:
    with frozen(server.url):
        time.sleep(FROZEN)


def kinds(server: Server, name: str) -> Mapping[str, Callable[[], object]]:
    """What can be done to a server and one of its databases."""
    return {
        "immediate stop (SIGQUIT)": lambda: _stop_and_start(server, signal.SIGQUIT),
        "a backend killed (SIGKILL)": lambda: _kill_a_backend(server, name),
        "the postmaster killed (SIGKILL)": lambda: _stop_and_start(server, signal.SIGKILL),
        "all processes stand still (SIGSTOP)": lambda: _freeze(server),
        "all sessions terminated": lambda: _sessions(server, name, "pg_terminate_backend(pid)"),
        "restart under load (SIGINT)": lambda: _stop_and_start(server, signal.SIGINT),
    }


def strike(stage: Stage, server: Server, name: str, times: int, seconds: float) -> list[Row]:
    """Do so many faults in all, one kind after another, for so many seconds at most."""
    done = kinds(server, name)
    rows = [Row(fault, planned=times // len(done) + (number < times % len(done))) for number, fault in enumerate(done)]
    end = time.monotonic() + seconds
    for number in range(times):
        if time.monotonic() > end:
            break
        row = rows[number % len(rows)]
        with stage.under_fault(row):
            time.sleep(WINDOW)
            done[row.fault]()
    return rows
