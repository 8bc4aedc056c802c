"""Several transactions as one: what a step does that another step takes (`Database.together`)."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from hub.db.transaction import Tx


class Rehearsed(Exception):  # noqa: N818 - no error: it ends a rehearsal
    """Ends a transaction that was to leave nothing."""


class Together:
    """The one transaction of a block, which opens when it is first needed."""

    def __init__(self, stack: ExitStack, begin: Callable[[], AbstractContextManager[Tx]]) -> None:
        """Take what closes it, and how it begins."""
        self._stack, self._begin = stack, begin
        self._tx: Tx | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether it has begun."""
        return self._tx is not None

    def enter(self) -> Tx:
        """Return the transaction."""
        if self._tx is None:
            self._tx = self._stack.enter_context(self._begin())
        return self._tx
