"""Whatever goes wrong, in whatever order: in the end every intent has one outcome that counts, and it says what the caller heard."""

import asyncio
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import audit.committer
import exchange.ledger
from audit.committer import GroupCommitter
from audit.instances import Instance
from audit.model import Event, Kind, Receipt, Record
from audit.outcomes import CORRECTS, INSTANCE, INTERRUPTED, NOT_RELEASED
from audit.store import RecordStore, log_size
from audit.store.instances import InstanceStore
from exchange.ledger import FOR_THE_ERROR, GrantedAnswer, Intent, Ledger
from exchange.reasons import NO_GRANT
from hub.clock import StoppedClock
from hub.db import Database, Tx
from hub.errors import ShuniuError
from hub.reasons.operation import DATABASE_UNAVAILABLE
from tests.audit.keeping import AT, assert_whole, event, the_log

FIRST, SECOND = "01k8v3m2q9xh4tbn7zr5wdyfca", "01k8v3m2q9xh4tbn7zr5wdyfcb"
ANSWER = GrantedAnswer(b"answer", 1)
Fault = Literal["none", "refused", "rolled back", "answer lost", "slow"]
FAULTS: tuple[Fault, ...] = ("none", "refused", "rolled back", "answer lost", "slow")


@pytest.fixture(autouse=True, scope="module")
def hurry() -> Iterator[None]:
    """Intents wait for nothing, so that a script's first transaction is the intent's and its second that of the outcome."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit.committer, "INTENT_AGE", 0.0)
        yield


class FaultyDatabase:
    """A database whose write transactions end as a script says, one after the other; behind the script all is well."""

    def __init__(self, db: Database, script: Sequence[Fault]) -> None:
        self._db = db
        self.script = list(script)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        fault = self.script.pop(0) if self.script else "none"
        if fault == "refused":
            raise DATABASE_UNAVAILABLE(retry_after=1.0)
        with self._db.begin() as tx:
            yield tx
            if fault == "slow":
                time.sleep(0.03)
            if fault == "rolled back":
                raise DATABASE_UNAVAILABLE(retry_after=1.0)
        if fault == "answer lost":
            raise DATABASE_UNAVAILABLE(retry_after=1.0)

    @contextmanager
    def lasting(self) -> Iterator["FaultyDatabase"]:
        yield self


@dataclass(frozen=True)
class Plan:
    """One call: turns before it begins and before the provider answers, how that ends, the caller's patience, when the caller hangs up."""

    starts: int
    works: int
    ends: Literal["answer", "refusal", "fault"]
    patience: float
    hangs_up: int | None


PLANS = st.builds(
    Plan,
    starts=st.integers(0, 6),
    works=st.integers(0, 4),
    ends=st.sampled_from(["answer", "answer", "refusal", "fault"]),
    patience=st.sampled_from([0.005, 0.02, 5.0]),
    hangs_up=st.none() | st.integers(0, 12),
)


def an_intent() -> Event:
    return event(kind=Kind.INTENT, status="", rows=0, bytes=0, digest=b"", intent_index=None, detail={INSTANCE: FIRST})


def provide(plan: Plan) -> None:
    if plan.ends == "refusal":
        raise NO_GRANT(grant="grants/x")
    if plan.ends == "fault":
        raise ZeroDivisionError


async def call(ledger: Ledger, plan: Plan) -> Receipt:
    """What `exchange.transfer.Course` does, with a provider that is a number of turns."""
    loop = asyncio.get_running_loop()
    for _ in range(plan.starts):
        await asyncio.sleep(0.002)
    intent = Intent(ledger, an_intent(), loop.time() + plan.patience + FOR_THE_ERROR)
    try:
        for _ in range(plan.works):
            await asyncio.sleep(0.001)
        provide(plan)
        return await intent.record(ANSWER)
    except BaseException as error:
        await intent.fail(error)
        raise


async def hanging_up(task: "asyncio.Task[Receipt]", turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0.001)
    task.cancel()


def a_ledger(db: Database, script: Sequence[Fault]) -> tuple[Ledger, GroupCommitter, Instance]:
    log = the_log()
    instance = Instance(db, log, StoppedClock(AT), FIRST)
    instance.enter()
    committer = GroupCommitter(FaultyDatabase(db, script), log)  # type: ignore[arg-type]  # all that the committer needs of one
    return Ledger(committer, instance, StoppedClock(AT)), committer, instance


async def run(db: Database, plans: list[Plan], script: Sequence[Fault], stop_after: float | None) -> list[Receipt | BaseException]:
    """Let the calls run, and stop the log as a hub does, some time in the middle or behind the last."""
    ledger, committer, instance = a_ledger(db, script)
    committer.start()
    instance.start()
    tasks = [asyncio.ensure_future(call(ledger, plan)) for plan in plans]
    gone = [asyncio.ensure_future(hanging_up(task, plan.hangs_up)) for task, plan in zip(tasks, plans, strict=True) if plan.hangs_up is not None]
    async with asyncio.timeout(20):
        if stop_after is None:
            await asyncio.wait(tasks)
        else:
            await asyncio.sleep(stop_after)
            for task in tasks:  # the doors' grace is over
                task.cancel()
        await ledger.settle()
        await asyncio.to_thread(committer.stop)
        await instance.leave()
        for one in gone:
            one.cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)


def log_of(db: Database) -> list[Record]:
    assert_whole(db)
    with db.read() as tx:
        return [RecordStore(tx).get(index)[0] for index in range(log_size(tx))]


def is_clean(db: Database) -> bool:
    with db.read() as tx:
        return InstanceStore(tx).all() == []


def check(records: list[Record], heard: list[Receipt | BaseException], *, clean: bool) -> None:
    """Every intent has one outcome, at most one correction of it, and what counts in the end is what the caller heard."""
    intents = {one.index for one in records if one.kind is Kind.INTENT}
    outcomes = [one for one in records if one.kind is Kind.OUTCOME and CORRECTS not in one.detail]
    corrections = [one for one in records if CORRECTS in one.detail]
    assert Counter(one.intent_index for one in outcomes) == Counter(intents)
    taken_back = [int(one.detail[CORRECTS]) for one in corrections]
    assert len(set(taken_back)) == len(taken_back)
    for one in corrections:
        first = records[int(one.detail[CORRECTS])]
        assert (first.status, first.intent_index, one.status, one.rows) == ("ok", one.intent_index, NOT_RELEASED, 0)
        assert first.index < one.index
    released = {one.index for one in outcomes if one.status == "ok"} - set(taken_back)
    receipts = {one.index for one in heard if isinstance(one, Receipt)}
    assert receipts <= released
    if clean:
        assert receipts == released
        assert INTERRUPTED not in {one.status for one in outcomes}


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange.ledger, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(audit.committer, "DOUBT_SECONDS", 0.01)
    monkeypatch.setattr(exchange.ledger, "SETTLE_SECONDS", 5.0)


@pytest.mark.usefixtures("hasty")
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    plans=st.lists(PLANS, min_size=1, max_size=12),
    script=st.lists(st.sampled_from(FAULTS), max_size=10),
    stop_after=st.none() | st.sampled_from([0.0, 0.004, 0.01, 0.03]),
    longest=st.sampled_from([3, 20_000]),
)
def test_every_intent_has_one_outcome_that_counts_and_it_is_what_the_caller_heard(
    sqlite_template: Path, plans: list[Plan], script: list[Fault], stop_after: float | None, longest: int
) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit.committer, "LONGEST_QUEUE", longest)
        shutil.copy(sqlite_template, Path(folder) / "shuniu.db")
        db = Database(f"sqlite:///{folder}/shuniu.db")
        try:
            heard = asyncio.run(run(db, plans, list(script), stop_after))
            assert is_clean(db)  # behind the script all is well, so a stop leaves nothing to the next start
            check(log_of(db), heard, clean=True)
        finally:
            db.close()


def outcomes_of(db: Database) -> list[str]:
    return [one.status for one in log_of(db) if one.kind is Kind.OUTCOME]


async def served(db: Database, script: Sequence[Fault], plan: Plan, **more: Any) -> list[Receipt | BaseException]:
    return await run(db, [plan], script, more.get("stop_after"))


ALWAYS: list[Fault] = ["refused"] * 1_000
REFUSED: list[Fault] = ["none", *ALWAYS]
PATIENT = Plan(0, 4, "answer", 5.0, None)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("script", "statuses", "answered"),
    [
        (["none", "none"], ["ok"], True),
        (["none", "refused"], ["DATABASE_UNAVAILABLE"], False),  # written again once the log takes records
        (["none", "refused", "refused", "refused"], ["DATABASE_UNAVAILABLE"], False),
        (["none", "rolled back"], ["DATABASE_UNAVAILABLE"], False),
        (["none", "answer lost"], ["ok", NOT_RELEASED], False),  # the commit took place, the caller heard that it had not
        (["none", "answer lost", "refused", "refused"], ["ok", NOT_RELEASED], False),
        (["none", "answer lost", "none", "answer lost"], ["ok", NOT_RELEASED], False),  # the correction's own commit in doubt
        (["answer lost"], ["ok"], True),  # the intent is in the log all the same, and its outcome waits for that to be certain
        (["rolled back"], [], False),
        (["refused"], [], False),
    ],
)
def test_what_a_database_does_to_an_intent_and_its_outcome(
    sqlite_database: Database, script: list[Fault], statuses: list[str], *, answered: bool
) -> None:
    (heard,) = asyncio.run(served(sqlite_database, list(script), PATIENT))
    told = outcomes_of(sqlite_database)
    reason = DATABASE_UNAVAILABLE(retry_after=1.0).reason
    assert [reason if one == "DATABASE_UNAVAILABLE" else one for one in statuses] == told
    assert isinstance(heard, Receipt) is answered
    assert is_clean(sqlite_database)


@pytest.mark.usefixtures("hasty")
def test_a_caller_who_hangs_up_while_the_outcome_waits_in_the_next_batch_leaves_no_open_intent_at_a_stop(sqlite_database: Database) -> None:
    async def story() -> None:
        ledger, committer, instance = a_ledger(sqlite_database, ["none", "slow"])
        committer.start()
        first = Intent(ledger, an_intent(), asyncio.get_running_loop().time() + 5)
        await asyncio.sleep(0.05)
        committer.submit(event(kind=Kind.CHANGE, intent_index=None))  # keeps the writer busy
        await asyncio.sleep(0.005)
        answered = asyncio.ensure_future(first.record(ANSWER))
        await asyncio.sleep(0)
        answered.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answered
        await first.fail(asyncio.CancelledError())
        await ledger.settle()
        await asyncio.to_thread(committer.stop)
        await instance.leave()

    asyncio.run(story())
    assert is_clean(sqlite_database)
    intents = [one for one in log_of(sqlite_database) if one.kind is Kind.INTENT]
    assert [one.status for one in log_of(sqlite_database) if one.intent_index == intents[0].index] == ["CANCELLED"]


@pytest.mark.usefixtures("hasty")
def test_a_caller_who_hangs_up_when_the_receipt_is_there_but_not_yet_taken_is_corrected(sqlite_database: Database) -> None:
    async def story() -> None:
        ledger, committer, instance = a_ledger(sqlite_database, [])
        committer.start()
        answer = committer._answer
        task = asyncio.ensure_future(call(ledger, PATIENT))

        def answering(batch: Any) -> None:
            answer(batch)
            if any(one.written.done() and type(one).__name__ == "PendingOutcome" for one in batch):
                task.cancel()

        committer._answer = answering  # type: ignore[method-assign]  # the very turn in which the receipt is given
        with pytest.raises(asyncio.CancelledError):
            await task
        await ledger.settle()
        await asyncio.to_thread(committer.stop)
        await instance.leave()

    asyncio.run(story())
    assert outcomes_of(sqlite_database) == ["ok", NOT_RELEASED]
    assert is_clean(sqlite_database)


@pytest.mark.usefixtures("hasty")
def test_what_waits_is_bounded_and_the_next_start_closes_the_rest(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange.ledger, "MOST_KEPT", 4)
    plans = [Plan(0, 20, "answer", 5.0, None)] * 10
    heard = asyncio.run(run(sqlite_database, plans, REFUSED[:13], None))
    assert all(isinstance(one, ShuniuError) for one in heard)
    assert len(outcomes_of(sqlite_database)) == 4
    assert not is_clean(sqlite_database)
    assert Instance(sqlite_database, the_log(), StoppedClock(AT), SECOND).enter() == 6
    check(log_of(sqlite_database), heard, clean=False)


def test_a_stop_waits_a_stated_time_for_a_database_that_stays_away(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange.ledger, "SETTLE_SECONDS", 0.3)
    start = time.monotonic()
    (heard,) = asyncio.run(served(sqlite_database, REFUSED, PATIENT))
    assert 0.3 <= time.monotonic() - start < 3
    assert isinstance(heard, ShuniuError)
    assert outcomes_of(sqlite_database) == []
    assert Instance(sqlite_database, the_log(), StoppedClock(AT), SECOND).enter() == 1
    assert outcomes_of(sqlite_database) == [INTERRUPTED]
