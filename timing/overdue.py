"""Cases whose time is over stay where they are; that it is over is put on the log once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Protocol, Self, TypeVar

from hub.access import HUB
from hub.db import Tx
from hub.errors import ConflictError
from hub.going_through import PostingActions
from hub.unit_of_work import Aim, Change
from timing.timer import Timer
from timing.timers import Timers

_BATCH: Final = 200  # cases read at once: no read transaction stays open over a whole sweep


class Timed(Protocol):
    """A case with a time limit, which keeps when it was told that the time is over."""

    @property
    def id(self) -> str:
        """Return its id."""

    @property
    def name(self) -> str:
        """Return the resource name."""

    @property
    def revision(self) -> int:
        """Return how often it was written."""

    @property
    def timer(self) -> Timer | None:
        """Return the timer; None where no rule gives one."""

    @property
    def awaits_step(self) -> bool:
        """Tell whether the timer runs."""

    def seen_by(self, caller: Any) -> bool:
        """Tell whether the caller may know of it."""

    def run_out(self, at: datetime) -> Self:
        """Return it as told at a moment."""


_C = TypeVar("_C", bound=Timed)


class OverdueActions(PostingActions):
    """What the sweeps of disputes, complaints and updates of the directory share."""

    _timers: Timers

    def _tell_once(
        self, at: datetime, aim: Aim[_C], page: Callable[[Tx, str, int], list[_C]], action: str, facts: Callable[[_C], dict[str, Any]]
    ) -> tuple[_C, ...]:
        """Put on the log which cases have taken too long by `at`, each in a transaction of its own; calling it again changes nothing."""
        late: list[_C] = []
        after = ""
        while batch := self._page_of_cases(page, after):
            after = batch[-1].id
            for one in batch:
                if one.timer is not None and one.timer.told_time is None and self._timers.is_over(one, at):
                    late += self._put_on_log(one, at, aim, action, facts)
        return tuple(late)

    def _page_of_cases(self, page: Callable[[Tx, str, int], list[_C]], after: str) -> list[_C]:
        with self._db.read() as tx:
            return page(tx, after, _BATCH)

    def _put_on_log(self, case: _C, at: datetime, aim: Aim[_C], action: str, facts: Callable[[_C], dict[str, Any]]) -> list[_C]:
        told = case.run_out(at)
        why = f"the time is over ({case.timer.citation if case.timer else ''})"
        try:
            with self._db.begin() as tx:
                aim.store(tx).replace(case, told)
                self._post(tx, aim, told, (), at)
                self._journal.write(tx, Change(at=at, action=action, actor=HUB, resource=told.name, **{**facts(told), "reason": why}))
        except ConflictError:
            return []  # a step was taken at this very moment
        return [told]
