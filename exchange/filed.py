"""Records of an entry that no system serves: read from the file that its provider uploaded, and answered as a provider would.

What follows is the same as for any provider's answer: what was not granted is dropped, types and subject are checked, masks are applied.
A look-up reads the database, so it has threads of its own, in turn among consumers. Process-local, as those threads are.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from exchange.model import FOR_THE_OUTCOME, Access, Permission, Question
from exchange.reasons import DEADLINE_TOO_SHORT
from exchange.steps import FETCH
from exchange.wire import fetched_to
from files.reading import FileReader, Wanted
from hub.threads import Threads

THREADS: Final = 4
_T = TypeVar("_T")


class FiledRecords:
    """Answers questions from data files; for the event loop's thread."""

    def __init__(self, reader: FileReader) -> None:
        """Take what reads the files; threads are started when they are needed first."""
        self.reader = reader
        self._executor = ThreadPoolExecutor(THREADS, "files")
        self._threads = Threads(self._executor, THREADS)

    async def fetch(self, access: Access, permission: Permission, question: Question) -> bytes:
        """Return the answer to a question as bytes; raise UnavailableError where no file is in force, IntegrityError where it is damaged."""
        live = permission.live
        wanted = Wanted(live.entry_name, live.provider, permission.key, question.columns)
        try:
            async with asyncio.timeout_at(access.end - FOR_THE_OUTCOME):
                return await self._threads.run(access.caller.department, self._answer, wanted, question)
        except TimeoutError:
            raise DEADLINE_TOO_SHORT(step=FETCH.place) from None

    async def run(self, consumer: str, work: Callable[[], _T]) -> _T:
        """Do what reads a file, in a thread, in the consumer's turn."""
        return await self._threads.run(consumer, work)

    def _answer(self, wanted: Wanted, question: Question) -> bytes:
        return fetched_to(self.reader.rows(wanted, FETCH.place), question.digest)

    def close(self) -> None:
        """Read no more; what a thread does at this moment is not waited for."""
        self._executor.shutdown(wait=False, cancel_futures=True)
