"""How long we wait for PostgreSQL: the hub, and a provider of tables.

No wait is without an end, whichever side falls silent, and a parameter of the database's URL wins.

- A connection is made in `connect_timeout`, or not at all; a multi-host URL waits so long for each host.
- The server ends a statement, a wait for a lock, and a transaction that does nothing (a console that was suspended with Ctrl-Z would hold its
  rows for ever). It also notices a client machine that is gone, which frees what it held.
- The kernel gives up on data that the other machine does not confirm (`tcp_user_timeout`, keep-alive).
- A server process that is frozen confirms everything and answers nothing: only this side can notice. `WaitLimits.answer` is that limit, and
  `Patience.end_by` ends all waits of a process that was told to stop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, TypeVar

import psycopg
from sqlalchemy import Engine, event

T = TypeVar("T")
CONNECT_SECONDS: Final = 5
SHORTEST_CONNECT: Final = 2
"""Seconds: the driver takes no less."""
_KEEPALIVE: Final = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""Seconds, seconds, times: a machine that is gone is noticed within 25 s."""
_UNCONFIRMED_MS: Final = 10_000
_IDLE_MS: Final = 60_000
_LONGEST_WORDS: Final = 300


@dataclass(frozen=True)
class WaitLimits:
    """Seconds that one statement, one wait for a lock, one answer may take. The server gives up before this side does, so that it says why."""

    statement: float
    lock: float
    answer: float


class NoAnswerError(psycopg.OperationalError):
    """The server did not answer in time. Whether a commit under way took place is then unknown, as after a lost connection."""


class Patience:
    """The limits of all connections of one engine."""

    def __init__(self, limits: WaitLimits) -> None:
        """Take the limits."""
        self.limits = limits
        self._last = math.inf

    def end_by(self, seconds: float) -> None:
        """Let every wait, also one under way, end within so many seconds from now; later ones fail at once."""
        self._last = min(self._last, monotonic() + seconds)

    def left(self) -> float:
        """Return the seconds until all waits end, infinite while nobody is stopping."""
        return self._last - monotonic()

    def over(self, since: float) -> bool:
        """Tell whether a wait that began at `since` (monotonic clock) has lasted long enough."""
        now = monotonic()
        return now >= self._last or now - since >= self.limits.answer


class LimitedConnection(psycopg.Connection[Any]):
    """A connection of psycopg that does not wait for ever."""

    patience = Patience(WaitLimits(statement=20, lock=5, answer=25))

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **more: Any) -> T:
        """Wait as psycopg does; past the limit close the connection, since what it would answer later belongs to nobody, and raise NoAnswerError."""
        try:
            return super().wait(_within(gen, self.patience), *args, **more)
        except NoAnswerError:
            self.pgconn.finish()
            raise


def server_parameters(limits: WaitLimits, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a connection of one's own is made with: the server itself holds to the limits. What the URL gives stands behind ours and wins."""
    server = {
        "statement_timeout": round(limits.statement * 1000),
        "lock_timeout": round(limits.lock * 1000),
        "idle_in_transaction_session_timeout": _IDLE_MS,
        "tcp_user_timeout": _UNCONFIRMED_MS,
        **{f"tcp_{name}": value for name, value in _KEEPALIVE.items()},
    }
    options = " ".join([*(f"-c {name}={value}" for name, value in server.items()), given.get("options", "")])
    return {**client_parameters(limits, given), "options": options.strip()}


def client_parameters(_limits: WaitLimits, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a connection is made with that may lead to a pooler: nothing that a server would keep for the next client."""
    return {"connect_timeout": CONNECT_SECONDS, "tcp_user_timeout": _UNCONFIRMED_MS, "application_name": "shuniu", **_KEEPALIVE, **given}


def limit(engine: Engine, patience: Patience, parameters_of: Callable[[WaitLimits, Mapping[str, Any]], dict[str, Any]] = server_parameters) -> None:
    """Put limits on each connection that a PostgreSQL engine will make, with the parameters that `parameters_of` makes of the URL's."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, args: list[Any], given: dict[str, Any]) -> LimitedConnection:
        left = patience.left()
        if left <= 0:
            raise NoAnswerError("the program is stopping")
        parameters = parameters_of(patience.limits, given)
        if math.isfinite(left) and not 0 < float(parameters["connect_timeout"]) <= left:  # 0 in the URL: without an end
            parameters["connect_timeout"] = max(SHORTEST_CONNECT, math.ceil(left))
        connection = LimitedConnection.connect(*args, **parameters)
        connection.patience = patience
        return connection


def _within(gen: Generator[Any, Any, T], patience: Patience) -> Generator[Any, Any, T]:
    """Drive psycopg's generator; it is given a turn ten times a second also while nothing arrives, which is when the limit is looked at."""
    since = monotonic()
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and patience.over(since):
                gen.close()
                raise NoAnswerError("the database server does not answer")
            wanted = gen.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result


def words_of(error: BaseException) -> str:
    """Return the first line of what a driver says of a connection that was not made, without its preface; it names no row."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return (lines[0].removeprefix("connection failed: ") if lines else type(error).__name__)[:_LONGEST_WORDS]
