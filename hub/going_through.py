"""Going through many things in short transactions, to lay on the desk what each waits for, or what is told of it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from hub.db import Tx
from hub.desk import Notice
from hub.unit_of_work import Actions, Aim, Kept

_T = TypeVar("_T", bound=Kept)
_K = TypeVar("_K")
BATCH: Final = 50
"""Things in one transaction: far below half a second in which nobody else can write to SQLite."""


class PostingActions(Actions):
    """Actions that post for many things at once."""

    def _go_through(
        self,
        aim: Aim[_T],
        page: Callable[[Tx, _K, int], list[tuple[_K, _T]]],
        begin: _K,
        tell: Callable[[_T], Iterable[Notice]] = lambda _thing: (),
    ) -> Iterator[int]:
        """Post what each thing of the pages waits for and what is told of it; yield after each transaction how many it saw.

        `page(tx, after, count)` returns things with their keys, in the order of the keys, above `after`. Where a thing may change meanwhile, the
        page holds its rows until the transaction ends: what is posted is then what it waits for now.
        """
        after, seen = begin, BATCH
        while seen == BATCH:
            at = self._clock.now()
            with self._db.begin() as tx:
                found = page(tx, after, BATCH)
                for _, thing in found:
                    self._post(tx, aim, thing, tell(thing), at)
            seen, after = len(found), found[-1][0] if found else after
            yield seen
