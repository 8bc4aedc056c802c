"""The record of a refusal is small, whoever writes it and whatever the caller sent."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

import server
from audit.commitment import prepare
from audit.fields import MAX_DETAIL
from audit.floods import ACTIONS, REASONS, Flood
from audit.model import TOLD, Event, Kind, Receipt
from audit.refusals import MOST_BYTES, RefusalBook, size_of
from brokerage.grants import LiveGrant
from brokerage.reasons import FIELD_NOT_GRANTED, NOT_CONSUMER
from certs.reasons import CERTIFICATE_EXPIRED
from cli.command import shuniu
from exchange.model import LONGEST_FIELD, MOST_FIELDS, TEXTS, Access, Query
from exchange.reasons import NO_GRANT
from exchange.refusing import MORE_FIELDS, OTHER_FIELDS, ROOM, refusal_of
from hub.access import ACCESS, Caller
from hub.clock import StoppedClock
from hub.counting import Counted
from hub.errors import LimitError, NotAllowedError
from hub.limits import Limits
from hub.rpc import Call
from shuniu.cli.catalogue import rows
from tests.brokerage.test_grants import GRANT
from tests.world import CASE, KEY, OFFICER, PURPOSE

ROOT: Final = Path(server.__file__).parent
AT: Final = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
CALLER: Final = Caller("11640000XB00000432", "s" * 63)
LONG_NAMES: Final = tuple(f"{number:0{LONGEST_FIELD}d}" for number in range(MOST_FIELDS))
LONGEST_REASON: Final = max((one["reason"] for one in rows(shuniu.packages)), key=len)
WIDE: Final = "\U00020000"
"""A Chinese character of four bytes, the most that one takes."""


def access(fields: tuple[str, ...] = (), **said: str) -> Access:
    texts = {"grant": "grants/01k0", "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY, **said}
    return Access(CALLER, Query(**texts, fields=fields), AT, 5.0, 5.0)  # type: ignore[arg-type]  # a grant's name is read by the query


def grant(*names: str) -> LiveGrant:
    return LiveGrant(
        GRANT, "entries/" + "e" * 26, "", (), "id", "cn-id", "11640000XB00000432", "s", "r",
        entry_fields=frozenset(names),
    )  # fmt: skip


def refused(fields: tuple[str, ...], live: LiveGrant | None) -> Event:
    return refusal_of("exchange.Query", access(fields), live, FIELD_NOT_GRANTED(grant="grants/01k0", fields="x"))


def test_fields_of_the_entry_are_named_and_others_are_a_count():
    record = refused(("name", "phone", "name", "no-such", "nor-this", "no-such"), grant("name", "phone", "address"))
    assert record.fields == ("name", "phone")
    assert record.detail == {OTHER_FIELDS: "3"}


def test_without_a_grant_no_field_is_named():
    record = refused(LONG_NAMES, None)
    assert record.fields == ()
    assert record.detail == {OTHER_FIELDS: "200"}


def test_fields_of_the_entry_beyond_the_room_for_names_are_a_count_too():
    record = refused(LONG_NAMES, grant(*LONG_NAMES))
    assert sum(map(len, record.fields)) <= ROOM
    assert record.detail == {MORE_FIELDS: str(MOST_FIELDS - len(record.fields))}
    assert record.fields == LONG_NAMES[: len(record.fields)] != ()


def test_a_query_that_names_no_fields_has_none_in_its_refusal():
    assert (refused((), grant("name")).fields, dict(refused((), None).detail)) == ((), {})


def of_the_exchange() -> Event:
    texts = {name: (WIDE * kind.cap) for name, kind in TEXTS.items()}
    asked = access(LONG_NAMES, **texts | {"grant": ("grants/" + WIDE * 64)[:64]})
    error = NOT_CONSUMER(grant="grants/01k0")
    error.reason = LONGEST_REASON
    return refusal_of("exchange.Query", asked, grant(*LONG_NAMES[:199]), error, LONGEST_REASON)


def a_book(limits: Limits) -> tuple[RefusalBook, list[Event]]:
    """Return a book of refusals, and what it wrote."""
    written: list[Event] = []

    class Committer:
        async def append(self, event: Event) -> Receipt:
            written.append(event)
            return Receipt("hub.test/log", len(written) - 1, bytes(32))

    return RefusalBook(Committer(), StoppedClock(AT), Counted(), limits, lambda: 100.0), written  # type: ignore[arg-type]  # all that it needs


def put(book: RefusalBook, refusal: Event) -> str:
    """Put a refusal down; return what the caller hears."""

    async def run() -> None:
        await book.put(refusal, 0.0, NO_GRANT(grant="grants/1"))

    try:
        asyncio.run(run())
    except LimitError as error:
        return error.reason
    return "written"


def of_the_gate() -> Event:
    book, written = a_book(Limits())
    with pytest.raises(StopIteration):
        book.write(Call(CALLER, max(ACCESS, key=len), None), NotAllowedError("no", reason=LONGEST_REASON)).send(None)
    return written[0]


def of_a_flood() -> Event:
    flood = Flood(of_the_exchange(), 0.0)
    for number in range(1_000):
        flood.add(
            Event(kind=Kind.REFUSAL, at=AT, action=f"{'A' * 30}{number % 50}", actor=of_the_gate().actor, status=f"{'R' * 30}{number % 50}"), 0.0
        )
    record = flood.record(AT)
    assert min(len(record.detail[REASONS]), len(record.detail[ACTIONS])) > MAX_DETAIL - 40
    return record


WRITERS: Final[dict[str, Callable[[], Event]]] = {
    "exchange/refusing.py": of_the_exchange,
    "audit/refusals.py": of_the_gate,
    "audit/floods.py": of_a_flood,
}


def sources() -> dict[str, str]:
    rooms = ("audit", "brokerage", "catalog", "certs", "exchange", "files", "hub", "licenses", "questions", "seals", "timing", "work", "web", "cli")
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for room in rooms for path in (ROOT / room).rglob("*.py")}


def test_these_write_records_of_refusals_and_nobody_else():
    assert {name for name, text in sources().items() if "kind=Kind.REFUSAL" in text or 'kind="refusal"' in text} == set(WRITERS)


@pytest.mark.parametrize("writer", sorted(WRITERS))
def test_the_record_of_a_refusal_has_a_bound_with_the_longest_of_everything(writer: str):
    event = WRITERS[writer]()
    made = prepare(event, "o" * 200, b"k" * 32, b"s" * 32)
    taken = len(made.leaf) + len(made.payload) + len(made.salt)
    assert taken < MOST_BYTES
    assert taken <= size_of(event) <= MOST_BYTES  # what is taken from the bucket is never less than what is written


def test_a_refusal_of_usual_size_takes_less_than_half_a_kibibyte_of_payload():
    event = refused(("name", "phone"), grant("name", "phone"))
    assert len(prepare(event, "log.example", b"k" * 32, b"s" * 32).payload) < 512


def test_what_the_caller_heard_instead_is_in_the_record():
    assert refusal_of("exchange.Query", access(("x",)), None, NOT_CONSUMER(grant="g"), NO_GRANT.name).detail == {TOLD: "NO_GRANT", OTHER_FIELDS: "1"}


def test_bytes_of_log_are_bounded_beside_the_number_of_records():
    book, written = a_book(Limits(refusal_bytes_per_second=MOST_BYTES))
    longest = of_the_exchange()
    heard = [put(book, longest) for _ in range(3)]
    assert (heard, len(written)) == (["written", "REFUSALS_TOO_MANY", "REFUSALS_TOO_MANY"], 1)


def test_a_stream_whose_certificate_ended_is_counted_among_the_strangers():
    strangers = Counted()
    book = RefusalBook(None, StoppedClock(AT), strangers, Limits())  # type: ignore[arg-type]  # nothing is written
    with pytest.raises(StopIteration):
        book.write(Call(CALLER, "/grpc.health.v1.Health/Watch", None, admitted=True), CERTIFICATE_EXPIRED(serial="7", at="x", when="x")).send(None)
    assert strangers.totals == {"CERTIFICATE_EXPIRED": 1}


def test_every_refusal_of_a_known_caller_goes_through_the_book():
    # Whoever appends to the log by the committer itself bypasses the bound: the exchange's intents and outcomes do, and they are permitted.
    appending = {name for name, text in sources().items() if "committer.append(" in text}
    assert appending == {"audit/refusals.py"}
