"""How the things of a predecessor are carried: one after the other, each in a transaction of its own (`hub.succession`)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final, TypeVar

from hub.db import Tx
from hub.errors import ConflictError
from hub.going_through import PostingActions
from hub.succession import Passing

_BATCH: Final = 100
_T = TypeVar("_T")


class CarryingActions(PostingActions):
    """Actions that carry things of one kind. By themselves they concern nobody else and name no system."""

    def concerned(self, tx: Tx, predecessor: str, at: datetime) -> Iterable[str]:  # noqa: ARG002 - what the protocol asks
        """Return nobody."""
        return ()

    def missing(self, tx: Tx, passing: Passing) -> Iterable[str]:  # noqa: ARG002 - what the protocol asks
        """Return nothing."""
        return ()

    def needs(self, tx: Tx, system: str) -> bool:  # noqa: ARG002 - what the protocol asks
        """Tell that nothing here names a system."""
        return False

    def _carry_each(self, find: Callable[[Tx, str, int], list[_T]], key: Callable[[_T], str], carry: Callable[[Tx, _T], object]) -> Iterator[bool]:
        """Carry each of the things that `find(tx, after, count)` returns in the order of their keys, each in a transaction of its own."""
        after = ""
        while True:
            with self._db.read() as tx:
                batch = find(tx, after, _BATCH)
            for one in batch:
                after = key(one)
                try:
                    with self._db.begin() as tx:
                        carry(tx, one)
                except ConflictError:  # it was changed at this very moment: the next round finds it as it is then
                    yield False
                else:
                    yield True
            if len(batch) < _BATCH:
                return
