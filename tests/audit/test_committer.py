"""Group commit: an acknowledged record is in the log; a refused one is not; one bad batch harms no other."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

import audit.committer
from audit.commitment import Commitment
from audit.committer import GroupCommitter
from audit.model import Event, Kind, Receipt
from audit.store import RecordStore, log_size
from hub.db import Database
from hub.errors import InvalidInputError, UnavailableError
from tests.audit.keeping import CITIZEN, ORIGIN, assert_whole, event, the_log, write


@asynccontextmanager
async def committing(database: Database) -> AsyncIterator[GroupCommitter]:
    committer = GroupCommitter(database, the_log())
    committer.start()
    try:
        yield committer
    finally:
        await asyncio.to_thread(committer.stop)


@pytest.fixture
def impatient(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The same database, waiting only a moment for a lock."""
    monkeypatch.setattr("hub.db.engine.BUSY_MS", 100)
    return Database(sqlite_database.url)


def path_of(database: Database) -> Path:
    return Path(database.url.removeprefix("sqlite:///"))


def test_every_acknowledged_record_stands_where_its_receipt_says(database: Database) -> None:
    async def run() -> list[Receipt]:
        async with committing(database) as committer:
            many = asyncio.gather(*(committer.append(event(case_number=f"C-{number}")) for number in range(300)))
            return [await committer.append(event()), *await many]

    receipts = asyncio.run(run())
    hashes = assert_whole(database)
    assert sorted(receipt.index for receipt in receipts) == list(range(301))
    assert all(receipt.leaf_hash == hashes[receipt.index] and receipt.origin == ORIGIN for receipt in receipts)


def test_the_data_plane_and_the_control_plane_share_one_dense_log(database: Database) -> None:
    firsts: list[int] = []

    def control() -> None:
        firsts.extend(write(database, event(action="catalog.PublishEntry", subject=None)) for _ in range(12))

    async def one(committer: GroupCommitter, receipts: list[Receipt]) -> None:
        receipts.extend([await committer.append(event()) for _ in range(10)])

    async def run() -> list[Receipt]:
        receipts: list[Receipt] = []
        threads = [threading.Thread(target=control) for _ in range(3)]
        async with committing(database) as committer:
            for thread in threads:
                thread.start()
            await asyncio.gather(*(one(committer, receipts) for _ in range(20)))
            for thread in threads:
                await asyncio.to_thread(thread.join)
        return receipts

    receipts = asyncio.run(run())
    hashes = assert_whole(database)
    assert sorted([receipt.index for receipt in receipts] + firsts) == list(range(236))
    assert all(receipt.leaf_hash == hashes[receipt.index] for receipt in receipts)


def test_what_another_process_appended_meanwhile_is_found_and_outcomes_name_their_intents(database: Database) -> None:
    other = the_log()  # with a memory of its own, as another process has

    async def run() -> list[tuple[Receipt, Receipt]]:
        found = []
        async with committing(database) as committer:
            for _ in range(4):
                intent = committer.submit(event(kind=Kind.INTENT, status="", rows=0, bytes=0, digest=b"", intent_index=None))
                outcome = await committer.close(intent, lambda index: event(intent_index=index)).written
                assert isinstance(intent.result, Receipt)
                found.append((intent.result, outcome))
                with database.begin() as tx:
                    other.append(tx, event())
        return found

    for at, (intent, outcome) in enumerate(asyncio.run(run())):
        assert (intent.index, outcome.index) == (3 * at, 3 * at + 1)
        with database.read() as tx:
            assert RecordStore(tx).get(outcome.index)[0].intent_index == intent.index
    assert len(assert_whole(database)) == 12


def test_the_writer_does_not_look_where_the_log_ends_while_it_alone_appends(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(_store: RecordStore) -> int:
        pytest.fail("it looked")

    monkeypatch.setattr(RecordStore, "lock", look)

    async def run() -> None:
        async with committing(sqlite_database) as committer:
            for _ in range(5):
                await committer.append(event())

    asyncio.run(run())
    assert len(assert_whole(sqlite_database)) == 5


def test_records_of_one_turn_of_the_loop_are_one_batch(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    append = RecordStore.append

    def counted(store: RecordStore, batch: Sequence[Commitment]) -> int:
        sizes.append(len(batch))
        return append(store, batch)

    monkeypatch.setattr(RecordStore, "append", counted)

    async def run() -> None:
        async with committing(sqlite_database) as committer:
            for _ in range(3):
                await asyncio.gather(*(committer.append(event()) for _ in range(50)))
            await asyncio.gather(*(committer.append(event()) for _ in range(2_100)))

    asyncio.run(run())
    assert sizes[:3] == [50, 50, 50]
    assert sum(sizes) == 2_250
    assert len(assert_whole(sqlite_database)) == 2_250


def test_a_locked_database_refuses_exactly_the_batch_that_met_it(impatient: Database) -> None:
    async def run() -> tuple[list[Receipt | BaseException], Receipt]:
        async with committing(impatient) as committer:
            first = await committer.append(event())
            with closing(sqlite3.connect(path_of(impatient), isolation_level=None)) as other:
                other.execute("BEGIN EXCLUSIVE")
                refused = await asyncio.gather(*(committer.append(event()) for _ in range(40)), return_exceptions=True)
                other.execute("ROLLBACK")
            assert first.index == 0
            return refused, await committer.append(event())

    refused, after = asyncio.run(run())
    assert {type(one) for one in refused} == {UnavailableError}
    assert len({id(one) for one in refused}) == 40  # nobody raises another's error
    assert all(isinstance(one, UnavailableError) and "nothing was released" in one.message and one.retry_after for one in refused)
    assert after.index == 1
    assert len(assert_whole(impatient)) == 2


def test_a_full_disk_refuses_the_batch_and_leaves_nothing_half_written(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ceiling = [2_000_000]
    append = RecordStore.append

    def on_a_small_disk(store: RecordStore, batch: Sequence[Commitment]) -> int:
        with store._tx.cursor() as cursor:
            cursor.execute(f"PRAGMA max_page_count={ceiling[0]}")
        return append(store, batch)

    monkeypatch.setattr(RecordStore, "append", on_a_small_disk)

    async def run() -> int:
        async with committing(sqlite_database) as committer:
            await asyncio.gather(*(committer.append(event()) for _ in range(10)))
            ceiling[0] = 1
            refused = await asyncio.gather(*(committer.append(event(reason="x" * 900)) for _ in range(600)), return_exceptions=True)
            assert {type(one) for one in refused} == {UnavailableError}
            assert len(assert_whole(sqlite_database)) == 10
            ceiling[0] = 2_000_000
            return (await committer.append(event())).index

    assert asyncio.run(run()) == 10
    assert len(assert_whole(sqlite_database)) == 11


def test_an_error_nobody_foresaw_is_told_as_unavailable_and_the_writer_goes_on(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> Receipt:
        async with committing(sqlite_database) as committer:
            with monkeypatch.context() as patch:
                patch.setattr(RecordStore, "append", lambda _store, _batch: 1 // 0)
                with pytest.raises(UnavailableError, match="nothing was released"):
                    await committer.append(event())
            return await committer.append(event())

    assert asyncio.run(run()).index == 0


def test_an_event_that_may_not_be_written_never_reaches_the_writer(sqlite_database: Database) -> None:
    async def run() -> None:
        async with committing(sqlite_database) as committer:
            with pytest.raises(InvalidInputError):
                await committer.append(event(case_number=f"for {CITIZEN.id}"))
            await committer.append(event())

    asyncio.run(run())
    assert len(assert_whole(sqlite_database)) == 1


def test_a_cancelled_waiter_takes_nobody_along_and_its_record_is_written(impatient: Database) -> None:
    async def run() -> list[Receipt]:
        async with committing(impatient) as committer:
            waiters = [asyncio.ensure_future(committer.append(event(case_number=f"C-{number}"))) for number in range(9)]
            await asyncio.sleep(0)
            waiters[4].cancel()
            done = await asyncio.gather(*waiters, return_exceptions=True)
            assert isinstance(done[4], asyncio.CancelledError)
            return [one for one in done if isinstance(one, Receipt)]

    assert [receipt.index for receipt in asyncio.run(run())] == [0, 1, 2, 3, 5, 6, 7, 8]
    assert len(assert_whole(impatient)) == 9


@pytest.mark.parametrize("from_the_loop", [False, True])
def test_stopping_finishes_the_batch_under_way_and_refuses_what_waits(sqlite_database: Database, *, from_the_loop: bool) -> None:
    async def run() -> list[object]:
        committer = GroupCommitter(sqlite_database, the_log())
        committer.start()
        with closing(sqlite3.connect(path_of(sqlite_database), isolation_level=None, check_same_thread=False)) as other:
            other.execute("BEGIN EXCLUSIVE")
            under_way = [asyncio.ensure_future(committer.append(event())) for _ in range(3)]
            await asyncio.sleep(0.05)  # the writer is waiting for the lock
            waiting = [asyncio.ensure_future(committer.append(event())) for _ in range(5)]
            await asyncio.sleep(0)
            release = asyncio.get_running_loop().run_in_executor(None, _released_later, other)
            if from_the_loop:
                committer.stop()
            else:
                await asyncio.to_thread(committer.stop)
            await release
        with pytest.raises(UnavailableError, match="stopping"):
            await committer.append(event())
        committer.stop()
        async with asyncio.timeout(5):
            return list(await asyncio.gather(*under_way, *waiting, return_exceptions=True))

    told = asyncio.run(run())
    assert [receipt.index for receipt in told[:3] if isinstance(receipt, Receipt)] == [0, 1, 2]
    assert {type(one) for one in told[3:]} == {UnavailableError}
    assert len(assert_whole(sqlite_database)) == 3


def _released_later(lock: sqlite3.Connection) -> None:
    threading.Event().wait(0.2)
    lock.execute("ROLLBACK")


def test_appenders_that_never_stop_are_all_answered_when_the_committer_stops(database: Database) -> None:
    async def ask(committer: GroupCommitter, receipts: list[Receipt]) -> None:
        try:
            while True:
                receipts.append(await committer.append(event()))
        except UnavailableError as refusal:
            assert "stopping" in refusal.message  # noqa: PT017 - the loop ends in no other way

    async def run() -> list[Receipt]:
        receipts: list[Receipt] = []
        committer = GroupCommitter(database, the_log())
        committer.start()
        async with asyncio.timeout(20):
            asking = asyncio.gather(*(ask(committer, receipts) for _ in range(30)))
            await asyncio.sleep(0.2)
            await asyncio.to_thread(committer.stop)
            await asking
        return receipts

    receipts = asyncio.run(run())
    assert sorted(receipt.index for receipt in receipts) == list(range(len(assert_whole(database))))


def test_a_loop_that_ended_over_its_waiters_does_not_keep_the_writer(sqlite_database: Database) -> None:
    committer = GroupCommitter(sqlite_database, the_log())
    committer.stop()  # before the start: nothing to stop

    async def run() -> None:
        committer.start()
        committer.submit(event())
        await asyncio.sleep(0)

    asyncio.run(run())
    committer.stop()
    assert [thread.name for thread in threading.enumerate() if thread.name == "audit-writer"] == []


def test_the_queue_is_bounded(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit.committer, "LONGEST_QUEUE", 10)

    async def run() -> None:
        async with committing(sqlite_database) as committer:
            waiting = [committer.submit(event()) for _ in range(10)]
            with pytest.raises(UnavailableError, match="cannot keep up"):
                committer.submit(event())
            await asyncio.gather(*(one.written for one in waiting))
            await committer.append(event())

    asyncio.run(run())
    assert len(assert_whole(sqlite_database)) == 11


def an_intent(**said: Any) -> Event:
    return event(kind=Kind.INTENT, status="", rows=0, bytes=0, digest=b"", intent_index=None, **said)


def outcome_of(intent: Event) -> Callable[[int], Event]:
    return lambda index: intent.outcome(intent.at, "ok", index)


def test_an_outcome_stands_behind_its_intent_and_names_it_whether_they_share_a_batch_or_not(database: Database) -> None:
    async def run() -> list[tuple[int, int]]:
        async with committing(database) as committer:
            pairs = []
            for number in range(30):
                opened = committer.submit(intent := an_intent(case_number=f"C-{number}"))
                if number % 3 == 0:
                    await opened.written
                if number % 7 == 0:
                    committer.submit(event(case_number="in between"))
                pairs.append((opened.written, committer.close(opened, outcome_of(intent)).written))
            return [((await first).index, (await second).index) for first, second in pairs]

    pairs = asyncio.run(run())
    assert_whole(database)
    with database.read() as tx:
        for number, (first, second) in enumerate(pairs):
            opened, closed = RecordStore(tx).get(first)[0], RecordStore(tx).get(second)[0]
            assert first < second
            assert (opened.kind, closed.kind, closed.intent_index) == (Kind.INTENT, Kind.OUTCOME, first)
            assert opened.case_number == closed.case_number == f"C-{number}"


@pytest.mark.parametrize("together", [True, False])
def test_the_outcome_of_an_intent_that_is_not_in_the_log_is_not_there_either(impatient: Database, *, together: bool) -> None:
    async def run() -> list[Receipt | BaseException]:
        async with committing(impatient) as committer:
            with closing(sqlite3.connect(path_of(impatient), isolation_level=None)) as other:
                other.execute("BEGIN EXCLUSIVE")
                opened = committer.submit(intent := an_intent())
                if not together:
                    await asyncio.gather(opened.written, return_exceptions=True)
                    other.execute("ROLLBACK")
                closed = committer.close(opened, outcome_of(intent))
                done = await asyncio.gather(opened.written, closed.written, return_exceptions=True)
                if together:
                    other.execute("ROLLBACK")
            return [*done, await committer.append(event())]

    opened, closed, after = asyncio.run(run())
    assert isinstance(opened, UnavailableError)
    assert isinstance(closed, UnavailableError)
    assert isinstance(after, Receipt)
    assert len(assert_whole(impatient)) == after.index + 1 == 1


def test_before_the_start_nothing_is_taken(sqlite_database: Database) -> None:
    with pytest.raises(UnavailableError):
        asyncio.run(GroupCommitter(sqlite_database, the_log()).append(event()))
    with sqlite_database.read() as tx:
        assert log_size(tx) == 0


@pytest.mark.postgres
def test_a_lost_connection_refuses_one_batch_and_the_next_is_written(postgres_database: Database) -> None:
    async def run() -> list[int]:
        async with committing(postgres_database) as committer:
            await committer.append(event())
            await asyncio.to_thread(_cut_off, postgres_database)
            with pytest.raises(UnavailableError):
                await committer.append(event())
            return [(await committer.append(event())).index for _ in range(3)]

    assert asyncio.run(run()) == [1, 2, 3]
    assert len(assert_whole(postgres_database)) == 4


def _cut_off(database: Database) -> None:
    """End every connection to the database, as a restart of its server would."""
    with psycopg.connect(database.url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")


def test_an_intent_waits_a_moment_for_its_outcome_so_that_one_call_is_one_commit(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    append = RecordStore.append

    def counted(store: RecordStore, batch: Sequence[Commitment]) -> int:
        sizes.append(len(batch))
        return append(store, batch)

    monkeypatch.setattr(RecordStore, "append", counted)
    monkeypatch.setattr("audit.committer.INTENT_AGE", 60.0)  # so long that only the outcome can have sent it

    async def run() -> None:
        async with committing(sqlite_database) as committer:
            for _ in range(3):
                intent = committer.submit(event(kind=Kind.INTENT, status="", rows=0, bytes=0, digest=b"", intent_index=None))
                await asyncio.sleep(0.002)  # the provider works
                await committer.close(intent, lambda index: event(intent_index=index)).written

    asyncio.run(run())
    assert sizes == [2, 2, 2]


def test_an_intent_without_an_outcome_is_durable_a_moment_later(sqlite_database: Database) -> None:
    async def run() -> None:
        async with committing(sqlite_database) as committer:
            await asyncio.wait_for(committer.submit(event(kind=Kind.INTENT, status="", rows=0, bytes=0, digest=b"", intent_index=None)).written, 5)

    asyncio.run(run())
    assert len(assert_whole(sqlite_database)) == 1
